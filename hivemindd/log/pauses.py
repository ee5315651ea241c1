"""Which workspaces are paused, as it stands in the log."""

import msgspec

from hivemindd.log.tables import SETTINGS, Txn

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

    def covers(self, workspace: str, first: int, last: int) -> bool:
        """Tell whether a pause of a workspace, or of everything, holds one of some moments (ms).

        So what comes after the end of a pause is captured, however late it is read.
        """
        return any(
            self.since.get(name, 0) <= last and (not self.until[name] or first < self.until[name])
            for name in (EVERYTHING, workspace)
            if name in self.until
        )

    def expired(self, now: int) -> list[str]:
        """Return the pauses whose time is over."""
        return [name for name, until in self.until.items() if until and until <= now]
