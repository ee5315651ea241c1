"""Writing where nothing can be relied on: after each test all else is as it was.

What lies outside of the two skills folders is compared by content, mode and owner: the
project's own files, git's, other projects and the rest of the home.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress

import pytest

from hivemindd.errors import PublishError
from hivemindd.skills.contents import LINEAGE, SKILL
from hivemindd.skills.publish import AGENTS, CLAUDE, Project
from tests.skills.estate import Estate
from tests.skills.make import NAME, ONE, TWO, remove, write
from tests.snapshots import snapshot


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
