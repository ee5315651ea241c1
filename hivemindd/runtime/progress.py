"""How far the reading is: what waits, how fast it goes, how long it will take."""

import threading
from collections import deque
from collections.abc import Callable

import msgspec

WINDOW = 30.0  # seconds that the rate is taken over
_STEP = 1.0


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Where the reading stands since transcripts began to wait, `elapsed_s` seconds ago.

    `transcripts` and `bytes` have been read, those `left` wait. The rate and the seconds
    left are None until there is something to go by.
    """

    transcripts: int
    transcripts_left: int
    bytes: int
    bytes_left: int
    elapsed_s: float
    bytes_per_s: float | None = None
    left_s: float | None = None


class Meter:
    """Told by the thread that reads what waits and what is left; asked by any other."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take a clock in seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[str, int] = {}
        self._begin(0.0)

    def _begin(self, now: float) -> None:
        self._since = now
        self._finished = 0
        self._left = 0
        self._read = 0
        self._samples: deque[tuple[float, int]] = deque([(now, 0)])

    def expect(self, name: str, size: int) -> None:
        """Note that about `size` bytes of a transcript wait to be read."""
        with self._lock:
            if not self._waiting:
                self._begin(self._clock())
            self._left += max(size, 0) - self._waiting.get(name, 0)
            self._waiting[name] = max(size, 0)

    def note(self, name: str, read: int, left: int) -> None:
        """Note how many bytes of a transcript were read, and how many still wait."""
        with self._lock:
            if name not in self._waiting:
                return
            self._left += left - self._waiting[name]
            self._read += read
            if left:
                self._waiting[name] = left
            else:
                del self._waiting[name]
                self._finished += 1
            now = self._clock()
            if now - self._samples[-1][0] >= _STEP:
                self._samples.append((now, self._read))
            while now - self._samples[0][0] > WINDOW and len(self._samples) > 1:
                self._samples.popleft()

    @property
    def waiting(self) -> int:
        """The number of transcripts that wait."""
        return len(self._waiting)

    @property
    def left(self) -> int:
        """The number of bytes that wait."""
        return self._left if self._waiting else 0

    def look(self) -> Progress | None:
        """Return where the reading stands, None when nothing waits."""
        with self._lock:
            if not self._waiting:
                return None
            now = self._clock()
            at, read = self._samples[0]
            rate = (self._read - read) / (now - at) if now - at >= _STEP else None
            return Progress(
                transcripts=self._finished,
                transcripts_left=len(self._waiting),
                bytes=self._read,
                bytes_left=self._left,
                elapsed_s=now - self._since,
                bytes_per_s=rate,
                left_s=self._left / rate if rate else None,
            )
