"""How fast sessions are learned from."""

import threading
from collections import deque

from hivemindd.clock import Clock

WINDOW = 600.0  # seconds that the pace is taken over
ENOUGH = 3


class Pace:
    """Counts what is done, in whatever thread."""

    def __init__(self, clock: Clock) -> None:
        """Begin with nothing done."""
        self._clock = clock
        self._lock = threading.Lock()
        self._times: deque[float] = deque()

    def count(self) -> None:
        """Count one."""
        with self._lock:
            self._times.append(self._clock.awake())

    def per_minute(self) -> float | None:
        """Return how many a minute it was of late; None where too few were done to say."""
        with self._lock:
            now = self._clock.awake()
            while self._times and now - self._times[0] > WINDOW:
                self._times.popleft()
            if len(self._times) < ENOUGH:
                return None
            # Since the first of them: what came before may have been idle.
            span = now - self._times[0]
            return 60 * (len(self._times) - 1) / span if span else None
