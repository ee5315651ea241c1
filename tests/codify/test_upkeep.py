"""What is forgotten by the settings, and how the log stays within its bounds."""

import os
import random
from collections import Counter
from collections.abc import Callable

import msgspec
import pytest

from hivemindd.codify import forget
from hivemindd.codify.fate import foresee
from hivemindd.codify.selection import Selection
from hivemindd.codify.upkeep import Upkeep
from hivemindd.config import Config
from hivemindd.control.operations import forget_operations
from hivemindd.control.queries_lineage import explain
from hivemindd.errors import HivemindError
from hivemindd.lessons.unasked import SURPLUS, UNANSWERED, UNLIKELY
from hivemindd.log.compact import ask_for_compaction, copies, is_compaction_due
from hivemindd.log.datafile import LogError
from hivemindd.log.homes import put_session
from hivemindd.log.keys import SESSION_WIDTH, WORKSPACE_WIDTH, text_key
from hivemindd.log.tables import (
    AGED,
    CORRECTIONS,
    DEEDS,
    FORGOTTEN,
    LESSONS,
    SEEN,
    SESSIONS,
    SKILLS,
    Txn,
)
from hivemindd.log.tombstones import Tombstones
from hivemindd.runtime.pulse import Pulse
from tests.clocks import SetClock
from tests.codify.forgetting import capture_again, forgetting, state
from tests.codify.workshop import NAMES, Workshop
from tests.process import await_true
from tests.raw import holds
from tests.records import ClaudeSession

DAY = 86_400_000
ASIDE = "this has nothing to do with any rule"
YEARS = Config(keep="2 years", max_disk="")


@pytest.fixture(name="aged")
def _aged(workshop: Workshop) -> Workshop:
    """Give a workshop with a skill and another session, three years after all of it."""
    for number in range(3):
        workshop.correct(number)
    other = ClaudeSession(workshop.home, workshop.project, NAMES[3])
    other.prompt("add zod")
    other.reply("Done.")
    other.prompt(f"no, {ASIDE}: read the ticket first")
    workshop.capture()
    workshop.codify()
    assert workshop.skill.exists()
    clock = SetClock()
    with workshop.log.read() as txn:
        clock.step((max(row.last_event for row in SESSIONS.rows(txn)) - clock.now()) / 1000)
    clock.step(3 * 365 * DAY / 1000)
    workshop.clock = clock
    return workshop


def test_nobody_is_missed_while_all_wait(aged: Workshop) -> None:
    """By keep, and by a person: the watchdog ends no daemon in the middle of forgetting."""
    now, missed = [0.0], []
    pulse = Pulse(10, lambda: now[0])

    def in_order(act: Callable[[], None]) -> None:
        now[0] += 11
        missed.append(pulse.silent())
        act()

    slow = forgetting(aged, in_order=in_order)
    pulse.beat()
    forget_operations(slow, pulse)["forget"]({"sessions": [NAMES[3]]})
    Upkeep(aged.log, slow, aged.clock, YEARS, pulse).try_to_tend()

    assert missed == [[], []]
    now[0] += 11
    assert pulse.silent() == ["MainThread"]


def upkeep(workshop: Workshop, config: Config = YEARS) -> Upkeep:
    """Return the upkeep of a workshop."""
    return Upkeep(workshop.log, forgetting(workshop), workshop.clock, config)


class TestAge:
    """What is older than `keep`."""

    def test_sessions_go_and_no_skill_falls(self, aged: Workshop) -> None:
        """The corrections that it stands on stay, and with them why it is there."""
        assert holds(state(aged), ASIDE)

        assert upkeep(aged).tend() == 4

        with aged.log.read() as txn:
            assert SESSIONS.rows(txn) == []
            assert {row.lesson for row in CORRECTIONS.rows(txn)} == {
                row.id for row in LESSONS.rows(txn)
            }
            assert [row.state for row in SKILLS.rows(txn)] == ["active"]
            told = [(row.what, row.who) for row in DEEDS.rows(txn)]
        assert aged.skill.exists()
        assert ("forgotten", "daemon") in told
        (lineage,) = explain(aged.log, "package-commands")
        assert len(lineage.lessons[0].sources) == 3
        assert not holds(state(aged), ASIDE)

    def test_what_no_judge_was_asked_about_goes(self, aged: Workshop) -> None:
        """Of a long session that a skill stands on only what a judge was shown is needed."""

        def add(txn: Txn) -> None:
            for key, row in list(CORRECTIONS.scan(txn)):
                for why in (SURPLUS, UNANSWERED):
                    name = f"{row.id}-{len(why)}"
                    new = msgspec.structs.replace(row, id=name, lesson="", verdict=None, why=why)
                    new.state = "dismissed"
                    CORRECTIONS.put(
                        txn, key[: WORKSPACE_WIDTH + SESSION_WIDTH] + text_key(name), new
                    )

        aged.log.transact(add)

        upkeep(aged).tend()

        with aged.log.read() as txn:
            whys = Counter(row.why for row in CORRECTIONS.rows(txn))
        assert whys == {"": 3, UNANSWERED: 3}
        assert aged.skill.exists()

    def test_what_goes_takes_no_verdict_along(self, aged: Workshop) -> None:
        """A word that only an unasked prompt held cannot have come from there into a verdict."""

        def add(txn: Txn) -> None:
            for key, row in list(CORRECTIONS.scan(txn)):
                if row.verdict is None or ASIDE in row.reason:
                    continue
                verdict = msgspec.structs.replace(row.verdict, trigger="when okapi calls")
                CORRECTIONS.put(txn, key, msgspec.structs.replace(row, verdict=verdict))
                new = msgspec.structs.replace(row, id=f"{row.id}-0", reason="okapi", why=UNLIKELY)
                new.state, new.lesson, new.verdict = "dismissed", "", None
                session = key[: WORKSPACE_WIDTH + SESSION_WIDTH]
                CORRECTIONS.put(txn, session + text_key(new.id), new)

        aged.log.transact(add)

        upkeep(aged).tend()

        with aged.log.read() as txn:
            triggers = [row.verdict.trigger for row in CORRECTIONS.rows(txn) if row.verdict]
        assert triggers == ["when okapi calls"] * 3

    def test_it_is_not_read_again(self, aged: Workshop) -> None:
        """The transcripts may be kept for longer than that."""
        upkeep(aged).tend()

        assert capture_again(aged, anew=True) == 0
        assert upkeep(aged).tend() == 0

    def test_what_it_leaves_does_not_grow_with_its_events(self, aged: Workshop) -> None:
        """Its time says what is old; only what bears a later one is known by its name."""
        session = ClaudeSession(aged.home, aged.project, NAMES[3])
        session.written = 10
        session.prompt("from a clock that is ahead", timestamp="2036-01-01T00:00:00.000Z")
        aged.capture()

        forgetting(aged).age(SESSIONS.rows)

        with aged.log.read() as txn:
            assert [txn.count(name) for name in (SEEN, AGED.name, FORGOTTEN.name)] == [1, 4, 0]
        named = [len([*stone.keys]) for stone in Tombstones(state(aged)).read()]
        assert sorted(named) == [0, 0, 0, 1]
        assert capture_again(aged, anew=True) == 0

    def test_what_is_said_later_is_new(self, aged: Workshop) -> None:
        """And nothing else of the session, which is read from its beginning."""
        upkeep(aged).tend()
        with aged.log.read() as txn:
            assert txn.count(SEEN) == 0
        session = ClaudeSession(aged.home, aged.project, NAMES[3])
        session.written = 10
        session.prompt("go on with zod", timestamp="2036-01-01T00:00:00.000Z")

        assert capture_again(aged, anew=True) == 1

        with aged.log.read() as txn:
            assert txn.count(SEEN) == 1

    def test_what_is_younger_or_goes_on_stays(self, aged: Workshop) -> None:
        """A session has to have ended."""

        def reopen(txn: Txn) -> None:
            row = next(row for row in SESSIONS.rows(txn) if row.id == NAMES[0])
            row.state = "idle"
            put_session(txn, row)

        aged.log.transact(reopen)

        assert upkeep(aged, Config(keep="4 years")).tend() == 0
        assert upkeep(aged).tend() == 3

    def test_they_go_in_portions(self, aged: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
        """In between others have their turn, and who has to stop leaves the rest."""
        monkeypatch.setattr(forget, "PORTION", 1)
        turns: list[int] = []

        def in_order(act: Callable[[], None]) -> None:
            act()
            with aged.log.read() as txn:
                turns.append(txn.count(SESSIONS.name))

        slow = forgetting(aged, in_order=in_order)
        assert slow.age(SESSIONS.rows, lambda: len(turns) == 3).sessions == 3
        assert turns == [3, 2, 1]
        assert upkeep(aged).tend() == 1
        assert aged.skill.exists()

    def test_who_goes_on_before_his_turn_stays(
        self, aged: Workshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was chosen is looked at again when the transcripts have been."""
        monkeypatch.setattr(forget, "PORTION", 1)

        def reopen(txn: Txn) -> None:
            for row in SESSIONS.rows(txn):
                row.state = "active"
                put_session(txn, row)

        def in_order(act: Callable[[], None]) -> None:
            act()
            aged.log.transact(reopen)

        assert forgetting(aged, in_order=in_order).age(SESSIONS.rows).sessions == 1
        with aged.log.read() as txn:
            assert txn.count(SESSIONS.name) == 3

    def test_without_the_setting_nothing_goes(self, aged: Workshop) -> None:
        """However old it is."""
        assert upkeep(aged, Config()).tend() == 0

    def test_what_is_left_of_it_can_be_forgotten_too(self, aged: Workshop) -> None:
        """By a person, who is told what falls."""
        upkeep(aged).tend()
        with aged.log.read() as txn:
            keys = {key[:16] for key, _ in CORRECTIONS.scan(txn)}
            fate = foresee(txn, str(aged.project), keys, ())
        assert fate.lost == ["Use pnpm instead of npm"]

        done = forgetting(aged).forget(_everything(aged))

        assert (done.sessions, done.corrections) == (3, 3)
        assert not aged.skill.exists()


class TestSize:
    """What the log may take."""

    def test_the_oldest_go_until_it_fits(self, aged: Workshop) -> None:
        """Then it takes less than it may, on the disk."""
        chance = random.Random(1)
        for number in range(6):
            name = f"e0000000-0000-4000-8000-00000000000{number}"
            session = ClaudeSession(aged.home, aged.project, name)
            session.written = 60 * number
            session.prompt("go on")
            for _ in range(6):
                session.reply(chance.randbytes(30_000).hex())
            aged.capture()
        work = upkeep(aged, Config(max_disk="10 MB"))
        assert work.tend() == 0
        work._most = 700_000
        assert aged.log.disk_bytes() > work._most

        assert work.tend() > 0

        assert aged.log.disk_bytes() <= work._most
        with aged.log.read() as txn:
            left = sorted(row.id for row in SESSIONS.rows(txn))
        assert left
        assert left == [f"e0000000-0000-4000-8000-00000000000{n}" for n in range(6)][-len(left) :]
        assert aged.skill.exists()

    def test_a_file_that_is_only_not_compact_is_compacted(self, aged: Workshop) -> None:
        """Nothing is forgotten for that."""
        aged.log.transact(lambda txn: txn.put("settings", b"x", b"\xa1y" + b"x" * 900_000))
        aged.log.transact(lambda txn: txn.delete("settings", b"x"))
        work = upkeep(aged)
        work._keep, work._most = 0, 500_000

        assert work.tend() == 0

        assert aged.log.disk_bytes() <= 500_000
        with aged.log.read() as txn:
            assert txn.count(SESSIONS.name) == 4


class TestCopies:
    """The log as it was before an upgrade."""

    def test_one_that_is_too_old_to_go_back_to_goes(self, aged: Workshop) -> None:
        """After 30 days; what was damaged is nobody's to delete but a person's."""
        folder = aged.log.folder
        ages = {"data.mdb.schema-1": 31, "data.mdb.schema-2": 29, "data.mdb.damaged-1": 400}
        for name, days in ages.items():
            (folder / name).write_bytes(b"old")
            written = aged.clock.now() / 1000 - days * 86_400
            os.utime(folder / name, (written, written))

        upkeep(aged, Config()).tend()

        assert [file.name for file in copies(folder)] == ["data.mdb.damaged-1", "data.mdb.schema-2"]
        assert aged.log.is_in_place()

    def test_one_that_cannot_be_deleted_is_said(self, aged: Workshop) -> None:
        """In one sentence."""
        (aged.log.folder / "data.mdb.schema-1").mkdir()
        os.utime(aged.log.folder / "data.mdb.schema-1", (0, 0))

        with pytest.raises(LogError, match=r"^cannot delete .*schema-1: Is a directory$"):
            upkeep(aged, Config()).tend()


class TestBackground:
    """The thread."""

    def test_what_was_due_is_done_at_the_start(self, aged: Workshop) -> None:
        """Where there was no room before."""
        aged.log.transact(ask_for_compaction)
        work = upkeep(aged, Config())

        work.start()
        await_true(lambda: not _is_due(aged), "it is compacted")

        assert work.is_alive()
        work.stop()
        assert not work.is_alive()

    def test_what_cannot_be_done_ends_nothing(
        self, aged: Workshop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It is said once, and tried again."""
        aged.log.transact(ask_for_compaction)
        (aged.log.folder / "compact").symlink_to("nowhere")
        work = upkeep(aged, Config())

        with pytest.raises(HivemindError, match="free some disk space"):
            work.tend()
        work.try_to_tend()
        work.try_to_tend()

        assert capsys.readouterr().out.count("upkeep of the log waits") == 1
        (aged.log.folder / "compact").unlink()
        work.try_to_tend()
        assert not _is_due(aged)


def _is_due(workshop: Workshop) -> bool:
    with workshop.log.read() as txn:
        return is_compaction_due(txn)


def _everything(workshop: Workshop) -> Selection:
    return Selection(workspace=str(workshop.project))
