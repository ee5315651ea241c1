"""What the judge has cost, call by call, and the budget that a day must stay within."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile

import msgspec

from hivemindd.clock import Clock
from hivemindd.errors import JudgeUnavailableError
from hivemindd.log.store import Log
from hivemindd.log.tables import CALLS, Txn
from hivemindd.work import Call

KEEP_MS = 90 * 86_400_000
_NUMBERS = 1 << 16


class BudgetSpentError(JudgeUnavailableError):
    """The day's money is gone: nobody was asked, and nobody else judges instead."""


class Ledger:
    """Every call to a model with its cost, kept in the log for 90 days."""

    def __init__(self, log: Log, clock: Clock) -> None:
        """Use the log's table of calls."""
        self._log = log
        self._clock = clock

    def add(self, call: Call) -> None:
        """Book a call, at the time of now.

        Raises:
            LogError: the log cannot be written.
        """
        row = msgspec.structs.replace(call, ts=self._clock.now())

        def book(txn: Txn) -> None:
            oldest = _key(row.ts - KEEP_MS)
            for key in [*takewhile(lambda key: key < oldest, _keys(txn))]:
                CALLS.delete(txn, key)
            taken = set(_keys(txn, _key(row.ts)))
            free = (_key(row.ts, number) for number in range(_NUMBERS))
            CALLS.put(txn, next(key for key in free if key not in taken), row)

        self._log.transact(book)

    def today(self) -> list[Call]:
        """Return the calls of the day that it is here, the oldest first."""
        with self._log.read() as txn:
            return calls_of_day(txn, self._clock.now())

    def seconds_to_tomorrow(self) -> float:
        """Return the seconds until a new day's budget."""
        now = self._clock.now()
        return (day(now)[1] - now) / 1000


class Budget:
    """Lets calls begin while there is money left; satisfies `judge_model.Meter`.

    What calls under way may cost at most counts as spent until it is known, so that
    however many workers there are, only the last call of a day can exceed the budget.
    """

    def __init__(
        self, ledger: Ledger, daily_usd: float, beat: Callable[[], object] = lambda: None
    ) -> None:
        """Spend at most `daily_usd` a day, and book into the ledger.

        `beat` is called before each call, which may take as long as the settings allow.
        """
        self._beat = beat
        self._ledger = ledger
        self._daily_usd = daily_usd
        self._settled = threading.Condition()
        self._reserved = 0.0
        self._under_way = 0

    def admit(self, most_usd: float) -> None:
        """Let a call begin, if need be once those under way have shown what is left.

        Raises:
            BudgetSpentError: today's budget is spent; the work waits for tomorrow.
        """
        self._beat()
        with self._settled:
            while (spent := total(self._ledger.today())) < self._daily_usd:
                if not self._under_way or spent + self._reserved < self._daily_usd:
                    self._reserved += most_usd
                    self._under_way += 1
                    return
                self._settled.wait()
        raise BudgetSpentError(
            f"today's budget of ${self._daily_usd:.2f} is spent: raise judge.daily_budget",
            retry_after=self._ledger.seconds_to_tomorrow(),
        )

    def settle(self, most_usd: float, call: Call) -> None:
        """Book a call that was admitted.

        Raises:
            LogError: the log cannot be written.
        """
        with self._settled:
            self._under_way -= 1
            self._reserved = self._reserved - most_usd if self._under_way else 0.0
            self._settled.notify_all()
            self._ledger.add(call)


def day(now: int) -> tuple[int, int]:
    """Return when the local day of a time begins, and when the next one does, in ms.

    A day may have 23 or 25 hours.
    """
    date = datetime.fromtimestamp(now / 1000, UTC).astimezone().date()
    begin, end = (
        datetime.combine(each, time()).astimezone() for each in (date, date + timedelta(days=1))
    )
    return int(begin.timestamp() * 1000), int(end.timestamp() * 1000)


def calls_of_day(txn: Txn, now: int) -> list[Call]:
    """Return the calls of the local day of a time, the oldest first."""
    begin, end = day(now)
    slots = (slot.to_bytes(5, "big") for slot in range(begin >> 24, (end >> 24) + 1))
    return [row for slot in slots for row in CALLS.rows(txn, slot) if begin <= row.ts < end]


def total(calls: Sequence[Call]) -> float:
    """Return what calls have cost, in USD."""
    return sum(call.usd for call in calls)


def _keys(txn: Txn, prefix: bytes = b"") -> Iterator[bytes]:
    return (key for key, _ in txn.scan(CALLS.name, prefix))


def _key(ts: int, number: int | None = None) -> bytes:
    """Return the key of a call, or the prefix of all calls of that time."""
    key = max(0, ts).to_bytes(8, "big")
    return key if number is None else key + number.to_bytes(2, "big")
