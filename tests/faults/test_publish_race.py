"""Writing while a hostile process swaps the folders on the way for links that lead out."""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path

import pytest

from hivemindd.errors import PublishError
from hivemindd.skills.contents import LINEAGE, SKILL
from hivemindd.skills.publish import AGENTS, CLAUDE, Project
from tests.children import Child
from tests.skills.estate import Estate
from tests.skills.make import ID, NAME, ONE, TWO, digest, skill
from tests.snapshots import snapshot


class Race:
    """A project that a hostile process works on, and what lies outside of it."""

    def __init__(self, home: Path, outside: Path) -> None:
        """Make the project, and its mirror outside."""
        self.home = home
        self.base = home / "work"
        self.root = self.base / "team" / "shop"
        self.outside = outside
        for base in (self.base, outside):
            for folder in (".claude", ".agents"):
                place = base / "team" / "shop" / folder / "skills" / NAME
                place.mkdir(parents=True)
                # It is what we would replace or remove in the project.
                (place / SKILL).write_bytes(ONE)
        self.child = Child(
            "tests.skills.hostile", self.base, self.root, outside, NAME, HOME=str(home)
        )
        assert self.child.hear() == "swapping"

    def end(self) -> int:
        """Stop the process, and return how often it has swapped."""
        self.child.tell()
        swaps = int(self.child.hear())
        self.child.wait()
        return swaps


@pytest.fixture(name="estate")
def _estate(scratch_home: Path) -> Iterator[Estate]:
    """Give the home, and see afterwards that nothing has changed but skills."""
    estate = Estate(scratch_home)
    yield estate
    assert estate.look() == estate.before


@pytest.fixture(name="race")
def _race(estate: Estate, tmp_path: Path) -> Iterator[Race]:
    """Give the project with the process at work."""
    race = Race(estate.home, tmp_path / "outside")
    with race.child:
        yield race
    shutil.rmtree(race.base)


def acts(project: Project, number: int) -> Iterator[Callable[[], object]]:
    """Yield all that publishing consists of; what lies in the mirror is among what we expect."""
    data = skill(f"Use pnpm {number}", 1)
    files = {SKILL: data, LINEAGE: b"{}"}
    ours = [digest(files[LINEAGE])]

    def put(expected: Callable[[str], str]) -> str:
        return project.write(NAME, files, expected=expected(NAME), skill_id=ID, older=ours)

    yield project.names
    yield project.prepare
    yield partial(put, project.look)
    yield partial(put, lambda _: digest(ONE))
    yield partial(project.link, NAME)
    yield partial(project.unlink, NAME)
    for each in (data, ONE)[: number % 3]:
        yield partial(project.remove, NAME, expected=digest(each), older=ours)


def publish(race: Race, number: int) -> Counter[str]:
    """Open the project and do everything a few times; return how much was done, or refused."""
    tally: Counter[str] = Counter()
    try:
        with Project(race.root, race.home, (CLAUDE, AGENTS)[number % 2]) as project:
            for act in chain.from_iterable(acts(project, number + each) for each in range(10)):
                try:
                    tally["written" if act() == "written" else "done"] += 1
                except PublishError:
                    tally["refused"] += 1
    except PublishError:
        tally["project refused"] += 1
    return tally


def test_56_nothing_escapes_while_links_are_swapped(
    race: Race, pytestconfig: pytest.Config, record_property: Callable[[str, object], None]
) -> None:
    """A hostile process exchanges every folder on the way, the project's own included.

    Not an inode outside is changed, not even for a moment; `--race-seconds 10` takes longer.
    """
    before = snapshot(race.outside, times=True)
    end = time.monotonic() + float(pytestconfig.getoption("--race-seconds"))
    tally: Counter[str] = Counter()
    while time.monotonic() < end:
        tally += publish(race, tally.total())
    swaps = race.end()
    told = ", ".join(f"{count} {name}" for name, count in sorted(tally.items()))
    record_property("race", f"{swaps} swaps; {told}")

    assert snapshot(race.outside, times=True) == before
    assert swaps
    assert tally
    left = snapshot(race.base, *(race.root / each for each in (".claude", ".agents")))
    assert left.keys() == {str(race.base), str(race.root.parent), str(race.root)}


def test_56_the_same_process_leads_a_trusting_writer_out(race: Race) -> None:
    """Who looks for links first and writes by path then is outside after a while."""
    before = snapshot(race.outside, times=True)
    folder = race.root / ".claude" / "skills" / NAME
    while snapshot(race.outside, times=True) == before:
        with suppress(OSError):
            if not any(path.is_symlink() for path in (folder, *folder.parents)):
                folder.mkdir(parents=True, exist_ok=True)
                (folder / SKILL).write_bytes(TWO)

    assert race.end()
