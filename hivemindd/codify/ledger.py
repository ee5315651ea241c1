"""What the judge has cost, by day, and the budget that it must stay within."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from hivemindd.clock import Clock
from hivemindd.errors import JudgeUnavailableError
from hivemindd.lessons.judge import Judge, Verdict
from hivemindd.log.store import Log
from hivemindd.log.tables import SETTINGS, Txn
from hivemindd.records import Correction, Lesson

_KEY = b"spend"
_KEEP_DAYS = 90
_decoder = msgspec.json.Decoder(dict[str, float])


class Ledger:
    """Spend in USD by day (UTC), kept in the log."""

    def __init__(self, log: Log, clock: Clock) -> None:
        """Use the log's settings table."""
        self._log = log
        self._clock = clock

    def today(self) -> float:
        """Return what was spent today."""
        with self._log.read() as txn:
            return _read(txn).get(self._day(), 0.0)

    def add(self, usd: float) -> None:
        """Book the cost of a call."""

        def book(txn: Txn) -> None:
            days = _read(txn)
            days[self._day()] = days.get(self._day(), 0.0) + usd
            kept = dict(sorted(days.items())[-_KEEP_DAYS:])
            SETTINGS.put(txn, _KEY, msgspec.json.encode(kept).decode())

        self._log.transact(book)

    def seconds_to_tomorrow(self) -> float:
        """Return the seconds until a new day's budget."""
        now = self._now()
        tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return (tomorrow - now).total_seconds()

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now() / 1000, UTC)

    def _day(self) -> str:
        return self._now().date().isoformat()


def _read(txn: Txn) -> dict[str, float]:
    text = SETTINGS.get(txn, _KEY)
    return _decoder.decode(text) if text else {}


class BudgetedJudge:
    """A judge that is asked no more once the day's budget is spent."""

    def __init__(self, judge: Judge, ledger: Ledger, daily_usd: float) -> None:
        """Wrap a judge that books its calls into the ledger."""
        self._judge = judge
        self._ledger = ledger
        self._daily_usd = daily_usd

    @property
    def name(self) -> str:
        """The name of the judge within."""
        return self._judge.name

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Ask the judge, unless the budget is spent.

        Raises:
            JudgeUnavailableError: today's budget is spent; the work waits for tomorrow.
        """
        if self._ledger.today() >= self._daily_usd:
            raise JudgeUnavailableError(
                f"today's budget of ${self._daily_usd:.2f} is spent: raise judge.daily_budget",
                retry_after=self._ledger.seconds_to_tomorrow(),
            )
        return self._judge.judge(candidates, lessons)
