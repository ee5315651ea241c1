"""Which sessions are meant when somebody, or the settings, ask to forget."""

from collections.abc import Iterator

import msgspec

from hivemindd.lessons.unasked import was_asked
from hivemindd.log.keys import SESSION_WIDTH, WORKSPACE_WIDTH, session_key, workspace_key
from hivemindd.log.tables import BLOCKS, CORRECTIONS, LESSONS, SESSIONS, SKILLS, Txn
from hivemindd.records import GONE, Session

_DECIDED = frozenset({"retired", "review"})
_PREFIX = WORKSPACE_WIDTH + SESSION_WIDTH  # of a key: which session of which workspace


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Whole sessions: those with some ids, of a workspace, or whose last word is older.

    `before` is a time in ms since 1970 UTC. What is not given does not narrow the choice, but
    something has to be: `Forgetting.forget` refuses an empty one.
    """

    sessions: tuple[str, ...] = ()
    workspace: str = ""
    before: int | None = None


def select(txn: Txn, wanted: Selection) -> list[Session]:
    """Return the sessions that are meant, the oldest first.

    A session that the settings have aged out may have left corrections: it counts as one that
    holds nothing else.
    """
    home = workspace_key(wanted.workspace) if wanted.workspace else b""
    found = dict(SESSIONS.scan(txn, home))
    for row in CORRECTIONS.rows(txn, home):
        key = workspace_key(row.workspace) + session_key(row.assistant, row.session)
        left = Session(
            id=row.session, assistant=row.assistant, workspace=row.workspace, state="ended"
        )
        known = found.setdefault(key, left)
        if not known.path and not known.events:
            known.last_event = max(known.last_event, row.ts)
    return sorted(
        (row for row in found.values() if _is_meant(row, wanted)),
        key=lambda row: (last_word(row), row.id),
    )


def last_word(session: Session) -> int:
    """Return when something was last said in a session, in ms."""
    return session.last_event or session.last_append


def aged(txn: Txn, before: int) -> list[Session]:
    """Return the sessions that ended before a time (ms), the oldest first."""
    rows = (row for row in SESSIONS.rows(txn) if row.state == "ended")
    return sorted((row for row in rows if last_word(row) < before), key=last_word)


def surplus(txn: Txn, excess: int) -> list[Session]:
    """Return the oldest sessions that have ended, so many that their events take `excess` bytes."""
    chosen = []
    for session in sorted(SESSIONS.rows(txn), key=last_word):
        if excess <= 0:
            break
        if session.state == "ended":
            prefix = workspace_key(session.workspace) + session_key(session.assistant, session.id)
            excess -= sum(len(value) for _, value in txn.scan(BLOCKS, prefix))
            chosen.append(session)
    return chosen


def indispensable(txn: Txn, workspace: str) -> Iterator[bytes]:
    """Yield the keys of the corrections that skills, or decisions of a person, stand on.

    They outlive their sessions where nobody asked to forget these: no skill falls unasked. So
    does what a judge was shown beside them, which tells whose words a verdict has.
    """
    home = workspace_key(workspace)
    held = {
        name
        for row in SKILLS.rows(txn, home)
        if row.state not in GONE
        for name in (*row.lessons, *(row.proposal.lessons if row.proposal else ()))
    }
    needed = {
        entry.correction
        for lesson in LESSONS.rows(txn, home)
        if lesson.id in held or lesson.state in _DECIDED or lesson.allowed
        for entry in lesson.evidence
    }
    names = {
        key: row.id
        for key, row in CORRECTIONS.scan(txn, home)
        if row.id in needed or was_asked(row)
    }
    sessions = {key[:_PREFIX] for key, name in names.items() if name in needed}
    yield from (key for key in names if key[:_PREFIX] in sessions)


def _is_meant(session: Session, wanted: Selection) -> bool:
    if wanted.sessions and session.id not in wanted.sessions:
        return False
    return wanted.before is None or last_word(session) < wanted.before
