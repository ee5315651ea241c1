"""The book of calls: by the local day, within a budget, whoever asks at once."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.codify.ledger import KEEP_MS, Budget, BudgetSpentError, Ledger, day, total
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from hivemindd.log.tables import CALLS
from tests.clocks import SetClock
from tests.codify.make import make_call

HOUR = 3_600_000
NOON = 1_792_843_200_000  # 2026-10-24 12:00 UTC, the day before Berlin's clocks go back
BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"


@pytest.fixture(name="log")
def _log(tmp_path: Path) -> Iterator[Log]:
    log = open_log(tmp_path / "log", map_size=1 << 20)
    yield log
    log.close()


@pytest.fixture(name="berlin")
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Live in Berlin for as long as the test runs."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", BERLIN)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("berlin")
class TestDay:
    """The day is the person's own."""

    def test_it_begins_at_local_midnight(self) -> None:
        """Two hours before that of UTC in summer."""
        assert day(NOON) == (NOON - 14 * HOUR, NOON + 10 * HOUR)

    def test_it_may_have_25_hours(self) -> None:
        """When the clocks go back, the budget has to last an hour longer."""
        begin, end = day(NOON + 24 * HOUR)

        assert (begin, end - begin) == (NOON + 10 * HOUR, 25 * HOUR)

    @given(st.integers(0, 4_000_000_000_000))
    def test_every_time_lies_in_its_day(self, now: int) -> None:
        """And the end of a day is the beginning of the next."""
        begin, end = day(now)

        assert begin <= now < end
        assert day(end)[0] == end

    def test_spend_of_yesterday_is_not_of_today(self, log: Log) -> None:
        """At midnight a new sum begins, and the rows of before stay."""
        clock = SetClock(NOON + 10 * HOUR - 1)
        ledger = Ledger(log, clock)
        ledger.add(make_call(usd=0.2))
        assert total(ledger.today()) == pytest.approx(0.2)
        assert ledger.seconds_to_tomorrow() == pytest.approx(0.001)

        clock.run(0.001)
        assert ledger.today() == []
        assert ledger.seconds_to_tomorrow() == 25 * 3_600
        ledger.add(make_call(usd=0.1))
        assert total(ledger.today()) == pytest.approx(0.1)
        with log.read() as txn:
            assert len(CALLS.rows(txn)) == 2


def test_calls_of_one_moment_are_all_kept(log: Log) -> None:
    """In the order in which they were made, each with all that is known of it."""
    ledger = Ledger(log, SetClock(NOON))
    for number in range(5):
        ledger.add(make_call(session=f"s{number}", input_tokens=number, outcome="no"))

    assert [call.session for call in ledger.today()] == [f"s{number}" for number in range(5)]
    assert {call.ts for call in ledger.today()} == {NOON}


def test_old_calls_are_dropped(log: Log) -> None:
    """After 90 days; what is younger stays."""
    clock = SetClock(NOON)
    ledger = Ledger(log, clock)
    ledger.add(make_call(session="old"))
    clock.run(86_400)
    ledger.add(make_call(session="young"))
    clock.run(KEEP_MS / 1000 - 86_400 + 1)
    ledger.add(make_call(session="new"))

    with log.read() as txn:
        assert [call.session for call in CALLS.rows(txn)] == ["young", "new"]


class TestBudget:
    """What may be spent."""

    def test_what_is_spent_ends_the_day(self, log: Log) -> None:
        """The error says until when."""
        clock = SetClock(NOON)
        budget = Budget(Ledger(log, clock), 0.25)
        budget.admit(0.3)
        budget.settle(0.3, make_call(usd=0.3))
        with pytest.raises(BudgetSpentError, match=r"budget of \$0\.25") as caught:
            budget.admit(0.001)

        assert caught.value.retry_after is not None
        clock.run(caught.value.retry_after)
        budget.admit(0.001)

    def test_no_budget_means_no_call(self, log: Log) -> None:
        """Who gives nothing is asked for nothing."""
        with pytest.raises(BudgetSpentError):
            Budget(Ledger(log, SetClock(NOON)), 0.0).admit(0.0)

    def test_free_calls_never_end(self, log: Log) -> None:
        """A server of one's own costs nothing, however many ask at once."""
        budget = Budget(Ledger(log, SetClock(NOON)), 0.01)
        for _ in range(20):
            budget.admit(0.0)
        for _ in range(20):
            budget.settle(0.0, make_call())

    @pytest.mark.parametrize("workers", [2, 8])
    def test_many_at_once_overspend_by_one_call_at_most(self, log: Log, workers: int) -> None:
        """What is under way counts, so that nobody begins on money that may be gone."""
        ledger = Ledger(log, SetClock(NOON))
        budget = Budget(ledger, 1.0)
        together = threading.Barrier(workers)

        def work() -> None:
            together.wait()
            try:
                while True:
                    budget.admit(0.3)
                    budget.settle(0.3, make_call(usd=0.3))
            except BudgetSpentError:
                pass

        threads = [threading.Thread(target=work) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert 1.0 <= total(ledger.today()) <= 1.3

    def test_a_call_that_turns_out_cheap_makes_room(self, log: Log) -> None:
        """Another that could have been too much waits until it is known, and then begins."""
        ledger = Ledger(log, SetClock(NOON))
        budget = Budget(ledger, 1.0)
        budget.admit(1.0)
        other = threading.Thread(target=budget.admit, args=(1.0,))
        other.start()
        budget.settle(1.0, make_call(usd=0.01))
        other.join(timeout=30)

        assert not other.is_alive()
        assert len(ledger.today()) == 1
