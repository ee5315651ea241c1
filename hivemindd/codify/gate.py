"""Whether the judge is worth asking: where it cannot be had, not every session tries anew."""

import threading
from collections.abc import Sequence

from hivemindd.clock import Clock
from hivemindd.codify.ledger import BudgetSpentError
from hivemindd.errors import JudgeUnavailableError
from hivemindd.lessons.judge import Judge, UnansweredError
from hivemindd.records import Correction, Lesson, Verdict

SHUT_MS = 30_000
SHUT_MAX_MS = 15 * 60_000
SHUT_FOR_GOOD_MS = 6 * 3_600_000


class ShutError(JudgeUnavailableError):
    """Nobody was asked: the judge failed a short while ago."""


class Gate:
    """Asks a judge, and shuts for a while when it cannot be had.

    A refused key shuts it for hours, an outage for half a minute, then longer each time.
    """

    def __init__(self, clock: Clock) -> None:
        """Begin open."""
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._since = 0
        self._until = 0
        self._why = ""
        self._needs_person = False

    def open(self) -> None:
        """Let the next one ask, whatever came before."""
        with self._lock:
            self._failures, self._until = 0, 0

    def ask(
        self, judge: Judge, candidates: Sequence[Correction], lessons: Sequence[Lesson]
    ) -> list[Verdict]:
        """Return a judge's verdicts.

        Raises:
            ShutError: the judge failed before, and nobody was asked.
            JudgeUnavailableError: the judge could not be had, or not for all.
        """
        with self._lock:
            now = self._clock.now()
            # A clock that was set back would keep it shut for as long again.
            if self._since <= now < self._until:
                shut = ShutError(self._why, retry_after=(self._until - now) / 1000)
                shut.needs_person = self._needs_person
                raise shut
        try:
            verdicts = judge.judge(candidates, lessons)
        except UnansweredError as error:
            self._note(error.cause)
            raise
        except JudgeUnavailableError as error:
            self._note(error)
            raise
        self._note(None)
        return verdicts

    def _note(self, failure: JudgeUnavailableError | None) -> None:
        """Shut, or open again where the judge has answered."""
        if failure is None:
            self.open()
            return
        if isinstance(failure, BudgetSpentError | UnansweredError):
            return  # the one ends at a time of its own, the other is about some corrections alone
        with self._lock:
            wait = min(SHUT_MAX_MS, SHUT_MS * 2 ** min(self._failures, 20))
            if failure.permanent:
                wait = SHUT_FOR_GOOD_MS
            wait = max(wait, int((failure.retry_after or 0) * 1000))
            self._failures += 1
            self._since = self._clock.now()
            self._until = self._since + wait
            self._why, self._needs_person = str(failure), failure.needs_person
