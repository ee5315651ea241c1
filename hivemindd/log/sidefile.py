"""A file of JSON lines beside the log: it outlives a log that was lost.

Lines are added, each whole and on the disk before anybody acts on it. The log remembers how
much of the file it has taken in, so that a new log takes in all of it.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from hivemindd.log.datafile import LogError

Line = TypeVar("Line")


class SideFile(Generic[Line]):
    """One such file; nobody but the process that writes the log writes it."""

    def __init__(self, file: Path, kind: Any) -> None:
        """Name the file, whose folder must exist, and the type of its lines."""
        self.file = file
        self._decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(kind)

    @property
    def size(self) -> int:
        """The length of the file in bytes, 0 where there is none."""
        try:
            return self.file.stat().st_size
        except FileNotFoundError:
            return 0

    def add(self, lines: Sequence[Line]) -> None:
        """Add lines, and have them on the disk.

        Raises:
            LogError: they cannot be written.
        """
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        with self._failing("write"):
            descriptor = os.open(self.file, flags, 0o600)
            with os.fdopen(descriptor, "rb+", buffering=0) as file:
                end = file.seek(0, os.SEEK_END)
                torn = end and os.pread(descriptor, 1, end - 1) != b"\n"  # we died over the last
                self._write(descriptor, b"\n" * bool(torn) + _encode(lines))

    def replace(self, lines: Iterable[Line]) -> None:
        """Put other lines in the place of all, and have them on the disk.

        Raises:
            LogError: they cannot be written; those that were there stay.
        """
        new = self.file.with_name(f"{self.file.name}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        with self._failing("write"):
            descriptor = os.open(new, flags, 0o600)
            try:
                self._write(descriptor, _encode(lines))
            finally:
                os.close(descriptor)
            new.rename(self.file)
            folder = os.open(self.file.parent, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def read(self, start: int = 0) -> Iterator[Line]:
        """Yield the lines from a place in the file on; one that is not whole is none.

        Raises:
            LogError: the file cannot be read.
        """
        with self._failing("read"):
            try:
                file = self.file.open("rb")
            except FileNotFoundError:
                return
            with file:
                file.seek(start)
                for line in file:
                    try:
                        yield self._decoder.decode(line)
                    except (ValueError, RecursionError):
                        continue

    def _write(self, descriptor: int, data: bytes) -> None:
        if os.write(descriptor, data) != len(data):
            raise LogError(f"cannot write {self.file}: free some disk space")
        os.fsync(descriptor)

    @contextmanager
    def _failing(self, verb: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LogError(f"cannot {verb} {self.file}: {error.strerror}") from error


def _encode(lines: Iterable[Any]) -> bytes:
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
