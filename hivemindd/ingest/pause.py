"""Pause: what is written meanwhile is never captured, unless it is caught up explicitly."""

import msgspec

from hivemindd.log.homes import put_session
from hivemindd.log.keys import session_key, workspace_key
from hivemindd.log.omissions import Omissions
from hivemindd.log.seen import PASSED_OVER
from hivemindd.log.tables import CHECKPOINTS, DECLINED, SEEN, SESSIONS, SETTINGS, Txn
from hivemindd.records import MISSED, Session

EVERYTHING = ""
_KEY, _SINCE = b"paused", b"paused since"
_decoder = msgspec.json.Decoder(dict[str, int])


class Pauses:
    """Which workspaces are paused, and until when (ms; 0 means until resumed).

    A pause that began while much was still to be read is also in `since`, with the time of
    its beginning: what was written before that is captured yet.
    """

    def __init__(
        self, until: dict[str, int] | None = None, since: dict[str, int] | None = None
    ) -> None:
        """Start from what was stored."""
        self.until = dict(until or {})
        self.since = {name: at for name, at in (since or {}).items() if name in self.until}

    @classmethod
    def load(cls, txn: Txn) -> "Pauses":
        """Read the stored pauses."""
        until, since = (_decoder.decode(SETTINGS.get(txn, key) or "{}") for key in (_KEY, _SINCE))
        return cls(until, since)

    def save(self, txn: Txn) -> None:
        """Store the pauses."""
        for key, times in ((_KEY, self.until), (_SINCE, self.since)):
            SETTINGS.put(txn, key, msgspec.json.encode(times).decode())

    def covers(self, workspace: str, ts: int) -> bool:
        """Tell whether a moment (ms) of a workspace lies in a pause, its own or of everything.

        So what comes after the end of a pause is captured, however late it is read.
        """
        return any(
            self.since.get(name, 0) <= ts and (not self.until[name] or ts < self.until[name])
            for name in (EVERYTHING, workspace)
            if name in self.until
        )

    def expired(self, now: int) -> list[str]:
        """Return the pauses whose time is over."""
        return [name for name, until in self.until.items() if until and until <= now]


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
