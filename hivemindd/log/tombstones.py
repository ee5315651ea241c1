"""Tombstones: which events are forgotten, in a file of its own that outlives the log.

The transcripts of what is forgotten are still there, and are read again when they grow, when
they were moved, and from their beginnings when the log was lost. A tombstone holds no word of
a session: its hashed name, the time up to which it is forgotten, and the hashed ids of events.
What somebody asked to forget may not come back in a copy of the session either, so all of its
events are named; of what went by its age only those that its time does not tell.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from hivemindd.log.keys import KEY_WIDTH, check_keys
from hivemindd.log.sidefile import SideFile

FILE = "forgotten"
_END = 2**63


class Tombstone(msgspec.Struct, frozen=True, kw_only=True):
    """A session of which everything up to a time (ms since 1970 UTC) is forgotten.

    `session` is its key, `events` are the keys of events that are known by them, one after the
    other. `aged` says that nobody asked for it: its time was over.
    """

    session: bytes
    until: int
    aged: bool = False
    events: bytes = b""

    def __post_init__(self) -> None:
        """Reject what the log could not take in: nobody would get past it at any start."""
        check_keys(self.session, self.events)
        if not 0 <= self.until < _END:
            raise ValueError("this is no time")

    @property
    def keys(self) -> Iterator[bytes]:
        """The keys of its events."""
        return (self.events[at : at + KEY_WIDTH] for at in range(0, len(self.events), KEY_WIDTH))


class Tombstones(SideFile[Tombstone]):
    """The file of all tombstones."""

    def __init__(self, folder: Path) -> None:
        """Name the state folder, which must exist."""
        super().__init__(folder / FILE, Tombstone)
