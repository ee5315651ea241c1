"""A transcript, open for reading and for nothing else.

Files are opened for one poll and closed again: no descriptor is kept, no lock is
taken, no link is followed, and a pipe or device that bears a transcript's name can
not block us.
"""

import io
import os
import stat
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import zstandard

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
ZSTD_SUFFIX = ".zst"
AHEAD = 16_384  # bytes read at least: with those before an append comes the append


class NotRegularError(OSError):
    """The path names a folder, a pipe or a device."""


def open_regular(path: Path) -> tuple[int, os.stat_result]:
    """Return a descriptor of a regular file, and its status, following no link at its end.

    Raises:
        OSError: it cannot be opened; ELOOP for a link.
        NotRegularError: it is no regular file.
    """
    descriptor = os.open(path, _FLAGS)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise NotRegularError(f"{path} is not a regular file")
    return descriptor, status


def read_small(path: Path, limit: int) -> bytes | None:
    """Return a regular file of at most `limit` bytes, None where there is none."""
    try:
        descriptor, _ = open_regular(path)
    except OSError:
        return None
    try:
        data = os.pread(descriptor, limit + 1, 0)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return data if len(data) <= limit else None


class Content(Protocol):
    """Bytes that can be read from an offset on."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes; empty at the end."""


class _Plain:
    """The content of a file as long as it was when its status was taken, and maybe longer."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self._size = size
        self._start, self._held = 0, b""

    def read_at(self, offset: int, length: int) -> bytes:
        start, end = offset - self._start, self._start + len(self._held)
        known = 0 <= start <= len(self._held)
        if not known or (offset + length > end and end < self._size):
            data = os.pread(self._descriptor, max(length, AHEAD), offset)
            # What was read once is there to be read again, also where it came after the status.
            self._size = max(self._size, offset + len(data))
            if len(data) > AHEAD:
                # Held beyond its use, a piece of a long line keeps the heap from shrinking.
                self._start, self._held = offset + len(data), b""
                return data
            self._start, self._held, start = offset, data, 0
        return self._held[start : start + length]


class _Compressed:
    """The decompressed content of a zstd file; reading backwards starts it over."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rewind()

    def _rewind(self) -> None:
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        raw = io.FileIO(self._descriptor, closefd=False)
        self._stream = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
        self._position = 0

    def read_at(self, offset: int, length: int) -> bytes:
        try:
            if offset < self._position:
                self._rewind()
            while self._position < offset:
                skipped = len(self._stream.read(min(offset - self._position, 1 << 20)))
                if not skipped:
                    return b""
                self._position += skipped
            data = self._stream.read(length)
        except zstandard.ZstdError as error:
            raise OSError(f"damaged zstd file: {error}") from error
        self._position += len(data)
        return data


def _written(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


class Source:
    """One opened transcript; also what its parser may read beside its own records."""

    def __init__(self, path: Path) -> None:
        """Open the transcript; see `open_regular` for the errors."""
        self.path = path
        self._descriptor, self.status = open_regular(path)
        self._content = self._begin()

    def _begin(self) -> Content:
        if self.path.suffix == ZSTD_SUFFIX:
            return _Compressed(self._descriptor)
        return _Plain(self._descriptor, self.status.st_size)

    def look(self) -> None:
        """Take its status anew, and read anew."""
        self.status = os.fstat(self._descriptor)
        self._content = self._begin()

    def is_changed(self) -> bool:
        """Tell whether it has been written since its status was taken."""
        return _written(os.fstat(self._descriptor)) != _written(self.status)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes of the (decompressed) transcript."""
        return self._content.read_at(offset, length)

    def read_file(self, path: Path, limit: int) -> bytes | None:
        """Return a small regular file beside the transcript, None where there is none."""
        return read_small(path, limit)

    def close(self) -> None:
        """Close the transcript."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        """Give the opened transcript."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()
