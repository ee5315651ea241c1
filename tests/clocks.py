"""A clock that a test sets."""


class SetClock:
    """Stands still until it is told; satisfies `hivemindd.clock.Clock`."""

    def __init__(self, now: int = 1_790_000_000_000) -> None:
        """Start at a time in ms since 1970 UTC."""
        self._now = now
        self._awake = 1000.0
        self._boot = 5000.0

    def now(self) -> int:
        """Return the wall clock in ms since 1970 UTC."""
        return self._now

    def awake(self) -> float:
        """Return seconds awake."""
        return self._awake

    def boot(self) -> float:
        """Return seconds since the start of the machine."""
        return self._boot

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self._awake += seconds
        self.suspend(seconds)

    def suspend(self, seconds: float) -> None:
        """Let time pass while the machine sleeps."""
        self._boot += seconds
        self.step(seconds)

    def step(self, seconds: float) -> None:
        """Set the wall clock ahead, or back."""
        self._now += round(seconds * 1000)
