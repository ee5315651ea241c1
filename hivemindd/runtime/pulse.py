"""Whether every thread still gets somewhere: one that is stuck is alive all the same."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 90.0
AT_LENGTH = 1_800.0  # seconds that forgetting, or writing the log anew, may take


class Pulse:
    """Hears from threads that are at work; whoever waits for work need not be heard of."""

    def __init__(
        self, patience: float = PATIENCE, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Allow `patience` seconds between two beats. The clock is one that stops in suspend."""
        self._patience = patience
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._due: dict[str, float] = {}
        self._alone: dict[str, float] = {}

    def beat(self, within: float = 0.0) -> None:
        """Say that this thread gets on, and is heard again within so many seconds."""
        due = self._monotonic() + max(within, self._patience)
        with self._lock:
            self._due[threading.current_thread().name] = due

    def rest(self) -> None:
        """Say that this thread waits for work, however long."""
        with self._lock:
            self._due.pop(threading.current_thread().name, None)

    @contextmanager
    def alone(self, within: float = AT_LENGTH) -> Iterator[None]:
        """Do what all others may have to wait for: that long nobody need be heard of."""
        name = threading.current_thread().name
        with self._lock:
            self._alone[name] = self._monotonic() + within
        try:
            yield
        finally:
            due = self._monotonic() + self._patience
            with self._lock:
                del self._alone[name]
                self._due = {other: max(due, was) for other, was in self._due.items()}

    def silent(self) -> list[str]:
        """Return the threads that should have been heard of, by their names."""
        now = self._monotonic()
        with self._lock:
            if any(until >= now for until in self._alone.values()):
                return []
            return sorted(name for name, due in self._due.items() if due < now)
