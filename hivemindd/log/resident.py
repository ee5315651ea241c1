"""What of the data file lies in our memory: what is read through the map stays until let go."""

import ctypes
import os
import threading
from pathlib import Path

MOST = 3 << 20  # bytes
_OFTEN = 64  # accesses between two looks: each may bring in sixteen pages, the system reads ahead
_MAPS, _STATM = Path("/proc/self/maps"), "/proc/self/statm"
_PAGE = os.sysconf("SC_PAGE_SIZE")
_FIELDS = 5  # of a line, behind the addresses
_DONTNEED = 4  # sys/mman.h


class Resident:
    """Lets go of what was read, so that it does not count as our memory, a whole log at last.

    It can be done at any time, also while somebody reads: the map is a view of the file, and
    what is let go is there again when it is touched. Only Linux tells how much is mapped;
    elsewhere nothing is done.
    """

    def __init__(self, file: Path) -> None:
        """Watch over a data file; what is mapped now is taken for that of others."""
        self._name = os.fsencode(file.resolve()).replace(b"\n", rb"\012")
        self._others = mapped_bytes()  # libraries, for the most part
        self._accesses = 0
        self._place: tuple[int, int] | None = None
        self._is_closed = False
        self._lock = threading.Lock()

    def touch(self) -> None:
        """Note an access; now and then it is looked whether there was too much."""
        self._accesses += 1
        if not self._accesses % _OFTEN:
            self.shrink(MOST)

    def shrink(self, most: int = 0) -> None:
        """Let go of all where more than `most` bytes were mapped since; the map must not move."""
        mapped = mapped_bytes()
        self._others = min(self._others, mapped)
        if mapped <= self._others + most:
            return
        with self._lock:
            if not self._is_closed:
                self._place = self._place or self._find()
                if self._place:
                    _libc.madvise(*self._place, _DONTNEED)
                self._others = mapped_bytes()

    def move(self) -> None:
        """Forget where the map is: it is about to be another, and nobody uses the log."""
        with self._lock:
            self._place = None

    def close(self) -> None:
        """Never touch the map again: its addresses may soon be those of something else."""
        with self._lock:
            self._is_closed = True

    def _find(self) -> tuple[int, int] | None:
        """Return where the file is mapped, and how long (bytes), None where it is not; see proc(5).

        Only what is shared and cannot be written through the map: nothing of that can be lost.
        """
        try:
            lines = _MAPS.read_bytes().split(b"\n")
        except OSError:  # out of descriptors: next time
            return None
        for line in lines:
            span, *rest = line.split(maxsplit=5)[:6] or [b""]
            if len(rest) == _FIELDS and rest[0] == b"r--s" and rest[-1] == self._name:
                begin, end = (int(part, 16) for part in span.split(b"-"))
                return begin, end - begin
        return None


def mapped_bytes() -> int:
    """Return how much of files is mapped into our memory, 0 where the system does not say."""
    try:
        file = os.open(_STATM, os.O_RDONLY | os.O_CLOEXEC)  # a Path takes four times as long
    except OSError:
        return 0
    try:
        return int(os.read(file, 128).split()[2]) * _PAGE
    finally:
        os.close(file)


_libc = ctypes.CDLL(None)
_libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
