"""Time, as the daemon sees it; a test brings its own."""

import time
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> int:
        """Return the wall clock in ms since 1970 UTC."""

    def awake(self) -> float:
        """Return seconds that run only while the machine is awake."""

    def boot(self) -> float:
        """Return seconds that also run while the machine is suspended."""


class SystemClock:
    """The clocks of the operating system."""

    def now(self) -> int:
        """Return the wall clock in ms since 1970 UTC."""
        return time.time_ns() // 1_000_000

    def awake(self) -> float:
        """Return seconds that run only while the machine is awake."""
        return time.monotonic()

    def boot(self) -> float:
        """Return seconds that also run while the machine is suspended.

        macOS counts the suspended time in its monotonic clock already.
        """
        clock = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic() if clock is None else time.clock_gettime(clock)
