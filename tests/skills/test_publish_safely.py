"""Writing where nothing can be relied on: after each test all else is as it was.

What lies outside of the two skills folders is compared by content, mode and owner: the
project's own files, git's, other projects and the rest of the home.
"""

import os
import re
import shutil
import subprocess
import sys
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
from tests.children import CHECKOUT, Child
from tests.skills.test_publish import ID, NAME, ONE, TWO, digest, remove, skill, write
from tests.snapshots import Entry, snapshot

FILES = {
    "shop/CLAUDE.md": "# Shop\n",
    "shop/AGENTS.md": "# Shop\n",
    "shop/src/main.py": "print()\n",
    "shop/.git/HEAD": "ref: refs/heads/main\n",
    "shop/.git/config": "[core]\n",
    "shop/.git/index": "DIRC",
    "shop/.claude/settings.json": "{}\n",
    "shop/.claude/commands/ship.md": "ship\n",
    "shop/.agents/notes.md": "notes\n",
    "shop/.cursor/rules/a.mdc": "a\n",
    "other/.claude/skills/package-commands/SKILL.md": "theirs\n",
    ".claude/CLAUDE.md": "mine\n",
    ".claude/skills/mine/SKILL.md": "mine\n",
    ".agents/skills/mine/SKILL.md": "mine\n",
}


class Estate:
    """A home with all that is not ours, and a project in it."""

    def __init__(self, home: Path) -> None:
        """Write everything."""
        self.home = home
        self.root = home / "shop"
        for name, text in FILES.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (home / "shop" / ".git" / "config").chmod(0o600)
        (home / "shop" / ".claude").chmod(0o750)
        self.skills, self.agents = (self.root / ".claude/skills", self.root / ".agents/skills")
        self.folder = self.skills / NAME
        self.before = self.look()

    def look(self) -> dict[str, Entry]:
        """Return all that must stay as it is."""
        return snapshot(self.home, self.skills, self.agents)

    def given(self) -> None:
        """Take what a test has prepared for a part of what must stay."""
        self.before = self.look()

    def press(self, *acts: str, limit: int = 0) -> list[str]:
        """Publish in a process without powers, and return what came of it."""
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tests.skills.pressed"),
                *map(str, (self.root, self.home, limit)),
                *acts,
            ],
            cwd=CHECKOUT,
            env={"HOME": str(self.home), "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()


@pytest.fixture(name="estate", autouse=True)
def _estate(scratch_home: Path) -> Iterator[Estate]:
    """Give the home, and see afterwards that nothing has changed but skills."""
    estate = Estate(scratch_home)
    yield estate
    assert estate.look() == estate.before


@pytest.fixture(name="project")
def _project(estate: Estate) -> Iterator[Project]:
    """Give the project, opened."""
    with Project(estate.root, estate.home) as opened:
        yield opened


@pytest.mark.parametrize("shelf", [CLAUDE, AGENTS])
def test_a_whole_life_touches_nothing_else(estate: Estate, shelf: tuple[str, str]) -> None:
    """Prepared, written, renewed, linked, unlinked, removed: in either folder."""
    with Project(estate.root, estate.home, shelf) as project:
        project.prepare()
        assert write(project, ONE) == "written"
        assert write(project, TWO, was=ONE) == "written"
        assert project.path(NAME).read_bytes() == TWO
        if shelf == CLAUDE:
            assert project.link(NAME)
            project.unlink(NAME)
            assert project.link(NAME)
        assert remove(project, TWO) == "removed"

    assert snapshot(estate.root.joinpath(*shelf)).keys() == {str(estate.root.joinpath(*shelf))}


class TestNoLeave:
    """What we may not write to."""

    @pytest.mark.parametrize("place", [".", ".claude", ".claude/skills"])
    def test_a_read_only_folder(self, estate: Estate, place: str) -> None:
        """Whichever it is: one sentence, and nothing half done."""
        closed = estate.root / place
        closed.mkdir(exist_ok=True)
        if place == ".":
            shutil.rmtree(estate.root / ".claude")
        mode = closed.stat().st_mode
        closed.chmod(0o555)
        estate.given()
        there = snapshot(estate.root)
        heard = estate.press("prepare", "write")
        after = snapshot(estate.root)
        closed.chmod(mode)
        estate.given()

        # A folder that is there already needs no preparing.
        assert ["prepared" if place.endswith("skills") else "", ""] == [
            re.sub(r"^cannot (create|write) .* in .*: Permission denied$", "", each)
            for each in heard
        ]
        assert after == there

    @pytest.mark.parametrize("acts", [("renew",), ("remove",), ("link",)])
    def test_a_skill_in_read_only_folders_stays(
        self, estate: Estate, project: Project, acts: tuple[str, ...]
    ) -> None:
        """It is neither renewed nor removed, and no link appears."""
        write(project, ONE)
        estate.agents.mkdir()
        closed = [estate.folder, estate.skills, estate.agents]
        there = snapshot(estate.root)
        for folder in closed:
            folder.chmod(0o555)
        heard = estate.press(*acts)
        for folder in closed:
            folder.chmod(0o755)

        assert len(heard) == 1
        assert "Permission denied" in heard[0]
        assert snapshot(estate.root) == there

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
    @pytest.mark.parametrize("place", [".claude", ".claude/skills", f".claude/skills/{NAME}"])
    def test_a_folder_of_another_user_inside(self, estate: Estate, place: str) -> None:
        """The project is ours, the folder is not: what its owner forbids is not done."""
        theirs = estate.root / place
        theirs.mkdir(parents=True, exist_ok=True)
        theirs.chmod(0o755)
        os.chown(theirs, 12345, 12345)
        estate.given()
        there = snapshot(estate.root)
        heard = estate.press("write")
        after = snapshot(estate.root)

        assert heard[0].endswith("Permission denied")
        assert after == there

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
    def test_a_project_of_another_user(self, estate: Estate) -> None:
        """Its owner has not asked us, whatever its mode allows."""
        estate.root.chmod(0o775)
        os.chown(estate.root, 12345, os.getgid())
        estate.given()

        assert estate.press("write")[0].endswith("it belongs to another user")
        assert not estate.skills.exists()


class TestFullDisk:
    """Files that can only be written in part."""

    @pytest.mark.parametrize("limit", [1, 2, 4, 100, len(ONE) - 1])
    def test_a_first_skill_leaves_nothing_behind(self, estate: Estate, limit: int) -> None:
        """Neither a part of it nor its folder, also where `lineage.json` had room."""
        assert estate.press("write", limit=limit)[0].endswith("File too large")

        assert list(estate.skills.iterdir()) == []

    @pytest.mark.parametrize("limit", [1, 4, 100, len(TWO) - 1])
    def test_an_older_skill_stays_whole(self, estate: Estate, project: Project, limit: int) -> None:
        """And the next attempt, with room, makes up for it."""
        write(project, ONE)
        assert estate.press("renew", limit=limit)[0].endswith("File too large")

        assert (estate.folder / SKILL).read_bytes() == ONE
        assert sorted(path.name for path in estate.folder.iterdir()) == [SKILL, LINEAGE]
        assert estate.press("renew") == ["written"]
        assert (estate.folder / SKILL).read_bytes() == TWO

    def test_just_enough_room_is_enough(self, estate: Estate) -> None:
        """The limit is what stops the others."""
        assert estate.press("write", limit=len(ONE)) == ["written"]


class TestGone:
    """A project that goes while it is open."""

    @pytest.mark.parametrize("kind", ["deleted", "moved", "replaced"])
    def test_nobody_has_deleted_the_skill(
        self, estate: Estate, project: Project, kind: str
    ) -> None:
        """It is an error, not a decision about the skill, and nothing is created anew."""
        write(project, ONE)
        shutil.rmtree(estate.folder)  # what makes it look deleted
        if kind == "deleted":
            shutil.rmtree(estate.root)
        else:
            estate.root.rename(estate.home / "elsewhere")
        if kind == "replaced":
            estate.root.mkdir()
        estate.given()

        with pytest.raises(PublishError, match="No such file"):
            write(project, TWO, was=ONE)
        with pytest.raises(PublishError, match="No such file"):
            remove(project, ONE)
        assert not (estate.root / ".claude").exists()

    def test_a_deleted_project_is_not_made_again(self, estate: Estate, project: Project) -> None:
        """Not for a first skill either."""
        shutil.rmtree(estate.root)
        estate.given()

        for act in (project.prepare, lambda: write(project, ONE)):
            with pytest.raises(PublishError, match="No such file"):
                act()
        assert project.names() == set()
        assert not project.link(NAME)
        assert not estate.root.exists()


class TestNames:
    """Names that are taken, or as good as taken."""

    def test_names_count_without_their_case(self, estate: Estate, project: Project) -> None:
        """Whoever made them, in either folder."""
        (estate.skills / "Package-Commands").mkdir(parents=True)
        (estate.agents / "STYLE").mkdir(parents=True)

        assert {"package-commands", "style"} <= project.names()

    def test_a_skill_that_differs_by_case_is_not_touched(
        self, estate: Estate, project: Project
    ) -> None:
        """Where both are one folder it is theirs, elsewhere ours lies beside it."""
        theirs = estate.skills / NAME.title()
        theirs.mkdir(parents=True)
        (theirs / SKILL).write_text("theirs\n")
        before = snapshot(theirs, times=True)
        is_one = (estate.skills / NAME).exists()

        assert write(project, ONE) == ("foreign" if is_one else "written")
        assert snapshot(theirs, times=True) == before

    def test_a_file_that_differs_by_case_is_somebodys(
        self, estate: Estate, project: Project
    ) -> None:
        """A `skill.md` is none that assistants load, and none of ours."""
        estate.folder.mkdir(parents=True)
        (estate.folder / "skill.md").write_text("theirs\n")

        assert write(project, ONE) == "foreign"
        assert [path.name for path in estate.folder.iterdir()] == ["skill.md"]

    @pytest.mark.parametrize("where", [".git", ".GIT", ".git/hooks", ".ssh", "src/../.git"])
    @pytest.mark.parametrize("place", [".claude/skills", ".agents/skills"])
    def test_a_link_into_git_is_no_way_to_keep_skills(
        self, estate: Estate, project: Project, where: str, place: str
    ) -> None:
        """It stays within the project, and is refused like one that leads out."""
        (estate.root / ".git" / "hooks").mkdir()
        (estate.root / place).symlink_to(f"../{where}")
        estate.given()
        if place == ".agents/skills":
            write(project, ONE)
            with pytest.raises(PublishError, match="not for skills"):
                project.link(NAME)
            assert remove(project, ONE) == "removed"
        else:
            for act in (project.prepare, lambda: write(project, ONE)):
                with pytest.raises(PublishError, match="not for skills"):
                    act()

    def test_a_folder_that_appears_meanwhile_keeps_its_mode(
        self, estate: Estate, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Somebody makes one, for himself alone, right before we do."""
        estate.skills.mkdir()
        mkdir = os.mkdir

        def first(name: str, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
            with suppress(FileExistsError):
                mkdir(estate.folder, 0o700)
            mkdir(name, mode, dir_fd=dir_fd)

        monkeypatch.setattr(os, "mkdir", first)
        write(project, ONE)

        assert estate.folder.stat().st_mode & 0o777 == 0o700


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


def test_nothing_escapes_while_links_are_swapped(
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


def test_the_same_process_leads_a_trusting_writer_out(race: Race) -> None:
    """Who looks for links first and writes by path then is outside after a while."""
    before = snapshot(race.outside, times=True)
    folder = race.root / ".claude" / "skills" / NAME
    while snapshot(race.outside, times=True) == before:
        with suppress(OSError):
            if not any(path.is_symlink() for path in (folder, *folder.parents)):
                folder.mkdir(parents=True, exist_ok=True)
                (folder / SKILL).write_bytes(TWO)

    assert race.end()
