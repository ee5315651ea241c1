"""The daily consolidation: when, of what, and by whom, over a real log and a real project."""

import threading

import msgspec
import pytest

from hivemindd.codify.consolidate import LOOK_MS
from hivemindd.codify.pool import CodifyPool
from hivemindd.codify.session import Codifier
from hivemindd.codify.shelf import Shelf
from hivemindd.deeds import Receipt
from hivemindd.errors import JudgeUnavailableError
from hivemindd.lessons.judge import Judge
from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.log.keys import workspace_key
from hivemindd.log.tables import CORRECTIONS, LESSONS, RECEIPTS, SETTINGS, SKILLS, Txn
from tests.clocks import SetClock
from tests.codify.consolidating import (
    Reader,
    consolidation,
    edit,
    lessons,
    misread,
    rows,
    workspace_of,
)
from tests.codify.workshop import Workshop

HOURS = 3600


def pool(workshop: Workshop, judge: Judge, ready: threading.Event | None = None) -> CodifyPool:
    """Return a pool that consolidates when it is idle."""
    shelf = Shelf(workshop.log, workshop.clock, home=workshop.home, publish=True)
    codifier = Codifier(workshop.log, LocalJudge(), shelf, workshop.clock)
    work = consolidation(workshop, judge)
    return CodifyPool(workshop.log, codifier, workshop.clock, work, ready=ready)


def wait(workshop: Workshop, seconds: float) -> None:
    """Let the workshop's clock run."""
    assert isinstance(workshop.clock, SetClock)
    workshop.clock.run(seconds)


def pause(workshop: Workshop, workspace: str) -> None:
    """Pause a workspace, or everything."""
    text = msgspec.json.encode({workspace: 0}).decode()
    workshop.log.transact(lambda txn: SETTINGS.put(txn, b"paused", text))


class TestDay:
    """When a workspace is consolidated."""

    def test_once_a_day(self, taught: Workshop) -> None:
        """At once when it never was, then a day later."""
        daily, name = consolidation(taught), workspace_of(taught)

        assert daily.claim(()) == name
        daily.run(name)
        wait(taught, 23 * HOURS)
        assert daily.claim(()) == ""
        wait(taught, HOURS)
        assert daily.claim(()) == name

    def test_a_restart_remembers(self, taught: Workshop) -> None:
        """The time is in the log."""
        consolidation(taught).run(workspace_of(taught))

        assert consolidation(taught).claim(()) == ""

    def test_a_start_has_what_was_begun_finished(self, taught: Workshop) -> None:
        """Whatever its day; later looks leave it, since somebody may be at it just then."""
        name = workspace_of(taught)
        consolidation(taught).run(name)
        receipt = Receipt(before="", after="0" * 64, name="begun")
        key = workspace_key(name) + bytes(20)
        taught.log.transact(lambda txn: RECEIPTS.put(txn, key, receipt))
        daily = consolidation(taught)

        assert daily.claim(()) == name
        wait(taught, LOOK_MS / 1000)
        assert daily.claim(()) == ""

    def test_a_clock_that_was_set_back_holds_nothing_up(self, taught: Workshop) -> None:
        """A time in the future is no time at all."""
        consolidation(taught).run(workspace_of(taught))
        wait(taught, -90 * 24 * HOURS)

        assert consolidation(taught).claim(()) == workspace_of(taught)

    def test_the_log_is_not_looked_at_all_the_time(self, taught: Workshop) -> None:
        """An idle daemon asks once a minute."""
        daily = consolidation(taught)
        pause(taught, "")
        assert daily.claim(()) == ""
        taught.log.transact(lambda txn: SETTINGS.delete(txn, b"paused"))
        assert daily.claim(()) == ""
        wait(taught, LOOK_MS / 1000)
        assert daily.claim(()) == workspace_of(taught)

    def test_a_busy_workspace_waits(self, taught: Workshop) -> None:
        """Its turn is not lost."""
        daily, name = consolidation(taught), workspace_of(taught)

        assert daily.claim({name}) == ""
        assert daily.claim(()) == name

    @pytest.mark.parametrize("everything", [True, False])
    def test_never_while_paused(self, taught: Workshop, *, everything: bool) -> None:
        """Neither when the pause was there before, nor when it came just now."""
        name = workspace_of(taught)
        before = lessons(taught)
        edit(taught, misread)
        pause(taught, "" if everything else name)
        reader = Reader()
        daily = consolidation(taught, reader)

        assert daily.claim(()) == ""
        assert daily.run(name) == []
        assert (reader.asked, lessons(taught)) == ([], before)

    def test_a_workspace_that_has_learned_nothing_has_no_day(self, workshop: Workshop) -> None:
        """There is nothing to look over."""
        workshop.correct(0).prompt("thanks")
        workshop.capture()

        assert consolidation(workshop).claim(()) == ""


class TestWhole:
    """What a workspace has learned is looked over as a whole."""

    def test_lessons_are_what_was_judged(self, taught: Workshop) -> None:
        """Whatever became of the table; what is right is left as it is."""
        before = lessons(taught)
        name = workspace_of(taught)
        consolidation(taught).run(name)
        assert lessons(taught) == before

        def spoil(txn: Txn) -> None:
            for key, lesson in list(LESSONS.scan(txn)):
                spoilt = msgspec.structs.replace(lesson, rule="Use npm", state="open")
                LESSONS.put(txn, key, spoilt)

        taught.log.transact(spoil)
        consolidation(taught).run(name)
        assert lessons(taught) == before

    def test_a_skill_that_nothing_supports_is_retired(self, taught: Workshop) -> None:
        """When its sessions are forgotten, or have gone to another workspace."""
        name = workspace_of(taught)
        assert taught.skill.exists()

        def forget(txn: Txn) -> None:
            for key, _ in list(CORRECTIONS.scan(txn)):
                CORRECTIONS.delete(txn, key)

        taught.log.transact(forget)
        consolidation(taught).run(name)

        assert lessons(taught) == []
        assert not taught.skill.exists()
        with taught.log.read() as txn:
            assert [skill.state for skill in SKILLS.rows(txn)] == ["retired"]


class TestPool:
    """Who runs it, and what becomes of a failure."""

    def test_an_idle_worker_consolidates(self, taught: Workshop) -> None:
        """In its own time."""
        edit(taught, misread)
        reader = Reader()
        workers = pool(taught, reader)
        workers.start()
        try:
            assert reader.was_asked.wait(timeout=30)
        finally:
            workers.stop()

    def test_nothing_is_done_before_all_is_captured(self, taught: Workshop) -> None:
        """Learning would take from the backfill what that needs; it can be stopped meanwhile."""
        edit(taught, misread)
        ready, early, late = threading.Event(), Reader(), Reader()
        stopped = pool(taught, early, ready=ready)
        stopped.start()
        assert not early.was_asked.wait(timeout=0.5)
        stopped.stop()
        assert not stopped.is_alive()

        workers = pool(taught, late, ready=ready)
        workers.start()
        ready.set()
        try:
            assert late.was_asked.wait(timeout=30)
        finally:
            workers.stop()
        assert not early.asked

    def test_what_is_due_goes_first(self, taught: Workshop) -> None:
        """A session that waits is read before anything is looked over."""
        edit(taught, misread)
        taught.correct(3)
        taught.capture()
        reader = Reader()
        done = pool(taught, reader).run_all()

        assert done.corrections == 1
        assert set().union(*(asked for asked, _ in reader.asked)) == {
            row.id for row in rows(taught)
        }

    @pytest.mark.parametrize(
        ("fault", "said"),
        [(JudgeUnavailableError("the small model is gone"), "warning"), (KeyError("x"), "error")],
    )
    def test_a_failure_is_said_once_and_tried_again_the_next_day(
        self,
        taught: Workshop,
        capsys: pytest.CaptureFixture[str],
        fault: Exception,
        said: str,
    ) -> None:
        """All else of the day is done, and the worker lives on."""
        edit(taught, misread)
        reader = Reader(fault)
        workers = pool(taught, reader)
        workers.run_all()
        wait(taught, HOURS)
        workers.run_all()
        assert len(reader.asked) == 1
        assert not taught.skill.exists()
        assert sum(f"[{said}" in line for line in capsys.readouterr().out.splitlines()) == 1

        reader.fault = None
        wait(taught, 24 * HOURS)
        workers.run_all()
        assert [row.judge for row in rows(taught)] == ["local/8"] * 3
