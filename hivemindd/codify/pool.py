"""The thread pool that works through what is due; the rows in the log survive a crash.

When nothing is due it consolidates what has been learned, each workspace once a day.
"""

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import suppress

import msgspec
import structlog

from hivemindd.clock import Clock
from hivemindd.codify.consolidate import Consolidation
from hivemindd.codify.ledger import BudgetSpentError
from hivemindd.codify.pace import Pace
from hivemindd.codify.session import Codifier
from hivemindd.errors import HivemindError
from hivemindd.log.homes import find_session
from hivemindd.log.keys import session_key, workspace_key
from hivemindd.log.store import DamagedLogError, Log, LogError
from hivemindd.log.tables import DUE, SESSIONS, Txn
from hivemindd.redaction.redactor import shared
from hivemindd.runtime.memory import give_back
from hivemindd.runtime.pulse import Pulse
from hivemindd.sessions.keeper import make_due
from hivemindd.sessions.lifecycle import uncodified
from hivemindd.work import Due

WORKERS = 2
TICK = 2.0
LOOK = 0.2  # seconds between two looks whether we are to stop, before there is anything to do
RETRY = 30.0
FAREWELL = 3.0
AT_WORK = 3_600.0  # seconds between two calls of a judge, or for all that needs none
BACKOFF_MS = 30_000
BACKOFF_MAX_MS = 6 * 3_600_000
SPREAD_MS = 30_000


class Done(msgspec.Struct):
    """What a run over all due work came to."""

    corrections: int = 0
    parked: int = 0
    skills: list[str] = []


class CodifyPool:
    """Codifies due sessions, one at a time per workspace, the workspaces in turn.

    In each of them what was said first comes first.
    """

    def __init__(
        self,
        log: Log,
        codifier: Codifier,
        clock: Clock,
        consolidation: Consolidation | None = None,
        *,
        at_end: Callable[[], None] | None = None,
        pulse: Pulse | None = None,
        ready: threading.Event | None = None,
    ) -> None:
        """Prepare the threads; `start` lets them run, and `at_end` is called when they stop.

        They do nothing before `ready` is set: what has been said is captured first.
        """
        self._pulse = pulse or Pulse()
        self._log = log
        self._codifier = codifier
        self._clock = clock
        self._consolidation = consolidation
        self._at_end = at_end
        self._stop = threading.Event()
        self._ready = ready or threading.Event()
        if ready is None:
            self._ready.set()
        self._lock = threading.Lock()
        self._plan: deque[Due] = deque()
        self._busy: set[str] = set()
        self.pace = Pace(clock)
        self._said = ""  # the last complaint: what keeps all sessions waiting is said once
        self._threads = [
            threading.Thread(target=self._work, name=f"codify-{number}", daemon=True)
            for number in range(WORKERS)
        ]

    @property
    def judge(self) -> str:
        """The name of the judge in use."""
        return self._codifier.judge_name

    def start(self) -> None:
        """Start the workers."""
        for thread in self._threads:
            thread.start()

    def is_alive(self) -> bool:
        """Tell whether all workers run."""
        return all(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """Let the workers finish what they are at, for a few seconds.

        A worker that waits for the network is left behind: its due row stays, and the
        next start does the work again.
        """
        self._stop.set()
        end = time.monotonic() + FAREWELL
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=max(0.0, end - time.monotonic()))
        if self._at_end is not None:
            self._at_end()

    def ask(self, workspace: str) -> int:
        """Make every session of a workspace (of all, when empty) due now; return how many."""
        prefix = workspace_key(workspace) if workspace else b""
        self._codifier.reopen()

        def mark(txn: Txn) -> int:
            sessions = [row for row in SESSIONS.rows(txn, prefix) if uncodified(row)]
            for session in sessions:
                make_due(txn, session, "asked", self._clock.now())
            waiting = list(DUE.scan(txn, prefix))
            for key, due in waiting:
                due.not_before = 0
                DUE.put(txn, key, due)
            return len(waiting)

        return self._log.transact(mark)

    def try_again(self, *, affordable: bool = False) -> None:
        """Let what waits for a person be tried now: when we start it may have been mended.

        So may what waits for tomorrow's money, where it is `affordable` today after all.
        """

        def waiting(txn: Txn) -> list[tuple[bytes, Due]]:
            found = DUE.scan(txn)
            return [
                row for row in found if row[1].needs_person or (affordable and row[1].over_budget)
            ]

        def free(txn: Txn) -> None:
            for key, due in waiting(txn):
                due.not_before = 0
                DUE.put(txn, key, due)

        with self._log.read() as txn:
            waits = waiting(txn)
        if waits:
            with suppress(LogError):  # a full disk: they are tried again when their time has come
                self._log.transact(free)

    def run_all(self) -> Done:
        """Work through everything that is due, in this thread, and consolidate."""
        done = Done()
        while self._take(done):
            continue
        with self._log.read() as txn:
            done.parked = len(DUE.rows(txn))
        return done

    def _work(self) -> None:
        while not (self._ready.wait(LOOK) or self._stop.is_set()):
            continue
        busy = False
        while not self._stop.is_set():
            self._pulse.beat(AT_WORK)
            try:
                if self._take(Done()):
                    busy = True
                    continue
                if busy:
                    self._log.unmap()
                    give_back()
                    busy = False
                self._pulse.rest()
                self._stop.wait(TICK)
            except LogError as error:
                # What can be neither read nor noted would be tried again at once.
                self._say(error, "nothing is codified")
                self._pulse.rest()
                self._stop.wait(RETRY)

    def _take(self, done: Done) -> bool:
        """Do a piece of work; False where there is none. Consolidating may make more due."""
        due = self._claim()
        if due is None:
            return self._consolidate(done)
        self._codify(due, done)
        return True

    def _claim(self) -> Due | None:
        """Return due work of a workspace that nobody is busy with."""
        with self._lock:
            if not self._plan:
                now = self._clock.now()
                with self._log.read() as txn:
                    rows = [row for row in DUE.rows(txn) if row.not_before <= now]
                self._plan.extend(_in_turn(rows))
            due = next((each for each in self._plan if each.workspace not in self._busy), None)
            if due:
                self._plan.remove(due)
                self._busy.add(due.workspace)
            return due

    def _codify(self, due: Due, done: Done) -> None:
        try:
            outcome = self._codifier.codify(due)
        except LogError as error:
            if isinstance(error, DamagedLogError):
                self._log.distrust()
            raise
        except HivemindError as error:
            self._park(due, error)
        except Exception as error:  # noqa: BLE001  one session must not end the learning of all
            structlog.get_logger().exception("session cannot be codified", session=due.session)
            self._park(due, error)
        else:
            self._said = ""
            self.pace.count()
            done.corrections += outcome.corrections
            done.skills.extend(outcome.skills)
        finally:
            with self._lock:
                self._busy.discard(due.workspace)

    def _consolidate(self, done: Done) -> bool:
        """Consolidate one workspace; False when it is nobody's turn."""
        if self._consolidation is None:
            return False
        with self._lock:
            workspace = self._consolidation.claim(self._busy)
            if not workspace:
                return False
            self._busy.add(workspace)
        try:
            done.skills.extend(self._consolidation.run(workspace))
        except DamagedLogError:
            self._log.distrust()
            raise
        except HivemindError as error:
            if not self._stop.is_set():  # else the log may be closed already
                self._say(error, "consolidation failed", workspace=workspace)
        except Exception:  # noqa: BLE001  what fails today is tried again tomorrow
            structlog.get_logger().exception("cannot be consolidated", workspace=workspace)
        finally:
            with self._lock:
                self._busy.discard(workspace)
        return True

    def _park(self, due: Due, error: Exception) -> None:
        """Keep the work and try again later, each time later than before."""
        if self._stop.is_set():
            return  # the row stands as it is, and the log may be closed already
        wait = min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** min(due.attempts, 20))
        if getattr(error, "permanent", False):
            wait = BACKOFF_MAX_MS
        chance = session_key(due.session, str(due.attempts))[0] / 256
        wait = int(wait * (0.75 + chance / 2))
        asked_for = getattr(error, "retry_after", None)
        if asked_for is not None and isinstance(error, BudgetSpentError):
            wait = int(asked_for * 1000) + 1  # all at once: then the oldest is first
        elif asked_for is not None:
            # Never before the time that was named, and not all at that time either.
            wait = max(wait, int(asked_for * 1000 + SPREAD_MS * chance))

        def park(txn: Txn) -> None:
            session = find_session(txn, due.assistant, due.session)
            home = session.workspace if session else due.workspace
            key = workspace_key(home) + session_key(due.assistant, due.session)
            row = DUE.get(txn, key)
            if row is not None:
                row.attempts += 1
                row.error = shared().text(str(error)) or type(error).__name__
                row.over_budget = isinstance(error, BudgetSpentError)
                row.needs_person = isinstance(error, HivemindError) and error.needs_person
                row.not_before = self._clock.now() + wait
                DUE.put(txn, key, row)

        self._log.transact(park)
        self._say(error, "codification waits", session=due.session, attempt=due.attempts + 1)

    def _say(self, error: Exception, what: str, **fields: str | int) -> None:
        with self._lock:
            level = logging.DEBUG if self._said == str(error) else logging.WARNING
            self._said = str(error)
        structlog.get_logger().log(level, what, cause=str(error), **fields)


def _in_turn(rows: Iterable[Due]) -> list[Due]:
    """Return work in a fair order: the oldest of each workspace, then their second oldest.

    A person's words are judged in the order in which they were said, also where they were said
    before the install: a judge that is shown the lessons can tell an exception from a rule only
    where it knows the rule.
    """
    ranks: Counter[str] = Counter()
    ranked = []
    for row in sorted(rows, key=lambda row: (row.told or row.since, row.since)):
        ranked.append((ranks[row.workspace], row))
        ranks[row.workspace] += 1
    return [row for _, row in sorted(ranked, key=lambda each: each[0])]
