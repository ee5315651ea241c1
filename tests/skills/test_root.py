"""Which folders are projects that skills may be written to."""

import os
from pathlib import Path

import pytest

from hivemindd.errors import PublishError
from hivemindd.skills.publish import Project
from tests.skills.make import ONE, write


class TestRoots:
    """What is no project is not written to."""

    def refused(self, root: Path, home: Path) -> str:
        """Return why a root is refused."""
        before = set(root.iterdir()) if root.is_dir() else set()
        with pytest.raises(PublishError) as caught, Project(root, home):
            pass
        if root.is_dir():
            assert set(root.iterdir()) == before
        return str(caught.value)

    def test_a_root_that_is_gone_is_never_created(self, scratch_home: Path) -> None:
        """A transcript only claims a folder."""
        gone = scratch_home / "gone"

        assert "No such file" in self.refused(gone, scratch_home)
        assert not gone.exists()

    def test_the_home_its_parents_and_shared_folders(self, scratch_home: Path) -> None:
        """Also through a link."""
        link = scratch_home / "link"
        link.symlink_to(scratch_home)

        for root in (scratch_home, link, scratch_home.parent, Path("/"), Path("/tmp")):  # noqa: S108
            assert "no skill is written" in self.refused(root, scratch_home)

    @pytest.mark.parametrize("part", [".claude", ".codex", ".cursor", ".agents", ".git", ".ssh"])
    def test_settings_of_other_programs(self, scratch_home: Path, part: str) -> None:
        """Wherever they lie."""
        inside = scratch_home / "shop" / part / "x"
        inside.mkdir(parents=True)

        assert "another program's settings" in self.refused(inside, scratch_home)

    def test_a_folder_that_anybody_may_write_to(self, root: Path, scratch_home: Path) -> None:
        """Sticky or not; one that a group may write to is an ordinary one."""
        for mode in (0o777, 0o1777):
            root.chmod(mode)
            assert "anybody" in self.refused(root, scratch_home)
        root.chmod(0o775)
        with Project(root, scratch_home) as opened:
            assert write(opened, ONE) == "written"

    def test_a_file_and_a_relative_path(
        self, root: Path, scratch_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Neither is a folder that we know."""
        (root / "file").write_bytes(b"")
        monkeypatch.chdir(root.parent)

        assert "Not a directory" in self.refused(root / "file", scratch_home)
        assert "relative" in self.refused(Path(root.name), scratch_home)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
    def test_a_folder_of_another_user(self, root: Path, scratch_home: Path) -> None:
        """Its owner has not asked us."""
        os.chown(root, 12345, -1)

        assert "another user" in self.refused(root, scratch_home)

    def test_a_root_has_no_link_on_the_way(self, root: Path, scratch_home: Path) -> None:
        """What is stored was resolved: a link that is there now was put there since."""
        (scratch_home / "alias").symlink_to(root)
        (scratch_home / "above").symlink_to(scratch_home)

        for path in (scratch_home / "alias", scratch_home / "above" / root.name):
            assert "no skill is written" in self.refused(path, scratch_home)
