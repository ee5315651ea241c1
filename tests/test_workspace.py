"""Which workspace a folder belongs to, with repositories that git itself made."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.records import Workspace
from hivemindd.workspace import Settings, collect, read_settings, resolve


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Make a home folder with nothing in it."""
    path = tmp_path / "home"
    path.mkdir()
    return path


@pytest.fixture
def shop(home: Path) -> Path:
    """Make a repository with one commit."""
    return repository(home / "shop")


def git(folder: Path, *words: str) -> None:
    """Run git away from the settings of this machine."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder.parent),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    options = ("user.name=t", "user.email=t@example.invalid", "protocol.file.allow=always")
    settings = [word for option in options for word in ("-c", option)]
    subprocess.run(["git", *settings, "-C", folder, *words], env=env, check=True)


def repository(folder: Path) -> Path:
    """Make a repository with one commit."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=first")
    return folder


def write(path: Path, value: object) -> Path:
    """Write JSON into a new file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), "utf-8")
    return path


def where(cwd: Path | str, home: Path, env: Mapping[str, str] | None = None) -> Workspace:
    """Resolve a folder."""
    return resolve(str(cwd), home=home, env=env or {})


def in_repository(root: Path) -> Workspace:
    """Return the workspace of a repository."""
    return Workspace(id=str(root), name=root.name, root=str(root), source="repository")


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


class TestNamed:
    """A workspace may be named by the environment or by a file."""

    def test_order(self, home: Path, shop: Path) -> None:
        """The environment goes before `.hivemind`, that before `.envrc`; the root stays."""
        (shop / ".envrc").write_text('export HIVEMIND_WORKSPACE_ID="from envrc"\n', "utf-8")
        by_envrc = where(shop, home)
        write(shop / ".hivemind", {"workspaceId": "from file"})
        by_file = where(shop, home)
        write(shop / ".hivemind.local", {"workspaceId": "from local"})
        by_local = where(shop, home)
        by_env = where(shop, home, {"HIVEMIND_WORKSPACE_ID": "from env"})

        found = [by_envrc, by_file, by_local, by_env]
        assert [each.id for each in found] == ["from envrc", "from file", "from local", "from env"]
        assert [each.source for each in found] == ["file", "file", "file", "environment"]
        assert {each.root for each in found} == {str(shop)}
        assert {each.name for each in found} == {"shop"}

    def test_nearest_file_wins(self, home: Path) -> None:
        """A file in the folder goes before one above it; it may lie as high as the home."""
        write(home / ".hivemind", {"workspaceId": "mine"})
        write(home / "team" / ".hivemind", {"workspaceId": "team"})
        (home / "team" / "place").mkdir()

        assert where(home / "team" / "place", home).id == "team"
        assert where(home / "team" / "place", home).root == str(home / "team")
        assert where(home / "other", home).id == "mine"
        assert where(home / "other", home).root == str(home / "other")

    def test_above_home_is_not_looked_at(self, home: Path) -> None:
        """A file above the home folder is not read."""
        write(home.parent / ".hivemind", {"workspaceId": "planted", "collect": False})

        assert where(home / "place", home).id == str(home / "place")
        assert collect(str(home / "place"), home=home) == (True, "")

    def test_unusable_environment(self, home: Path, shop: Path) -> None:
        """An empty, endless or unprintable id is as good as none."""
        for named in ("", "  ", "x" * 300, "a\nb", "a\0b"):
            assert where(shop, home, {"HIVEMIND_WORKSPACE_ID": named}) == in_repository(shop)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("export HIVEMIND_WORKSPACE_ID=team-a\n", "team-a"),
            ("use nix\n  export HIVEMIND_WORKSPACE_ID='team a' # ours\n", "team a"),
            ("export HIVEMIND_WORKSPACE_ID=a\nexport HIVEMIND_WORKSPACE_ID=b", "b"),
            ("export HIVEMIND_WORKSPACE_ID=$(touch ran)\n", ""),
            ('export HIVEMIND_WORKSPACE_ID="$USER"\n', ""),
            ("export HIVEMIND_WORKSPACE_ID=`touch ran`\n", ""),
            ("export HIVEMIND_WORKSPACE_ID=a; touch ran\n", ""),
            ("# export HIVEMIND_WORKSPACE_ID=a\n", ""),
            ("HIVEMIND_WORKSPACE_ID=a\n", ""),
            ("export HIVEMIND_WORKSPACE_ID=\n", ""),
            ("export OTHER=1\n", ""),
        ],
    )
    def test_envrc_is_text(self, home: Path, shop: Path, text: str, expected: str) -> None:
        """Only a plain value is taken from `.envrc`, and nothing in it runs."""
        (shop / ".envrc").write_text(text, "utf-8")

        assert where(shop, home).id == (expected or str(shop))
        assert not (shop / "ran").exists()

    def test_nearest_envrc_alone_counts(self, home: Path, shop: Path) -> None:
        """An `.envrc` hides those above it, as it does for direnv."""
        (shop / ".envrc").write_text("export HIVEMIND_WORKSPACE_ID=a\n", "utf-8")
        (shop / "sub").mkdir()
        (shop / "sub" / ".envrc").write_text("export OTHER=1\n", "utf-8")

        assert where(shop, home).id == "a"
        assert where(shop / "sub", home).id == str(shop)

    def test_worktree_obeys_the_main_tree(self, home: Path, shop: Path) -> None:
        """What lies uncommitted in the main tree holds for a worktree elsewhere."""
        file = write(shop / ".hivemind.local", {"workspaceId": "team", "collect": False})
        git(shop, "worktree", "add", "--quiet", "-b", "next", str(home / "trees" / "next"))

        assert where(home / "trees" / "next", home).id == "team"
        assert collect(str(home / "trees" / "next"), home=home) == (False, str(file))


class TestCollect:
    """A project may say that it does not want to be captured."""

    def test_says_nothing(self, home: Path, shop: Path) -> None:
        """Without a file there is nothing against it."""
        assert collect(str(shop), home=home) == (True, "")

    def test_refused_above(self, home: Path, shop: Path) -> None:
        """A refusal holds for the folders below, even for one that is gone."""
        file = write(shop / ".hivemind", {"workspaceId": "team", "collect": False})

        assert collect(str(shop / "src" / "gone"), home=home) == (False, str(file))

    def test_local_file_goes_first(self, home: Path, shop: Path) -> None:
        """The file that nobody commits may say otherwise; what it leaves out still counts."""
        write(shop / ".hivemind", {"workspaceId": "team", "collect": False})
        file = write(shop / ".hivemind.local", {"collect": True})

        assert collect(str(shop), home=home) == (True, str(file))
        assert where(shop, home).id == "team"

    @pytest.mark.parametrize("unclear", ["false", 0, 1, None, "true"])
    def test_unclear_answer(self, home: Path, shop: Path, unclear: object) -> None:
        """An answer that is no true or false is taken as a no, with a note."""
        file = write(shop / ".hivemind", {"collect": unclear})
        settings = read_settings(str(shop), home=home)

        assert (settings.collect, settings.collect_file) == (False, str(file))
        assert settings.notes == (f'{file}: "collect" must be true or false; taken as false.',)


class TestBrokenFiles:
    """A project's broken file is as good as absent and leaves a note."""

    @pytest.mark.parametrize(
        "data", [b"", b"{", b"[]", b"null", b'"a"', b"\xff", b"{'a': 1}", b"[" * 60_000]
    )
    def test_no_object(self, home: Path, shop: Path, data: bytes) -> None:
        """What is no JSON object is left out, and the one above it counts."""
        above = write(home / ".hivemind", {"workspaceId": "mine", "collect": False})
        (shop / ".hivemind").write_bytes(data)
        settings = read_settings(str(shop), home=home)

        assert settings.workspace_id == "mine"
        assert settings.collect_file == str(above)
        assert settings.notes == (f"{shop}/.hivemind is no JSON object and is left out.",)

    @pytest.mark.parametrize("named", ["", " ", 7, None, ["a"], "x" * 300, "a\nb"])
    def test_unusable_id(self, home: Path, shop: Path, named: object) -> None:
        """An id that is no short text is left out."""
        write(shop / ".hivemind", {"workspaceId": named})
        settings = read_settings(str(shop), home=home)

        assert where(shop, home) == in_repository(shop)
        assert len(settings.notes) == 1

    def test_no_regular_file(self, home: Path, shop: Path) -> None:
        """A folder, a pipe and a link to nowhere are passed over without a word."""
        (shop / ".hivemind").mkdir()
        (shop / ".hivemind.local").symlink_to("nowhere")
        os.mkfifo(shop / ".envrc")

        assert read_settings(str(shop), home=home) == Settings()

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_unreadable_file(self, home: Path, shop: Path) -> None:
        """A file that may not be read is left out with a note."""
        write(shop / ".hivemind", {"collect": False}).chmod(0)
        settings = read_settings(str(shop), home=home)

        assert settings.collect
        assert len(settings.notes) == 1

    @pytest.mark.parametrize(
        "data", [b"", b"gitdir:", b"gitdir: ", b"gitdir: /nowhere", b"\xff\0", b"gitdir: a\0b"]
    )
    def test_broken_git_file(self, home: Path, shop: Path, data: bytes) -> None:
        """A `.git` file that leads nowhere does not hide the repository around it."""
        inner = shop / "inner"
        inner.mkdir()
        (inner / ".git").write_bytes(data)

        assert where(inner, home) == in_repository(shop)
