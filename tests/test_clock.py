"""The clocks of the system."""

import time

from hivemindd.clock import SystemClock


def test_the_clocks_are_those_of_the_system() -> None:
    """In the units that they promise, each between two looks of our own."""
    clock = SystemClock()
    wall, awake = time.time(), time.monotonic()

    assert wall * 1000 - 1 <= clock.now() <= time.time() * 1000 + 1
    assert awake <= clock.awake() <= time.monotonic()


def test_suspended_time_counts_for_one_of_them() -> None:
    """The machine has been up at least as long as it has been awake."""
    clock = SystemClock()
    awake = clock.awake()

    assert clock.boot() >= awake
