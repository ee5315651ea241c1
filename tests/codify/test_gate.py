"""A judge that fails is left alone for a while."""

from collections.abc import Sequence

import pytest

from hivemindd.codify.gate import Gate, ShutError
from hivemindd.codify.ledger import BudgetSpentError
from hivemindd.errors import JudgeUnavailableError
from hivemindd.lessons.judge import UnansweredError
from hivemindd.records import Correction, Lesson, Verdict
from tests.clocks import SetClock

DOWN = JudgeUnavailableError("the judge is not available (529)")
BUSY = JudgeUnavailableError("the judge is not available (429)", retry_after=3_600)
KEYLESS = JudgeUnavailableError("the key for the judge was refused", permanent=True)


class Failing:
    """A judge that fails in a given way, or not; it counts how often it was asked."""

    name = "failing"

    def __init__(self, error: JudgeUnavailableError | None = None) -> None:
        """Fail with this error from now on."""
        self.error = error
        self.asked = 0

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Fail, or find nothing."""
        del candidates, lessons
        self.asked += 1
        if self.error is not None:
            raise self.error
        return []


def ask(gate: Gate, judge: Failing) -> str:
    """Ask about nothing; return what was said instead of an answer."""
    try:
        gate.ask(judge, [], [])
    except JudgeUnavailableError as error:
        return type(error).__name__ + ": " + str(error)
    return ""


@pytest.mark.parametrize(
    ("error", "seconds"), [(DOWN, 30), (BUSY, 3_600), (KEYLESS, 6 * 3_600)], ids=str
)
def test_it_stays_shut_for_as_long_as_fits(error: JudgeUnavailableError, seconds: int) -> None:
    """Half a minute after an outage, hours after a refused key, or as long as was asked for."""
    clock, judge = SetClock(), Failing(error)
    gate = Gate(clock)
    ask(gate, judge)
    clock.run(seconds - 1)

    assert ask(gate, judge) == f"ShutError: {error}"
    assert judge.asked == 1
    clock.run(1)
    ask(gate, judge)
    assert judge.asked == 2


def test_it_says_when_to_come_back() -> None:
    """What is parked meanwhile is not tried before."""
    clock = SetClock()
    gate = Gate(clock)
    ask(gate, Failing(BUSY))
    clock.run(600)
    with pytest.raises(ShutError) as caught:
        gate.ask(Failing(), [], [])

    assert caught.value.retry_after == 3_000


@pytest.mark.parametrize("error", [DOWN, KEYLESS], ids=str)
def test_whoever_is_turned_away_hears_whether_a_person_is_needed(
    error: JudgeUnavailableError,
) -> None:
    """An outage ends by itself, a refused key does not."""
    gate = Gate(SetClock())
    ask(gate, Failing(error))
    with pytest.raises(ShutError) as caught:
        gate.ask(Failing(), [], [])

    assert caught.value.needs_person is error.permanent


def test_a_long_outage_is_looked_at_less_and_less() -> None:
    """Down to once in a quarter of an hour, however long it lasts."""
    clock, judge = SetClock(), Failing(DOWN)
    gate = Gate(clock)
    for _ in range(24 * 360):
        ask(gate, judge)
        clock.run(10)

    assert 24 * 4 <= judge.asked <= 24 * 4 + 6


def test_an_answer_opens_it() -> None:
    """The next outage is a new one."""
    clock, judge = SetClock(), Failing(DOWN)
    gate = Gate(clock)
    for _ in range(5):
        ask(gate, judge)
        clock.run(900)
    judge.error = None
    assert ask(gate, judge) == ""
    judge.error = DOWN
    ask(gate, judge)
    clock.run(30)
    judge.error = None

    assert ask(gate, judge) == ""


@pytest.mark.parametrize(
    "error",
    [BudgetSpentError("spent", retry_after=60), UnansweredError("no JSON")],
    ids=["budget", "unusable"],
)
def test_what_is_no_outage_does_not_shut_it(error: JudgeUnavailableError) -> None:
    """An empty purse has a time of its own; a bad reply is about one session alone."""
    gate, judge = Gate(SetClock()), Failing(error)
    ask(gate, judge)
    judge.error = None

    assert ask(gate, judge) == ""


def test_an_outage_in_the_middle_of_an_answer_shuts_it() -> None:
    """Some candidates were answered, and then nothing came."""
    gate = Gate(SetClock())
    ask(gate, Failing(UnansweredError("half", cause=DOWN)))

    assert ask(gate, Failing()) == f"ShutError: {DOWN}"


def test_a_person_opens_it() -> None:
    """Who says "now" is not told to wait."""
    gate = Gate(SetClock())
    ask(gate, Failing(KEYLESS))
    gate.open()

    assert ask(gate, Failing()) == ""


def test_a_clock_that_is_set_back_opens_it() -> None:
    """It would be shut for a year otherwise."""
    clock = SetClock()
    gate = Gate(clock)
    ask(gate, Failing(DOWN))
    clock.step(-365 * 86_400)

    assert ask(gate, Failing()) == ""
