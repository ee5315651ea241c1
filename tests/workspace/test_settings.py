"""What files and the environment say of a project: its workspace, and whether it is captured."""

import os
from pathlib import Path

import pytest

from hivemindd.workspace import Settings, read_settings, refusal, resolve
from tests.workspace.make import git, in_repository, where, write


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
        assert refusal(str(home / "place"), home=home) == ""

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

    @pytest.mark.parametrize(
        ("text", "objects"),
        [
            ("export HIVEMIND_CAPTURE=false\n", True),
            ("use nix\n  export HIVEMIND_CAPTURE='No' # private\n", True),
            ("export HIVEMIND_CAPTURE=false\nexport HIVEMIND_CAPTURE=true\n", False),
            ("export HIVEMIND_CAPTURE=$(touch ran)\n", False),
            ("HIVEMIND_CAPTURE=false\n", False),
            ("# export HIVEMIND_CAPTURE=false\n", False),
        ],
    )
    def test_envrc_may_refuse(self, home: Path, shop: Path, text: str, *, objects: bool) -> None:
        """As it would in the environment; it is read and not run."""
        file = shop / ".envrc"
        file.write_text(text, "utf-8")

        expected = f"{file} says HIVEMIND_CAPTURE=false" if objects else ""
        assert refusal(str(shop), home=home) == expected
        assert not (shop / "ran").exists()
        write(shop / ".hivemind.local", {"collect": True})
        assert refusal(str(shop), home=home) == ""

    def test_nearest_envrc_alone_counts(self, home: Path, shop: Path) -> None:
        """An `.envrc` hides those above it, as it does for direnv."""
        (shop / ".envrc").write_text("export HIVEMIND_WORKSPACE_ID=a\n", "utf-8")
        (shop / "sub").mkdir()
        (shop / "sub" / ".envrc").write_text("export OTHER=1\n", "utf-8")

        assert where(shop, home).id == "a"
        assert where(shop / "sub", home).id == str(shop)

    def test_a_nearer_envrc_goes_before_farther_files(self, home: Path) -> None:
        """Whoever refuses for one project is not overruled by the folder around it."""
        client = home / "work" / "client"
        client.mkdir(parents=True)
        (client.parent / ".hivemind").write_text('{"collect": true, "workspaceId": "team"}')
        (client / ".envrc").write_text(
            "export HIVEMIND_CAPTURE=false\nexport HIVEMIND_WORKSPACE_ID=client\n"
        )

        assert refusal(str(client), home=home).endswith(".envrc says HIVEMIND_CAPTURE=false")
        assert resolve(str(client), home=home, env={}).id == "client"

    def test_worktree_obeys_the_main_tree(self, home: Path, shop: Path) -> None:
        """What lies uncommitted in the main tree holds for a worktree elsewhere."""
        file = write(shop / ".hivemind.local", {"workspaceId": "team", "collect": False})
        git(shop, "worktree", "add", "--quiet", "-b", "next", str(home / "trees" / "next"))

        assert where(home / "trees" / "next", home).id == "team"
        assert refusal(str(home / "trees" / "next"), home=home) == f"{file} says collect: false"


class TestCollect:
    """A project may say that it does not want to be captured."""

    def test_says_nothing(self, home: Path, shop: Path) -> None:
        """Without a file there is nothing against it."""
        assert refusal(str(shop), home=home) == ""

    def test_refused_above(self, home: Path, shop: Path) -> None:
        """A refusal holds for the folders below, even for one that is gone."""
        file = write(shop / ".hivemind", {"workspaceId": "team", "collect": False})

        gone = str(shop / "src" / "gone")
        assert refusal(gone, home=home) == f"{file} says collect: false"

    def test_local_file_goes_first(self, home: Path, shop: Path) -> None:
        """The file that nobody commits may say otherwise; what it leaves out still counts."""
        write(shop / ".hivemind", {"workspaceId": "team", "collect": False})
        file = write(shop / ".hivemind.local", {"collect": True})

        assert refusal(str(shop), home=home) == ""
        assert read_settings(str(shop), home=home).collect_file == str(file)
        assert where(shop, home).id == "team"

    @pytest.mark.parametrize("unclear", ["false", 0, 1, None, "true"])
    def test_unclear_answer(self, home: Path, shop: Path, unclear: object) -> None:
        """An answer that is no true or false is taken as a no."""
        file = write(shop / ".hivemind", {"collect": unclear})
        settings = read_settings(str(shop), home=home)

        assert (settings.collect, settings.collect_file) == (False, str(file))
        assert refusal(str(shop), home=home) == f'"collect" in {file} is neither true nor false'


class TestIgnored:
    """The settings name folders that are left alone, whatever their files say."""

    def test_a_folder_and_what_is_below_it(self, home: Path, shop: Path) -> None:
        """The pattern is named, so that it can be found in the settings."""
        ignore = ("~/clients", "~/sh*")
        write(shop / ".hivemind.local", {"collect": True})

        assert refusal(str(shop / "src"), home=home, ignore=ignore) == "the settings ignore ~/sh*"
        assert refusal(str(home / "other"), home=home, ignore=ignore) == ""

    def test_a_worktree_is_ignored_with_its_repository(self, home: Path, shop: Path) -> None:
        """Wherever it lies."""
        place = home / "trees" / "next"
        git(shop, "worktree", "add", "--quiet", "-b", "next", str(place))

        assert refusal(str(place), home=home, ignore=("~/shop",)) == "the settings ignore ~/shop"


class TestBrokenFiles:
    """Somebody may have said no in a broken file, so it counts as one."""

    @pytest.mark.parametrize(
        "data",
        [b"{", b"{collect: false}", b"[]", b"null", b'"a"', b"\xff", b"{'a': 1}", b"[" * 60_000],
    )
    def test_no_object(self, home: Path, shop: Path, data: bytes) -> None:
        """What is no JSON object names no workspace; a nearer file may still say yes."""
        write(home / ".hivemind", {"workspaceId": "mine", "collect": True})
        (shop / ".hivemind").write_bytes(data)

        assert refusal(str(shop), home=home) == f"{shop}/.hivemind is no JSON object"
        assert read_settings(str(shop), home=home).workspace_id == "mine"
        write(shop / ".hivemind.local", {"collect": True})
        assert refusal(str(shop), home=home) == ""

    @pytest.mark.parametrize("data", [b"", b" \n"])
    def test_empty(self, home: Path, shop: Path, data: bytes) -> None:
        """Nobody has said anything in it."""
        (shop / ".hivemind").write_bytes(data)

        assert read_settings(str(shop), home=home) == Settings()

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_unreadable(self, home: Path, shop: Path) -> None:
        """As long as nobody can know what it says."""
        file = write(shop / ".hivemind", {"collect": True})
        file.chmod(0)

        assert refusal(str(shop), home=home) == f"{file} cannot be read (Permission denied)"

    @pytest.mark.parametrize("named", ["", " ", 7, None, ["a"], "x" * 300, "a\nb"])
    def test_unusable_id(self, home: Path, shop: Path, named: object) -> None:
        """An id that is no short text is left out."""
        write(shop / ".hivemind", {"workspaceId": named})

        assert where(shop, home) == in_repository(shop)
        assert refusal(str(shop), home=home) == ""

    def test_no_regular_file(self, home: Path, shop: Path) -> None:
        """A folder, a pipe and a link to nowhere are passed over without a word."""
        (shop / ".hivemind").mkdir()
        (shop / ".hivemind.local").symlink_to("nowhere")
        os.mkfifo(shop / ".envrc")

        assert read_settings(str(shop), home=home) == Settings()

    @pytest.mark.parametrize(
        "data", [b"", b"gitdir:", b"gitdir: ", b"gitdir: /nowhere", b"\xff\0", b"gitdir: a\0b"]
    )
    def test_broken_git_file(self, home: Path, shop: Path, data: bytes) -> None:
        """A `.git` file that leads nowhere does not hide the repository around it."""
        inner = shop / "inner"
        inner.mkdir()
        (inner / ".git").write_bytes(data)

        assert where(inner, home) == in_repository(shop)
