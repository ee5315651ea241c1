"""Sessions age, and become due, by a clock that the test sets."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hivemindd.assistants.base import Places
from hivemindd.log.homes import find_session, put_session
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from hivemindd.log.tables import DUE, Txn
from hivemindd.records import Session, SessionState
from hivemindd.sessions.keeper import Keeper, make_due
from hivemindd.sessions.liveness import Registry
from tests.clocks import SetClock
from tests.sessions.make import END_AFTER, IDLE_AFTER, make_session

HOUR = 3600.0
Start = Callable[[], Keeper]


@pytest.fixture(name="clock")
def _clock() -> SetClock:
    return SetClock()


@pytest.fixture(name="log")
def _log(tmp_path: Path) -> Iterator[Log]:
    log = open_log(tmp_path / "log", map_size=1 << 20)
    yield log
    log.close()


@pytest.fixture(name="start")
def _start(log: Log, clock: SetClock, scratch_home: Path) -> Start:
    def start() -> Keeper:
        registry = Registry(Places(scratch_home))
        return Keeper(log, clock, registry, idle_after=IDLE_AFTER, end_after=END_AFTER)

    return start


@pytest.fixture(name="keeper")
def _keeper(start: Start) -> Keeper:
    return start()


@pytest.fixture(name="grow")
def _grow(log: Log, clock: SetClock, keeper: Keeper) -> Callable[..., Session]:
    """Append to a session as ingest does: its row in the log, then a word to the keeper."""

    def grow(**fields: object) -> Session:
        def change(txn: Txn) -> Session:
            known = find_session(txn, "claude-code", "s")
            session = known or make_session(prompts=1, version="2.0.0")
            session.state = "active"
            session.events += 1
            session.last_append = clock.now()
            for name, value in fields.items():
                setattr(session, name, value)
            put_session(txn, session)
            return session

        session = log.transact(change)
        keeper.notice([session])
        return session

    return grow


Grow = Callable[..., Session]


def state(log: Log) -> SessionState:
    """Return the state that the log holds."""
    with log.read() as txn:
        session = find_session(txn, "claude-code", "s")
    assert session is not None
    return session.state


def due(log: Log) -> list[str]:
    """Return why sessions are due."""
    with log.read() as txn:
        return [row.reason for row in DUE.rows(txn)]


def work_off(log: Log) -> None:
    """Do what the codifier does: remember how far it came, and take the row away."""

    def change(txn: Txn) -> None:
        session = find_session(txn, "claude-code", "s")
        assert session is not None
        session.codified_events = session.events
        put_session(txn, session)
        for key in [key for key, _ in DUE.scan(txn)]:
            DUE.delete(txn, key)

    log.transact(change)


class TestQuiet:
    """The way of a session that nobody writes to."""

    def test_a_session_idles_and_ends_once(
        self, log: Log, clock: SetClock, keeper: Keeper, grow: Grow
    ) -> None:
        """Each step is taken once, and each is a reason to learn from what is new."""
        grow()
        assert keeper.tick() == 0
        clock.run(IDLE_AFTER)
        assert (keeper.tick(), keeper.tick()) == (1, 0)
        assert (state(log), due(log)) == ("idle", ["idle"])

        clock.run(END_AFTER)
        assert (keeper.tick(), keeper.tick()) == (1, 0)
        assert (state(log), due(log)) == ("ended", ["idle"])

    def test_what_was_learned_is_looked_at_once_more_at_its_end(
        self, log: Log, clock: SetClock, keeper: Keeper, grow: Grow
    ) -> None:
        """Only the end of a session tells what became of its files by hand or in a commit."""
        grow()
        clock.run(IDLE_AFTER)
        keeper.tick()
        work_off(log)
        clock.run(END_AFTER)
        keeper.tick()

        assert (state(log), due(log)) == ("ended", ["ended"])

    def test_an_append_opens_an_ended_session(
        self, log: Log, clock: SetClock, keeper: Keeper, grow: Grow
    ) -> None:
        """It is watched again, and ends again."""
        grow()
        clock.run(END_AFTER)
        keeper.tick()
        work_off(log)
        grow()
        assert keeper.tick() == 0
        assert state(log) == "active"

        clock.run(END_AFTER)
        assert keeper.tick() == 1
        assert (state(log), due(log)) == ("ended", ["ended"])

    def test_an_append_keeps_a_session_open(
        self, log: Log, clock: SetClock, keeper: Keeper, grow: Grow
    ) -> None:
        """As long as it grows it is active, however long it takes."""
        for _ in range(20):
            grow()
            clock.run(IDLE_AFTER - 1)
            assert keeper.tick() == 0

        assert (state(log), due(log)) == ("active", [])

    def test_a_restart_goes_on(
        self, log: Log, clock: SetClock, keeper: Keeper, grow: Grow, start: Start
    ) -> None:
        """What ended meanwhile ends at the first tick; what had ended stays so."""
        grow()
        assert keeper.tick() == 0
        clock.run(END_AFTER)
        again = start()
        assert (again.tick(), state(log), due(log)) == (1, "ended", ["ended"])

        assert start().tick() == 0

    def test_a_run_that_does_not_wait_ends_all(self, log: Log, keeper: Keeper, grow: Grow) -> None:
        """`--once` treats every session as ended."""
        grow()

        assert keeper.tick(end_all=True) == 1
        assert (state(log), due(log)) == ("ended", ["ended"])
        assert keeper.tick(end_all=True) == 0

    def test_what_is_not_captured_is_never_due(
        self, log: Log, clock: SetClock, keeper: Keeper, grow: Grow
    ) -> None:
        """It ages all the same."""
        grow(captured=False)
        clock.run(END_AFTER)

        assert (keeper.tick(), due(log)) == (1, [])

    def test_a_session_that_was_forgotten_is_let_go(
        self, clock: SetClock, log: Log, keeper: Keeper
    ) -> None:
        """A row that is no longer there is not made again."""
        keeper.notice([make_session(last_append=clock.now())])
        clock.run(END_AFTER)
        keeper.tick()

        with log.read() as txn:
            assert find_session(txn, "claude-code", "s") is None
        assert due(log) == []
        assert keeper.tick() == 0

    def test_rows_of_ended_sessions_are_not_kept(
        self, clock: SetClock, keeper: Keeper, grow: Grow
    ) -> None:
        """A transcript that is read anew brings its session's row, but no life to it."""
        session = grow()
        session.state = "ended"
        keeper.notice([session])
        clock.run(END_AFTER)

        assert keeper.tick() == 0


class TestRegistry:
    """A running program, as the keeper sees it."""

    def test_a_program_that_leaves_ends_its_session(
        self, log: Log, clock: SetClock, keeper: Keeper, grow: Grow, scratch_home: Path
    ) -> None:
        """Not in the same instant: its last lines may be on their way."""
        file = scratch_home / ".claude" / "sessions" / f"{os.getpid()}.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps({"pid": os.getpid(), "sessionId": "s", "status": "busy"}))
        grow()
        clock.run(IDLE_AFTER - 1)
        assert keeper.tick() == 0
        grow()
        file.unlink()
        assert keeper.tick() == 0

        clock.run(6)
        assert (keeper.tick(), state(log)) == (1, "ended")


class TestClocks:
    """Clocks that jump, and machines that sleep."""

    def test_time_that_passes_is_no_step(self, clock: SetClock, keeper: Keeper) -> None:
        """Neither a second nor an hour between two looks, nor a clock that is slewed."""
        for seconds, slew in ((1, 0), (HOUR, 0), (60, 2), (60, -2)):
            clock.run(seconds)
            clock.step(slew)
            assert not keeper.clock_stepped()

    @pytest.mark.parametrize("change", [SetClock.suspend, SetClock.step])
    @pytest.mark.parametrize("seconds", [10.0, 8 * HOUR])
    def test_a_jump_is_seen_once(
        self,
        clock: SetClock,
        keeper: Keeper,
        change: Callable[[SetClock, float], None],
        seconds: float,
    ) -> None:
        """A suspend, or a clock that was set: files are looked at before anything else."""
        change(clock, seconds)
        clock.run(1)

        assert keeper.clock_stepped()
        assert not keeper.clock_stepped()

    def test_a_clock_that_is_set_back_is_seen(self, clock: SetClock, keeper: Keeper) -> None:
        """In either direction."""
        clock.step(-HOUR)

        assert keeper.clock_stepped()

    def test_a_night_asleep_ends_a_session_once(
        self, log: Log, clock: SetClock, keeper: Keeper, grow: Grow
    ) -> None:
        """After the look at the files it is over, once, and learned from once."""
        grow()
        clock.suspend(8 * HOUR)
        assert keeper.clock_stepped()
        clock.run(1)
        assert not keeper.clock_stepped()

        assert (keeper.tick(), keeper.tick()) == (1, 0)
        assert (state(log), due(log)) == ("ended", ["ended"])

    def test_a_session_that_went_on_after_the_night_stays_open(
        self, log: Log, clock: SetClock, keeper: Keeper, grow: Grow
    ) -> None:
        """What the look at the files finds comes before any judgement."""
        grow()
        clock.suspend(8 * HOUR)
        assert keeper.clock_stepped()
        grow()
        clock.run(1)

        assert (keeper.tick(), state(log)) == (0, "active")

    @pytest.mark.parametrize("seconds", [24 * HOUR, -HOUR, -24 * HOUR])
    def test_a_clock_that_is_set_makes_nothing_quiet(
        self, log: Log, clock: SetClock, keeper: Keeper, grow: Grow, seconds: float
    ) -> None:
        """The session ends when it has been quiet long enough, neither sooner nor later."""
        grow()
        clock.run(IDLE_AFTER - 2)
        clock.step(seconds)
        assert keeper.clock_stepped()
        clock.run(1)
        assert (keeper.tick(), state(log)) == (0, "active")

        clock.run(1)
        assert (keeper.tick(), state(log)) == (1, "idle")
        clock.run(END_AFTER - IDLE_AFTER)
        assert (keeper.tick(), state(log)) == (1, "ended")

    def test_a_file_from_the_future_is_one_of_now(
        self, log: Log, clock: SetClock, keeper: Keeper, grow: Grow
    ) -> None:
        """Else its session would never be quiet."""
        grow(last_append=clock.now() + round(1000 * 365 * 24 * HOUR))
        clock.run(IDLE_AFTER)

        assert (keeper.tick(), state(log)) == (1, "idle")


class TestDue:
    """Work that waits."""

    def test_work_is_asked_for_once(self, log: Log) -> None:
        """A second reason does not make a second row, and does not lose the first."""
        session = make_session(prompts=1)
        log.transact(lambda txn: make_due(txn, session, "turns", 1))
        log.transact(lambda txn: make_due(txn, session, "ended", 2))

        with log.read() as txn:
            rows = DUE.rows(txn)
        assert [(row.reason, row.since, row.session) for row in rows] == [("turns", 1, "s")]
