"""Parsed events on their way to the log: redacted, encoded, grouped by session."""

from functools import lru_cache
from typing import Any

import msgspec

from hivemindd.assistants.base import Parsed, SessionFacts
from hivemindd.events import Event
from hivemindd.ingest.poll import Polled
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.keys import event_key
from hivemindd.log.seen import Encoded
from hivemindd.records import Checkpoint
from hivemindd.redaction.redactor import Redactor

_REPEATED = 1_024  # paths, versions and branches, which are the same in one look after another
_KEEP = frozenset({"kind", "session", "assistant", "author", "source", "origin"})


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

    def __init__(self, redactor: Redactor, codec: BlockCodec) -> None:
        """Start empty."""
        self._redactor = redactor
        self._path = lru_cache(maxsize=_REPEATED)(redactor.path)
        self._label = lru_cache(maxsize=_REPEATED)(redactor.text)
        self._codec = codec
        self.clear()

    def clear(self) -> None:
        """Forget everything, after a commit or a failed one."""
        self.sessions: dict[tuple[str, str], SessionBatch] = {}
        self.checkpoints: dict[str, Checkpoint] = {}
        self.unknown: dict[tuple[str, str, str], tuple[int, str]] = {}
        self.notes: list[str] = []
        self.bytes = 0

    def add(self, name: str, polled: Polled, read: int, *, live: bool = False) -> None:
        """Add what a look at a transcript brought; `name` is its logical path.

        `live` says that it was not there, or not as long, when the daemon began to look.
        """
        checkpoint, parsed = self._clean(polled.checkpoint), polled.parsed
        appended = checkpoint.mtime_ns // 1_000_000
        self.checkpoints[name] = checkpoint
        self.bytes += read
        for session, facts in parsed.facts.items():
            self._session(checkpoint.assistant, session, facts)
        current: Portion | None = None
        owner = ""
        for encoded in self._encode(parsed, appended):
            event = encoded.event
            if current is None or event.session != owner:
                owner = event.session
                current = Portion(checkpoint.path, appended)
                group = self._session(event.assistant, owner, None)
                group.portions.append(current)
                group.live |= live
            current.events.append(encoded)
        for (version, what), count in parsed.unknown.items():
            self._count(checkpoint, version, what, count)
        if parsed.malformed - polled.oversized:
            self._count(checkpoint, "", "malformed line", parsed.malformed - polled.oversized)
        if polled.oversized:
            self._count(checkpoint, "", "oversized line", polled.oversized)
        self.notes.extend(f"{checkpoint.path}: {note}" for note in parsed.notes)

    def _clean(self, checkpoint: Checkpoint) -> Checkpoint:
        """Return a checkpoint without the secrets in names: a path, what a parser remembers."""
        path, state = self._path(checkpoint.path), checkpoint.state
        if self._redactor.may_hold(b"\0".join((state, state.replace(b"-", b"_")))):
            # A parser that does not know a name again takes it for a new one.
            state = msgspec.msgpack.encode(self._names(msgspec.msgpack.decode(state)))
        return msgspec.structs.replace(checkpoint, path=path, state=state)

    def _names(self, value: Any) -> Any:
        """Return what a parser remembers with all names cleaned, keys too."""
        if isinstance(value, str):
            return self._redactor.path(value)
        if isinstance(value, list):
            return [self._names(item) for item in value]
        if isinstance(value, dict):
            return {self._names(key): self._names(item) for key, item in value.items()}
        return value

    def _session(self, assistant: str, session: str, facts: SessionFacts | None) -> SessionBatch:
        key = assistant, session
        known = self.sessions.get(key)
        if known is None:
            known = self.sessions[key] = SessionBatch(assistant, session, SessionFacts())
        if facts is not None:
            told = msgspec.structs.replace(
                facts,
                version=self._label(facts.version),
                branch=self._label(facts.branch),
            )
            known.facts = merge(known.facts, told)
        return known

    def _count(self, checkpoint: Checkpoint, version: str, what: str, count: int) -> None:
        key = checkpoint.assistant, self._label(version), self._label(what)
        before = self.unknown.get(key, (0, ""))[0]
        self.unknown[key] = before + count, checkpoint.path

    def _encode(self, parsed: Parsed, appended: int) -> list[Encoded]:
        """Encode events, with secrets taken out; one pass over all of them finds most clean."""
        encoded = []
        for event in parsed.events:
            timed = event if event.ts else msgspec.structs.replace(event, ts=appended)
            key, older = event_key(event.assistant, event.id), parsed.older.get(event.id)
            known = event_key(event.assistant, older) if older else b""
            data = self._codec.encode_event(timed)
            encoded.append(Encoded(key, data, timed, known, undated=not event.ts))
        if encoded and self._redactor.may_hold(b"".join(item.data for item in encoded)):
            return [
                self._redact(item) if self._redactor.may_hold(item.data) else item
                for item in encoded
            ]
        return encoded

    def _redact(self, item: Encoded) -> Encoded:
        fields = {
            name: value if name in _KEEP else self._redactor.value(value)
            for name, value in msgspec.to_builtins(item.event).items()
        }
        event: Event = msgspec.convert(fields, type=type(item.event))
        return msgspec.structs.replace(item, data=self._codec.encode_event(event), event=event)


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
