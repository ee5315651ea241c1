"""What is forgotten by the settings, and how the log stays within its bounds."""

import os
import random
from collections.abc import Callable

import pytest

from hivemindd.codify.upkeep import Upkeep
from hivemindd.config import Config
from hivemindd.control.operations import forget_operations
from hivemindd.errors import HivemindError
from hivemindd.log.compact import ask_for_compaction, copies, is_compaction_due
from hivemindd.log.datafile import LogError
from hivemindd.log.tables import SESSIONS
from hivemindd.runtime.pulse import Pulse
from tests.codify.aging import YEARS, upkeep
from tests.codify.forgetting import forgetting
from tests.codify.workshop import NAMES, Workshop
from tests.process import await_true
from tests.records import ClaudeSession


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
