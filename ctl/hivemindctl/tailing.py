"""Reads the end of the daemon's log file, and what is added, also over rotations."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from hivemindd.runtime.logfile import generations


class Tail:
    """Reads a log file from its end on; it need not exist yet.

    A file that was put aside is read to its end before the next one is begun, so no line is
    left out, however often the file changes between two looks.
    """

    def __init__(self, file: Path) -> None:
        """Name the file."""
        self._file = file
        self._handle = _open(file)
        self._rest = b""
        self._past = max(_times(generations(file)), default=-1)

    def last(self, count: int) -> list[bytes]:
        """Return the last lines, also of earlier files where this one has too few."""
        lines = self.read()
        ours = _identity(self._handle) if self._handle is not None else None
        for file in reversed(generations(self._file)[:-1]):
            handle = _open(file) if len(lines) < count else None
            if handle is None:
                continue
            with handle:
                if _identity(handle) != ours:  # else it was put aside just now
                    lines = handle.read().splitlines(keepends=True) + lines
        return lines[-count:] if count else []

    def read(self) -> list[bytes]:
        """Return the whole lines that have come since the last call."""
        lines: list[bytes] = []
        for data in self._chunks():
            whole = (self._rest + data).splitlines(keepends=True)
            self._rest = whole.pop() if whole and not whole[-1].endswith(b"\n") else b""
            lines += whole
        return lines

    def close(self) -> None:
        """Read no more."""
        if self._handle is not None:
            self._handle.close()

    def _chunks(self) -> Iterator[bytes]:
        successors = self._successors()
        if self._handle is not None:
            if os.fstat(self._handle.fileno()).st_size < self._handle.tell():
                self._handle.seek(0)  # somebody has emptied it
            yield self._handle.read()
        for handle in successors:
            if self._handle is not None:
                self._handle.close()
            self._handle = handle
            yield handle.read()

    def _successors(self) -> list[BinaryIO]:
        """Return the files that were begun since the one that we read, the oldest first."""
        ours = os.fstat(self._handle.fileno()) if self._handle is not None else None
        found: dict[tuple[int, int], BinaryIO] = {}
        for file in reversed(generations(self._file)):
            handle = _open(file)
            if handle is None:
                continue
            status = os.fstat(handle.fileno())
            identity = status.st_dev, status.st_ino
            if identity in found:  # it was put aside since we have opened it
                handle.close()
                continue
            if ours is None:
                is_past = status.st_mtime_ns <= self._past
            else:
                is_ours = identity == (ours.st_dev, ours.st_ino)
                is_past = is_ours or status.st_mtime_ns < ours.st_mtime_ns
            if is_past:
                handle.close()
                break
            found[identity] = handle
        return [*reversed(found.values())]


def _times(files: Iterable[Path]) -> Iterator[int]:
    for file in files:
        with suppress(FileNotFoundError):
            yield file.stat().st_mtime_ns


def _open(file: Path) -> BinaryIO | None:
    try:
        return file.open("rb")
    except FileNotFoundError:
        return None


def _identity(handle: BinaryIO) -> tuple[int, int]:
    status = os.fstat(handle.fileno())
    return status.st_dev, status.st_ino
