"""Publishing leaves alone what people own: what they edited, deleted, or made themselves."""

import os
import subprocess
from pathlib import Path

import pytest

from hivemindd.errors import PublishError
from hivemindd.skills.contents import LINEAGE, SKILL
from hivemindd.skills.publish import Project
from tests.skills.make import ID, NAME, ONE, THREE, TWO, digest, remove, skill, tree, write


class TestOwnership:
    """People own their skills."""

    def test_an_edited_skill_is_its_editors(self, project: Project, folder: Path) -> None:
        """Not a byte of it is touched."""
        write(project, ONE)
        (folder / SKILL).write_bytes(ONE + b"mine\n")

        assert write(project, TWO, was=ONE) == "user-owned"
        assert (folder / SKILL).read_bytes() == ONE + b"mine\n"
        assert project.remove(NAME, expected=digest(ONE)) == "user-owned"

    def test_an_edit_while_we_write_is_kept(
        self, project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The last look is right before the rename."""
        write(project, ONE)
        fsync = os.fsync

        def edit_then_sync(descriptor: int) -> None:
            (folder / SKILL).write_bytes(b"mine\n")
            fsync(descriptor)

        monkeypatch.setattr(os, "fsync", edit_then_sync)

        assert write(project, TWO, was=ONE) == "user-owned"
        assert (folder / SKILL).read_bytes() == b"mine\n"
        assert sorted(path.name for path in folder.iterdir()) == [SKILL, LINEAGE]

    def test_an_older_version_of_ours_was_rolled_back_to(
        self, project: Project, folder: Path
    ) -> None:
        """That is a decision, too."""
        write(project, ONE)

        assert write(project, THREE, was=TWO, older=(ONE,)) == "rolled-back"
        assert (folder / SKILL).read_bytes() == ONE

    @pytest.mark.parametrize("level", [0, 1, 2, 3])
    def test_a_deleted_skill_is_not_written_again(
        self, project: Project, root: Path, folder: Path, level: int
    ) -> None:
        """Neither are the folders that were deleted with it."""
        write(project, ONE)
        gone = [folder / SKILL, folder, folder.parent, folder.parent.parent][level]
        subprocess.run(["rm", "-r", str(gone)], check=True)
        before = tree(root)

        assert write(project, TWO, was=ONE) == "deleted"
        assert project.remove(NAME, expected=digest(ONE)) == "deleted"
        assert not gone.exists()
        assert tree(root) == before

    @pytest.mark.parametrize("content", [b"", b"# theirs\n", skill(skill_id="ffff")])
    def test_somebody_elses_skill_is_not_touched(
        self, project: Project, folder: Path, content: bytes
    ) -> None:
        """The caller takes another name."""
        folder.mkdir(parents=True)
        (folder / SKILL).write_bytes(content)

        assert write(project, ONE) == "foreign"
        assert tree(folder) == {SKILL: content}

    def test_a_skill_of_ours_is_known_by_its_mark(
        self, project: Project, root: Path, folder: Path, tmp_path: Path
    ) -> None:
        """Whatever its folder is called; what cannot be read, or is no skill, is passed by."""
        assert project.marks() == {}
        write(project, ONE)
        folder.rename(folder.parent / "My own")
        write(project, skill(skill_id="ffff"))
        (folder.parent / "theirs").mkdir()
        (folder.parent / "theirs" / SKILL).write_text("# theirs\n")
        (folder.parent / "empty").mkdir()
        (folder.parent / "file").touch()
        (tmp_path / SKILL).write_bytes(ONE)
        (folder.parent / "out").symlink_to(tmp_path)
        os.mkfifo(folder.parent / "empty" / SKILL)
        before = tree(root)

        assert project.marks() == {"My own": ID, NAME: "ffff"}
        assert tree(root) == before

    def test_our_mark_without_our_receipt_is_the_users(
        self, project: Project, folder: Path
    ) -> None:
        """A copy of ours from elsewhere, or the log was rebuilt: rather not."""
        folder.mkdir(parents=True)
        (folder / SKILL).write_bytes(TWO)

        assert write(project, THREE) == "user-owned"

    def test_a_folder_without_a_skill_may_still_be_somebodys(
        self, project: Project, folder: Path
    ) -> None:
        """An empty one is free."""
        folder.mkdir(parents=True)
        assert write(project, ONE) == "written"
        (folder / SKILL).unlink()
        (folder / "skill.md").write_bytes(b"theirs")

        assert write(project, ONE) == "foreign"

    def test_a_lineage_that_lies_alone_may_be_somebodys(
        self, project: Project, folder: Path
    ) -> None:
        """The skill is written beside it."""
        folder.mkdir(parents=True)
        (folder / LINEAGE).write_bytes(b"mine")

        assert write(project, ONE) == "written"
        assert tree(folder) == {SKILL: ONE, LINEAGE: b"mine"}

    @pytest.mark.parametrize("kind", ["file", "link", "pipe", "folder"])
    def test_what_is_no_file_is_not_ours(self, project: Project, folder: Path, kind: str) -> None:
        """Nothing is read through it, waited for or replaced."""
        folder.parent.mkdir(parents=True)
        if kind == "link":
            folder.symlink_to("/etc")
        elif kind == "file":
            folder.write_bytes(b"")
        else:
            folder.mkdir()
            if kind == "pipe":
                os.mkfifo(folder / SKILL)
            else:
                (folder / SKILL).mkdir()

        if kind == "file":
            with pytest.raises(PublishError):
                write(project, ONE)
        else:
            assert write(project, ONE) == "foreign"
            with pytest.raises(PublishError) if kind == "link" else pytest.raises(AssertionError):
                assert write(project, TWO, was=ONE) == "written"

    def test_names_tell_what_is_taken(self, project: Project, root: Path) -> None:
        """In both folders, and as a file system without cases would see it."""
        (root / ".claude" / "skills" / "Mine").mkdir(parents=True)
        (root / ".agents" / "skills" / "theirs").mkdir(parents=True)

        assert project.names() == {"Mine", "mine", "theirs"}

    def test_removing_takes_the_link_along(self, project: Project, root: Path) -> None:
        """And leaves what others put there."""
        write(project, ONE)
        project.link(NAME)
        (root / ".agents" / "skills" / "theirs").mkdir()

        assert remove(project, ONE) == "removed"
        assert tree(root) == {}
        assert (root / ".agents" / "skills" / "theirs").is_dir()
        assert (root / ".claude" / "skills").is_dir()

    def test_a_folder_with_more_in_it_survives_removal(
        self, project: Project, folder: Path
    ) -> None:
        """Notes that a person keeps beside a skill are theirs."""
        write(project, ONE)
        (folder / "notes.md").write_bytes(b"mine")

        assert remove(project, ONE) == "removed"
        assert tree(folder) == {"notes.md": b"mine"}
