"""What looks at transcripts brought, grouped by session, on its way into the log."""

import msgspec

from hivemindd.assistants.base import SessionFacts
from hivemindd.ingest.clean import Cleaned
from hivemindd.log.seen import Encoded
from hivemindd.records import Checkpoint


class Portion(msgspec.Struct):
    """The events of one session that came from one transcript, in order."""

    path: str
    appended: int
    events: list[Encoded] = []


class SessionBatch(msgspec.Struct):
    """What a batch holds of one session, `forgotten` up to a time (ms; 0: not at all).

    `live` says that some was written while we looked.
    """

    assistant: str
    session: str
    facts: SessionFacts
    portions: list[Portion] = []
    forgotten: int = 0
    live: bool = False

    @property
    def appended(self) -> int:
        """When its transcripts grew last, in ms."""
        return max((portion.appended for portion in self.portions), default=0)


class Batch:
    """What the next transaction will commit."""

    def __init__(self) -> None:
        """Start empty."""
        self.clear()

    def clear(self) -> None:
        """Forget everything, after a commit or a failed one."""
        self.sessions: dict[tuple[str, str], SessionBatch] = {}
        self.checkpoints: dict[str, Checkpoint] = {}
        self.unknown: dict[tuple[str, str, str], tuple[int, str]] = {}
        self.notes: list[str] = []
        self.bytes = 0

    def add(self, name: str, cleaned: Cleaned, read: int, *, live: bool = False) -> None:
        """Add what a look at a transcript brought; `name` is its logical path.

        `live` says that it was not there, or not as long, when the daemon began to look.
        """
        checkpoint = self.checkpoints[name] = cleaned.checkpoint
        self.bytes += read
        for session, facts in cleaned.facts.items():
            group = self._session(checkpoint.assistant, session)
            group.facts = merge(group.facts, facts)
        current: Portion | None = None
        owner = ""
        for encoded in cleaned.events:
            event = encoded.event
            if current is None or event.session != owner:
                owner = event.session
                current = Portion(checkpoint.path, cleaned.appended)
                group = self._session(event.assistant, owner)
                group.portions.append(current)
                group.live |= live
            current.events.append(encoded)
        for each in cleaned.unknown:
            key = checkpoint.assistant, each.version, each.what
            before, _ = self.unknown.get(key, (0, ""))
            self.unknown[key] = before + each.count, checkpoint.path
        self.notes.extend(cleaned.notes)

    def _session(self, assistant: str, session: str) -> SessionBatch:
        key = assistant, session
        if key not in self.sessions:
            self.sessions[key] = SessionBatch(assistant, session, SessionFacts())
        return self.sessions[key]


def merge(known: SessionFacts, new: SessionFacts) -> SessionFacts:
    """Add what a second transcript of a session tells, such as that of a subagent.

    The first folder stands, the latest version and branch win.
    """
    return SessionFacts(
        cwd=known.cwd or new.cwd,
        version=new.version or known.version,
        branch=new.branch or known.branch,
        parent=known.parent or new.parent,
        slug=known.slug or new.slug,
        headless=known.headless or new.headless,
        paths=list(dict.fromkeys([*known.paths, *new.paths])),
    )
