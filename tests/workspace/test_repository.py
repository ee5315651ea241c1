"""Which workspace a folder belongs to, with repositories that git itself made."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.records import Workspace
from hivemindd.workspace import Settings, read_settings, resolve
from tests.workspace.make import git, in_repository, repository, where


class TestRepository:
    """A repository is one workspace, wherever in it a session runs."""

    def test_top_and_subfolder(self, home: Path, shop: Path) -> None:
        """The top and a folder deep below it are the same workspace."""
        deep = shop / "src" / "cart"
        deep.mkdir(parents=True)

        assert where(shop, home) == in_repository(shop)
        assert where(deep, home) == in_repository(shop)

    @pytest.mark.parametrize("place", ["../shop-next", ".claude/worktrees/next"])
    def test_linked_worktree(self, home: Path, shop: Path, place: str) -> None:
        """A linked worktree, beside the repository or in it, is the repository's workspace."""
        git(shop, "worktree", "add", "--quiet", "-b", "next", place)
        below = shop / place / "src"
        below.mkdir()

        assert where(shop / place, home) == in_repository(shop)
        assert where(below, home) == in_repository(shop)

    def test_removed_worktree(self, home: Path, shop: Path) -> None:
        """A worktree inside its repository stays in it after it was removed."""
        place = shop / ".claude" / "worktrees" / "next"
        git(shop, "worktree", "add", "--quiet", "-b", "next", str(place))
        git(shop, "worktree", "remove", str(place))

        assert where(place, home) == in_repository(shop)

    def test_pruned_worktree_that_was_left_behind(self, home: Path, shop: Path) -> None:
        """A worktree whose registration is gone belongs to the repository around it."""
        place = shop / ".claude" / "worktrees" / "next"
        place.mkdir(parents=True)
        (place / ".git").write_text(f"gitdir: {shop}/.git/worktrees/next\n", "utf-8")

        assert where(place, home) == in_repository(shop)

    def test_worktree_of_a_bare_repository(self, home: Path, shop: Path) -> None:
        """Where no working tree is the main one, each worktree speaks for itself."""
        git(home, "clone", "--quiet", "--bare", str(shop), "shop.git")
        git(home / "shop.git", "worktree", "add", "--quiet", str(home / "wt"), "main")

        assert where(home / "wt", home) == in_repository(home / "wt")

    def test_worktree_of_a_bare_repository_named_git(self, home: Path, shop: Path) -> None:
        """A bare repository in a folder `.git` is still bare."""
        place = home / "place"
        place.mkdir()
        git(place, "clone", "--quiet", "--bare", str(shop), ".git")
        git(place, "worktree", "add", "--quiet", "main-tree", "main")

        assert where(place / "main-tree", home) == in_repository(place / "main-tree")

    def test_submodule(self, home: Path, shop: Path) -> None:
        """A submodule is a workspace of its own, its worktrees lead to it."""
        lib = repository(home / "lib")
        git(shop, "submodule", "--quiet", "add", str(lib), "vendor/lib")
        git(shop / "vendor" / "lib", "worktree", "add", "--quiet", "-b", "b", str(home / "lib-b"))

        assert where(shop / "vendor" / "lib", home) == in_repository(shop / "vendor" / "lib")
        assert where(home / "lib-b", home) == in_repository(shop / "vendor" / "lib")
        assert where(shop, home) == in_repository(shop)

    def test_separate_git_folder(self, home: Path) -> None:
        """A repository whose data lie elsewhere has its root where it is worked in."""
        place = home / "apart"
        place.mkdir()
        git(place, "init", "--quiet", "--separate-git-dir", str(home / "data"))

        assert where(place, home) == in_repository(place)

    def test_foreign_worktree_file(self, home: Path, shop: Path) -> None:
        """A `.git` file that claims another's worktree does not get into its workspace."""
        git(shop, "worktree", "add", "--quiet", "-b", "next", str(home / "next"))
        stranger = home / "download"
        stranger.mkdir()
        (stranger / ".git").write_bytes((home / "next" / ".git").read_bytes())

        assert where(stranger, home) == in_repository(stranger)

    def test_symbolic_link(self, home: Path, shop: Path) -> None:
        """A repository reached over a link is the same workspace."""
        (home / "link").symlink_to(shop)

        assert where(home / "link", home) == in_repository(shop)

    def test_home_is_no_repository_for_what_is_in_it(self, home: Path) -> None:
        """Dotfiles under version control do not make one workspace of the home folder."""
        git(home, "init", "--quiet")
        notes = home / "notes"
        notes.mkdir()

        assert where(notes, home).source == "folder"
        assert where(notes, home).root == str(notes)
        assert where(home, home) == in_repository(home)

    def test_worktree_of_the_home_folder(self, home: Path, tmp_path: Path) -> None:
        """A worktree of the dotfiles does not have its skills in the home folder."""
        git(home, "init", "--quiet", "--initial-branch=main")
        git(home, "commit", "--quiet", "--allow-empty", "--message=first")
        git(home, "worktree", "add", "--quiet", "-b", "next", str(tmp_path / "dots"))

        assert where(tmp_path / "dots", home) == in_repository(tmp_path / "dots")

    def test_above_home_is_not_looked_at(self, tmp_path: Path) -> None:
        """A repository around the home folder is nobody's business."""
        around = repository(tmp_path / "around")
        home = around / "home"
        place = home / "place"
        place.mkdir(parents=True)

        assert where(place, home).source == "folder"

    def test_empty_git_folder(self, home: Path, shop: Path) -> None:
        """A folder that is only named `.git` makes no repository."""
        inner = shop / "inner"
        (inner / ".git").mkdir(parents=True)

        assert where(inner, home) == in_repository(shop)


class TestFolder:
    """Without a repository the folder is the workspace."""

    def test_plain_folder(self, home: Path) -> None:
        """The id is the real path, the name its last component."""
        place = home / "notes"
        place.mkdir()
        expected = Workspace(id=str(place), name="notes", root=str(place), source="folder")

        assert where(place, home) == expected

    def test_missing_folder(self, home: Path, shop: Path) -> None:
        """A folder that is gone is taken as claimed, unless a repository holds its place."""
        gone = home / "gone" / "deep"

        assert where(gone, home).id == str(gone)
        assert where(gone, home).source == "folder"
        assert where(shop / "gone" / "deep", home) == in_repository(shop)

    @pytest.mark.parametrize("cwd", ["C:\\Users\\me\\shop", "shop", "/a\0b/shop", "/a/\ud800/shop"])
    def test_no_path_of_this_machine(self, home: Path, cwd: str) -> None:
        """A path that means nothing here has an id and a name but no root."""
        found = where(cwd, home)

        assert (found.id, found.root, found.source) == (cwd, "", "folder")
        assert found.name.endswith("shop")
        assert read_settings(cwd, home=home) == Settings()

    def test_no_path_with_an_id(self, home: Path) -> None:
        """The id of the environment counts even where the folder means nothing."""
        found = where("C:\\Users\\me\\shop", home, {"HIVEMIND_WORKSPACE_ID": "team"})

        assert (found.id, found.root, found.source) == ("team", "", "environment")

    @given(cwd=st.text(max_size=40))
    def test_any_text(self, cwd: str) -> None:
        """Whatever a transcript claims as its folder, there is an answer."""
        found = resolve(cwd, home=Path("/nonexistent/home"), env={})

        assert found.id or not cwd
