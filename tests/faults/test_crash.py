"""A daemon that dies, at any step of its work, and a machine whose power goes.

What is committed together is there together or not at all; what is not there is read again.
"""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.faults.estate import DATA, Estate
from tests.faults.forked import Forked
from tests.faults.power import Disk, build, read_journal
from tests.faults.running import ACKNOWLEDGED, STEPS

SECRET = "ghp_" + "k7Qw2ZpX9vRb4TnMk7Qw2ZpX9vRb4TnMk7Qw"
CASES = settings().max_examples


@pytest.fixture(name="estate")
def _estate(scratch_home: Path) -> Estate:
    estate = Estate(scratch_home)
    estate.say_much(8)
    for session in estate.sessions:
        session.reply(f"the token is {SECRET}")
    return estate


@pytest.fixture(name="forked")
def _forked(scratch_home: Path) -> Iterator[Forked]:
    with Forked(scratch_home) as forked:
        yield forked


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_35_killed_at_a_step(estate: Estate, forked: Forked, step: str, when: str) -> None:
    """Killed there again and again, further on each time: nothing is lost, nothing is twice."""
    deaths = 0
    for number in (1, 1, 2, 3, 5, 8, 40):
        ended = forked.run("dying", step, when, number)
        assert ended.code in {-9, 0}, ended.output
        deaths += ended.code == -9
        estate.is_consistent(forked)
        estate.say(estate.sessions[number % 3], f"said after {number} {deaths}")
        estate.sessions[0].reply(f"again {SECRET}")
    assert deaths > 2
    assert forked.run("once").code == 0
    assert estate.holds_all(forked)
    assert estate.damaged == []


def test_35_killed_within_a_commit(estate: Estate, scratch_home: Path, tmp_path: Path) -> None:
    """Between any two writes to the disk, and before and after each sync."""
    library = build(tmp_path)
    with Forked(scratch_home, LD_PRELOAD=str(library)) as forked:
        folder = {"UNSYNCED_FOLDER": str(estate.log)}
        known = deaths = 0
        for number in range(1, 500):
            ended = forked.run("in_small_groups", UNSYNCED_KILL=str(number), **folder)
            assert ended.code in {-9, 0}, ended.output
            deaths += ended.code == -9
            before, known = known, estate.is_consistent(forked)
            assert known >= before
            if ended.code == 0:
                break
        assert deaths > 20
        assert estate.holds_all(forked)
        assert estate.damaged == []


def test_36_the_power_goes(estate: Estate, scratch_home: Path, tmp_path: Path) -> None:
    """What was acknowledged is there, compactions included; the rest is read again.

    Of what was not synced any sector may be on the disk, and any name may not.
    """
    journal, state = tmp_path / "journal", estate.paths.state
    traced = {"UNSYNCED_JOURNAL": str(journal), "UNSYNCED_FOLDER": str(state)}
    with Forked(scratch_home, LD_PRELOAD=str(build(tmp_path))) as forked:
        for what in ("acknowledging", "compacting", "acknowledging"):
            assert forked.run(what, **traced).code == 0
            estate.say_much(4)
        deeds = read_journal(journal)
        assert sum(deed.path.name == ACKNOWLEDGED for deed in deeds) > 20
        assert any(deed.what == "R" for deed in deeds)
        for seed in range(CASES if CASES > 100 else 40):
            chance = random.Random(seed)
            done = deeds[: chance.randrange(len(deeds) + 1)]
            shutil.rmtree(state)
            state.mkdir(mode=0o700)
            disk = Disk()
            for deed in done:
                disk.carry_out(deed)
            disk.lose_power(state, chance)
            (state / ACKNOWLEDGED).unlink(missing_ok=True)
            known = [
                int(deed.data)
                for deed in done
                if deed.what == "W" and deed.path.name == ACKNOWLEDGED
            ]

            assert estate.is_consistent(forked) >= max(known, default=0), f"seed {seed}"
            assert forked.run("once").code == 0
            assert estate.holds_all(forked)
            if known:
                assert not list(estate.log.glob(f"{DATA}.damaged-*")), f"seed {seed}"
