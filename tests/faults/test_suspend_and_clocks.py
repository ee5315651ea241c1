"""Machines that sleep and clocks that are set, as the daemon's own reading thread meets them."""

import os
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from hivemindd.assistants.base import Places
from hivemindd.config import Config, duration
from hivemindd.ingest.service import TICK, IngestService
from hivemindd.ingest.setup import make_ingest
from hivemindd.log.homes import find_session, put_session
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from hivemindd.log.tables import DUE, Txn
from hivemindd.records import Session
from hivemindd.runtime.pulse import Pulse
from tests.clocks import SetClock
from tests.process import DEADLINE, await_true
from tests.records import SESSION, ClaudeSession

IDLE_AFTER, END_AFTER = duration(Config().idle_after), duration(Config().end_after)
NIGHT = timedelta(hours=8).total_seconds()
HOUR, DAY = NIGHT / 8, NIGHT * 3


class HeldClock(SetClock):
    """A clock that nobody can read while the test holds it: then all seems to happen at once."""

    def __init__(self) -> None:
        """Begin with nobody holding it."""
        super().__init__()
        self.held = threading.RLock()

    def now(self) -> int:
        """Return the wall clock in ms since 1970 UTC."""
        with self.held:
            return super().now()

    def boot(self) -> float:
        """Return seconds since the start of the machine."""
        with self.held:
            return super().boot()

    def awake(self) -> float:
        """Return seconds awake."""
        with self.held:
            return super().awake()


class Rounds(Pulse):
    """Counts how often the thread has begun its way anew."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self._told = threading.Condition()
        self._count = 0

    def beat(self, within: float = 0.0) -> None:
        """Count one."""
        super().beat(within)
        with self._told:
            self._count += 1
            self._told.notify_all()

    def wait(self, rounds: int, wake: Callable[[], None]) -> None:
        """Wait for so many rounds; `wake` keeps the thread from resting in between."""
        with self._told:
            for _ in range(rounds):
                before = self._count
                wake()
                assert self._told.wait_for(lambda: self._count > before, DEADLINE)  # noqa: B023


class Desk:
    """A transcript, and the thread that reads it."""

    def __init__(self, home: Path, log: Log) -> None:
        """Write the first words; nothing is read before `start`."""
        (home / "project" / ".git").mkdir(parents=True)
        self.claude = ClaudeSession(home, home / "project")
        self.clock = HeldClock()
        self.log = log
        self.rounds = Rounds()
        self.say("use pnpm")
        ingest, self.keeper, wishes = make_ingest(log, Config(), Places(home), self.clock)
        self.service = IngestService(
            log,
            ingest,
            self.keeper,
            wishes,
            self.clock,
            rescan_every=duration("30s"),
            pulse=self.rounds,
        )

    def say(self, words: str, *, ahead: float = 0.0) -> None:
        """Append words; the file says that it was now, or so many seconds later."""
        with self.clock.held:
            self.claude.prompt(words)
            at = self.clock.now() / 1000 + ahead
            os.utime(self.claude.path, (at, at))

    def look(self) -> None:
        """Wait until the thread has gone its whole way a few times."""
        self.rounds.wait(4, self.service._hints.wake)

    @property
    def session(self) -> Session:
        """The row that the log holds."""
        with self.log.read() as txn:
            found = find_session(txn, "claude-code", SESSION)
        assert found is not None
        return found

    @property
    def seen(self) -> tuple[str, int, list[str]]:
        """The session's state, how many prompts were read, and why it is due."""
        with self.log.read() as txn:
            due: list[str] = [row.reason for row in DUE.rows(txn)]
        return self.session.state, self.session.prompts, due

    def work_off(self) -> None:
        """Learn from all that was read, as the codifier does."""

        def change(txn: Txn) -> None:
            session = find_session(txn, "claude-code", SESSION)
            assert session is not None
            session.codified_events = session.events
            put_session(txn, session)
            for key, _ in list(DUE.scan(txn)):
                DUE.delete(txn, key)

        self.log.transact(change)


@pytest.fixture(name="desk")
def _desk(scratch_home: Path, tmp_path: Path) -> Iterator[Desk]:
    log = open_log(tmp_path / "log", map_size=1 << 20)
    desk = Desk(scratch_home, log)
    desk.service.start()
    desk.look()
    assert desk.seen == ("active", 1, [])
    yield desk
    desk.service.stop()
    log.close()


def test_46_a_night_asleep_ends_a_session_once(desk: Desk) -> None:
    """It is over when the machine is awake again, and learned from once; a day changes nothing."""
    desk.clock.suspend(NIGHT)
    desk.look()
    assert desk.seen == ("ended", 1, ["ended"])

    desk.work_off()
    for passes in (desk.clock.suspend, desk.clock.run):
        passes(NIGHT)
        desk.look()
    assert desk.seen == ("ended", 1, [])


def test_46_what_was_written_before_or_after_the_night_is_read_first(desk: Desk) -> None:
    """The person goes on at once: the session never ended."""
    with desk.clock.held:
        desk.clock.suspend(NIGHT)
        desk.say("and spaces, please")
    desk.look()

    assert desk.seen == ("active", 2, [])
    desk.clock.run(END_AFTER)
    desk.look()
    assert desk.seen == ("ended", 2, ["ended"])


def test_46_a_program_may_wake_later_than_we(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it writes right after our first look counts before anything is called quiet."""
    desk.clock.held.acquire()
    finish, ingest = desk.service._ingest.finish_quiet, desk.service._ingest

    def finish_then_wake(stop: threading.Event) -> None:
        monkeypatch.setattr(ingest, "finish_quiet", finish)
        finish(stop)
        desk.say("late, but here")
        desk.service._hints.add(desk.claude.path)

    monkeypatch.setattr(ingest, "finish_quiet", finish_then_wake)
    desk.clock.suspend(NIGHT)
    desk.clock.held.release()
    desk.look()

    assert desk.seen == ("active", 2, [])


def test_46_a_machine_may_fall_asleep_at_any_step(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after the files were looked at, and before it is said which sessions are quiet."""
    registry = desk.keeper._registry

    def sleep_here() -> None:
        monkeypatch.setattr(desk.keeper, "_registry", registry)
        with desk.clock.held:
            desk.clock.suspend(NIGHT)
            desk.say("and spaces, please")

    here = SimpleNamespace(refresh=sleep_here, liveness=registry.liveness)
    monkeypatch.setattr(desk.keeper, "_registry", here)
    desk.clock.run(TICK)  # it is not said more often than that
    desk.look()

    assert desk.seen == ("active", 2, [])


@pytest.mark.parametrize("step", [-HOUR, DAY], ids=["hour-back", "day-ahead"])
def test_47_a_clock_that_is_set_makes_nothing_quiet(desk: Desk, step: float) -> None:
    """Neither ended at once, nor open for an hour too long."""
    desk.clock.run(IDLE_AFTER - 1)
    desk.look()
    desk.clock.step(step)
    desk.look()
    assert desk.seen == ("active", 1, [])

    desk.clock.run(1)
    desk.look()
    assert desk.seen == ("idle", 1, ["idle"])
    desk.clock.run(END_AFTER - IDLE_AFTER - 1)
    desk.look()
    assert desk.seen == ("idle", 1, ["idle"])
    desk.clock.run(1)
    desk.look()
    assert desk.seen == ("ended", 1, ["idle"])


def test_47_a_file_from_the_future_is_one_of_now(desk: Desk) -> None:
    """Its session goes quiet like any other."""
    desk.say("from tomorrow", ahead=1000 * DAY)
    await_true(lambda: desk.seen == ("active", 2, []), "it is read")
    desk.clock.run(IDLE_AFTER)
    desk.look()

    assert desk.seen == ("idle", 2, ["idle"])


def test_47_an_append_opens_an_ended_session(desk: Desk) -> None:
    """Also when the clock was set back since, so that its end lies in the future."""
    desk.clock.run(END_AFTER)
    desk.look()
    assert desk.seen == ("ended", 1, ["ended"])
    desk.work_off()
    desk.clock.step(-HOUR)
    desk.say("once more")
    await_true(lambda: desk.seen == ("active", 2, []), "it is read")

    desk.clock.run(END_AFTER)
    desk.look()
    assert desk.seen == ("ended", 2, ["ended"])
