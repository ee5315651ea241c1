"""Pause: what is written meanwhile is never captured, unless it is caught up explicitly."""

import msgspec

from hivemindd.capture.consent import MISSED
from hivemindd.log.history import PASSED_OVER, UNASKED, put_session
from hivemindd.log.tables import CHECKPOINTS, SEEN, SESSIONS, SETTINGS, Txn

EVERYTHING = ""
_KEY = b"paused"
_OPEN = frozenset({PASSED_OVER, UNASKED})
_decoder = msgspec.json.Decoder(dict[str, int])


class Pauses:
    """Which workspaces are paused, and until when (ms; 0 means until resumed)."""

    def __init__(self, until: dict[str, int] | None = None) -> None:
        """Start from what was stored."""
        self.until = dict(until or {})

    @classmethod
    def load(cls, txn: Txn) -> "Pauses":
        """Read the stored pauses."""
        text = SETTINGS.get(txn, _KEY)
        return cls(_decoder.decode(text) if text else {})

    def save(self, txn: Txn) -> None:
        """Store the pauses."""
        SETTINGS.put(txn, _KEY, msgspec.json.encode(self.until).decode())

    def covers(self, workspace: str) -> bool:
        """Tell whether a workspace is paused, by itself or with everything."""
        return EVERYTHING in self.until or workspace in self.until

    def expired(self, now: int) -> list[str]:
        """Return the pauses whose time is over."""
        return [name for name, until in self.until.items() if until and until <= now]


def reopen(txn: Txn) -> int:
    """Take back what was passed over: its events are unknown again, its files unread.

    Returns how many events were passed over.
    """
    keys = [bytes(key) for key, mark in txn.scan(SEEN) if mark in _OPEN]
    for key in keys:
        txn.delete(SEEN, key)
    for row in SESSIONS.rows(txn):
        if row.why_not == MISSED:
            row.captured, row.why_not, row.left_out = True, "", []
            put_session(txn, row)
    for key, checkpoint in list(CHECKPOINTS.scan(txn)) if keys else ():
        checkpoint.offset, checkpoint.marker, checkpoint.state = 0, b"", b""
        checkpoint.size, checkpoint.mtime_ns, checkpoint.skipping = 0, 0, False
        CHECKPOINTS.put(txn, key, checkpoint)
    return len(keys)
