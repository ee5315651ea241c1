"""Publishing through links: only within the project, and for others to see our skills."""

import os
from pathlib import Path

import pytest

from hivemindd.errors import PublishError
from hivemindd.skills.contents import SKILL
from hivemindd.skills.publish import Project
from tests.skills.make import NAME, ONE, TWO, remove, write


class TestLinks:
    """Symbolic links within the project are ways, others are walls."""

    @pytest.mark.parametrize("kind", ["absolute", "relative"])
    @pytest.mark.parametrize("there", ["there", "dangling"])
    def test_a_skills_folder_that_is_a_link_within_the_root_is_followed(
        self, project: Project, root: Path, kind: str, there: str
    ) -> None:
        """Some repositories keep their skills under `.agents`."""
        (root / ".claude").mkdir()
        target = root / ".agents" / "skills"
        (root / ".claude" / "skills").symlink_to(
            target if kind == "absolute" else "../.agents/skills"
        )
        if there == "there":
            target.mkdir(parents=True)

        assert write(project, ONE) == "written"
        assert (target / NAME / SKILL).read_bytes() == ONE
        assert not (target / NAME).is_symlink()
        assert write(project, TWO, was=ONE) == "written"
        assert project.link(NAME)
        assert not (target / NAME).is_symlink()
        assert remove(project, TWO) == "removed"

    def test_links_behind_links_are_followed(self, project: Project, root: Path) -> None:
        """As long as all of them stay inside."""
        (root / "a" / "b").mkdir(parents=True)
        (root / ".claude").symlink_to("a/./b/../c")
        (root / "a" / "c").symlink_to("b")

        assert write(project, ONE) == "written"
        assert (root / "a" / "b" / "skills" / NAME / SKILL).read_bytes() == ONE

    @pytest.mark.parametrize("place", [".claude", ".claude/skills", f".claude/skills/{NAME}"])
    @pytest.mark.parametrize("target", ["absolute", "relative", "loop", "through"])
    def test_a_link_that_leads_out_is_refused(
        self, project: Project, root: Path, tmp_path: Path, place: str, target: str
    ) -> None:
        """Whichever component it is and however it is written."""
        link = root / place
        link.parent.mkdir(parents=True, exist_ok=True)
        out = {
            "absolute": str(tmp_path),
            "relative": os.path.relpath(tmp_path, link.parent),
            "loop": link.name,
            "through": f"{root}/../{tmp_path.name}",
        }
        link.symlink_to(out[target])

        with pytest.raises(PublishError, match="out of the project"):
            write(project, TWO, was=ONE)
        if place != f".claude/skills/{NAME}":
            with pytest.raises(PublishError, match="out of the project"):
                write(project, ONE)
            with pytest.raises(PublishError, match="out of the project"):
                project.prepare()
        assert list(tmp_path.iterdir()) == []

    def test_a_linked_skill_within_the_root_is_found_where_it_went(
        self, project: Project, root: Path, folder: Path
    ) -> None:
        """A person moved the folder and left a link."""
        write(project, ONE)
        folder.rename(root / "moved")
        folder.symlink_to("../../moved")

        assert write(project, TWO, was=ONE) == "written"
        assert (root / "moved" / SKILL).read_bytes() == TWO

    def test_others_see_a_skill_through_a_link(self, project: Project, root: Path) -> None:
        """The folder is linked, relatively; an entry that is there is kept."""
        write(project, ONE)

        assert project.link(NAME)
        assert project.link(NAME)
        link = root / ".agents" / "skills" / NAME
        assert link.readlink() == Path("../../.claude/skills") / NAME
        assert (link / SKILL).read_bytes() == ONE

    def test_only_our_own_link_is_taken_back(self, project: Project, root: Path) -> None:
        """Also where it leads nowhere any more; where there is none all is well."""
        project.unlink(NAME)
        write(project, ONE)
        project.link(NAME)
        (root / ".claude" / "skills" / NAME).rename(root / ".claude" / "skills" / "pnpm")
        agents = root / ".agents" / "skills"
        (agents / "theirs").symlink_to("elsewhere")
        for name in (NAME, "theirs"):
            project.unlink(name)

        assert [path.name for path in agents.iterdir()] == ["theirs"]

    @pytest.mark.parametrize("kind", ["folder", "link"])
    def test_an_entry_of_that_name_is_never_replaced(
        self, project: Project, root: Path, kind: str
    ) -> None:
        """It is somebody's."""
        write(project, ONE)
        entry = root / ".agents" / "skills" / NAME
        entry.parent.mkdir(parents=True)
        if kind == "folder":
            entry.mkdir()
        else:
            entry.symlink_to("elsewhere")

        assert not project.link(NAME)
        assert entry.is_symlink() == (kind == "link")

    def test_nothing_is_linked_where_both_folders_are_one(
        self, project: Project, root: Path
    ) -> None:
        """It is seen already."""
        (root / ".agents").mkdir()
        (root / ".agents" / "skills").symlink_to("../.claude/skills")
        write(project, ONE)

        assert project.link(NAME)
        assert not (root / ".claude" / "skills" / NAME).is_symlink()

    def test_a_link_fits_where_its_folder_really_lies(self, project: Project, root: Path) -> None:
        """`.agents/skills` may be a link to somewhere deeper."""
        deep = root / "tools" / "for" / "agents"
        deep.mkdir(parents=True)
        (root / ".agents").mkdir()
        (root / ".agents" / "skills").symlink_to("../tools/for/agents")
        write(project, ONE)

        assert project.link(NAME)
        assert (deep / NAME / SKILL).read_bytes() == ONE

    def test_a_skill_that_is_not_there_is_not_linked(self, project: Project, root: Path) -> None:
        """No link leads nowhere."""
        assert not project.link(NAME)
        assert not (root / ".agents").exists()
