"""What was written during a pause: never captured, unless it is caught up explicitly."""

from collections.abc import Callable

from hivemindd.events import COARSE, MINUTE
from hivemindd.ingest.batch import Portion
from hivemindd.log.homes import put_session
from hivemindd.log.keys import session_key, workspace_key
from hivemindd.log.omissions import Omissions
from hivemindd.log.pauses import EVERYTHING
from hivemindd.log.seen import PASSED_OVER, Encoded
from hivemindd.log.tables import CHECKPOINTS, DECLINED, SEEN, SESSIONS, Txn
from hivemindd.records import MISSED, Session

Paused = Callable[[str, int, int], bool]
"""Tells whether one of the moments (ms) from one to another of a workspace is paused."""


def written_while(paused: Paused, workspace: str, portion: Portion) -> list[Encoded]:
    """Return the events of a portion that were written in a pause, or may have been.

    Where times are coarse an event lies between its own time and that of the next words, or
    that of the file.
    """
    found, last, later = list[Encoded](), portion.appended, 0
    for item in reversed(portion.events):
        ts = item.event.ts
        span = ts, ts
        if item.event.assistant in COARSE:
            if later and (item.undated or ts < later):
                last = later + MINUTE - 1
            later = 0 if item.undated else ts
            span = later, max(later, last)
        if paused(workspace, *span):
            found.append(item)
    return found[::-1]


def passed_over(session: Session) -> bytes:
    """Return the mark of an event of a session that was written while it was paused."""
    return PASSED_OVER + session_key(session.assistant, session.id)


def reopen(txn: Txn, omissions: Omissions, workspace: str = EVERYTHING) -> None:
    """Take back what was passed over, or could not be asked, in one workspace or in all.

    Its events are unknown again, and the transcripts unread.

    Raises:
        LogError: it cannot be written.
    """
    rows = SESSIONS.rows(txn, workspace_key(workspace) if workspace else b"")
    sessions = {session_key(row.assistant, row.id) for row in rows}
    omissions.withdraw(txn, lambda key: not workspace or key in sessions)
    marks = {passed_over(row) for row in rows} | ({PASSED_OVER} if not workspace else set())
    keys = [bytes(key) for key, mark in txn.scan(SEEN) if bytes(mark) in marks]
    for key in keys:
        txn.delete(SEEN, key)
    missed = [row for row in rows if row.why_not == MISSED]
    for row in missed:
        row.captured, row.why_not, row.left_out = True, "", []
        DECLINED.delete(txn, session_key(row.assistant, row.id))
    for row in rows:
        row.passed_over = 0
        put_session(txn, row)
    for key, checkpoint in list(CHECKPOINTS.scan(txn)) if keys or missed else ():
        checkpoint.offset, checkpoint.marker, checkpoint.state = 0, b"", b""
        checkpoint.size, checkpoint.mtime_ns, checkpoint.skipping = 0, 0, False
        CHECKPOINTS.put(txn, key, checkpoint)
