"""Tombstones: which events are forgotten, in a file of its own that outlives the log.

The transcripts of what is forgotten are still there, and are read again when they grow, when
they were moved, and from their beginnings when the log was lost. A tombstone holds no word of
a session: its hashed name, the time up to which it is forgotten, and the hashed ids of the
events that were known of it, for those that bear no time.

One line of JSON each, added and never changed. The log remembers how much of the file it has
taken in, so that a new log takes in all of it.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from hivemindd.log.datafile import LogError
from hivemindd.log.keys import KEY_WIDTH

FILE = "forgotten"


class Tombstone(msgspec.Struct, frozen=True, kw_only=True):
    """A session of which everything up to a time (ms since 1970 UTC) is forgotten.

    `session` is its key, `events` are the keys of its events, one after the other. `aged`
    says that nobody asked for it: its time was over.
    """

    session: bytes
    until: int
    aged: bool = False
    events: bytes = b""

    @property
    def keys(self) -> Iterator[bytes]:
        """The keys of its events."""
        return (self.events[at : at + KEY_WIDTH] for at in range(0, len(self.events), KEY_WIDTH))


class Tombstones:
    """The file of all tombstones."""

    def __init__(self, folder: Path) -> None:
        """Name the state folder, which must exist."""
        self.file = folder / FILE

    @property
    def size(self) -> int:
        """The length of the file in bytes, 0 where there is none."""
        try:
            return self.file.stat().st_size
        except FileNotFoundError:
            return 0

    def add(self, stones: Sequence[Tombstone]) -> None:
        """Add tombstones, and have them on the disk before anything is deleted.

        Raises:
            LogError: they cannot be written; nothing may be forgotten then.
        """
        lines = b"".join(msgspec.json.encode(stone) + b"\n" for stone in stones)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            descriptor = os.open(self.file, flags, 0o600)
            with os.fdopen(descriptor, "rb+", buffering=0) as file:
                end = file.seek(0, os.SEEK_END)
                if end and os.pread(descriptor, 1, end - 1) != b"\n":
                    lines = b"\n" + lines  # we died while the last one was written
                if file.write(lines) != len(lines):
                    raise LogError(f"cannot write {self.file}: free some disk space")
                os.fsync(descriptor)
        except OSError as error:
            raise LogError(f"cannot write {self.file}: {error.strerror}") from error

    def read(self, start: int) -> Iterator[Tombstone]:
        """Yield the tombstones from a place in the file on; a line that is not whole is none.

        Raises:
            LogError: the file cannot be read.
        """
        try:
            with self.file.open("rb") as file:
                file.seek(start)
                for line in file:
                    try:
                        yield msgspec.json.decode(line, type=Tombstone)
                    except (ValueError, RecursionError):
                        continue
        except FileNotFoundError:
            return
        except OSError as error:
            raise LogError(f"cannot read {self.file}: {error.strerror}") from error
