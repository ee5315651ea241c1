"""How fast sessions are learned from."""

from hivemindd.codify.pace import WINDOW, Pace
from tests.clocks import SetClock


def test_a_pace_needs_a_few_to_go_by() -> None:
    """Two may have come together by chance."""
    clock = SetClock()
    pace = Pace(clock)
    assert pace.per_minute() is None
    pace.count()
    clock.run(10)
    pace.count()
    assert pace.per_minute() is None

    clock.run(10)
    pace.count()
    assert pace.per_minute() == 6.0


def test_the_pace_is_that_of_the_last_minutes() -> None:
    """Sessions of an hour ago tell nothing of the next one."""
    clock = SetClock()
    pace = Pace(clock)
    for _ in range(10):
        clock.run(1)
        pace.count()
    clock.run(5)
    assert pace.per_minute() == 60 * 9 / 14

    clock.run(WINDOW)
    assert pace.per_minute() is None
