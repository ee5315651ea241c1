"""The power goes while a skill is written, or taken back: file and log agree all the same."""

import random
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

from hivemindd.log.opening import open_log_readonly
from hivemindd.log.tables import RECEIPTS, SKILLS
from tests.faults.forked import Forked
from tests.faults.lessons import NAME, Lessons
from tests.faults.power import Deed, Disk, build, read_journal

CASES = settings().max_examples if settings().max_examples > 100 else 20
WRITTEN = "active", True
RETIRED, UNDONE, FORGOTTEN = ("retired", False), ("undone", False), ("", False)


class Told(NamedTuple):
    """What was done to a home, up to where all is known to be written, and to be over."""

    lessons: Lessons
    forked: Forked
    deeds: list[Deed]
    written: int

    def lose_power(self, done: int, seed: int) -> None:
        """Lay down what is left after so many deeds."""
        disk = Disk()
        for deed in self.deeds[:done]:
            disk.carry_out(deed)
        skills = self.lessons.skill.parents[1]
        for folder in (self.lessons.paths.state, skills):
            shutil.rmtree(folder)
        skills.mkdir()  # folders are not in the journal; each was synced when it was made
        disk.lose_power(self.lessons.home, random.Random(seed))

    def state(self) -> tuple[str, bool]:
        """Return the state of the skill, empty where no row tells of it, and whether it is there.

        The daemon has run again before.
        """
        ended = self.forked.run("once")
        assert ended.code == 0, ended.output
        log = open_log_readonly(self.lessons.paths.log)
        try:
            with log.read() as txn:
                states = [row.state for row in SKILLS.rows(txn)]
                assert all(receipt.done for receipt in RECEIPTS.rows(txn))
        finally:
            log.close()
        return "".join(states), self.lessons.skill.exists()


@pytest.mark.parametrize(
    ("arguments", "after"),
    [
        (("skills", "retire", NAME), RETIRED),
        (("skills", "undo", NAME), UNDONE),
        (("forget", "--workspace", "project", "--yes"), FORGOTTEN),
    ],
    ids=["retired", "undone", "forgotten"],
)
def test_36_the_power_goes_over_a_skill(
    scratch_home: Path, tmp_path: Path, arguments: tuple[str, ...], after: tuple[str, bool]
) -> None:
    """What was told to be written is there, and what was told to be gone never comes back."""
    lessons, journal = Lessons(scratch_home, None, 'kind = "local"'), tmp_path / "journal"
    traced = {"UNSYNCED_JOURNAL": str(journal), "UNSYNCED_FOLDER": str(scratch_home)}
    with Forked(scratch_home, LD_PRELOAD=str(build(tmp_path))) as forked:
        assert forked.run("once", **traced).code == 0
        written = len(read_journal(journal))
        ended = forked.run("command", *arguments, **traced)
        assert ended.code == 0, ended.output
        told = Told(lessons, forked, read_journal(journal), written)
        for seed in range(CASES):
            told.lose_power(len(told.deeds), seed)
            assert told.state() == after, f"seed {seed}"

            done = random.Random(seed).randrange(len(told.deeds))
            told.lose_power(done, seed)
            assert told.state() in ({WRITTEN, after} if done >= written else {WRITTEN})
