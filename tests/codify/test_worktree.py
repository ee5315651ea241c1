"""Files of a project, looked at without trusting it: real folders, real repositories."""

import os
import subprocess
from pathlib import Path

import pytest

from hivemindd.codify.worktree import MOST_FILES, Worktree
from hivemindd.lessons.outside import Look

PATH = os.environ["PATH"]
EARLY = 1_700_000_000  # when the agent wrote, in seconds


def git(root: Path, *words: str, at: int = EARLY) -> str:
    """Run git as a person would, at a time."""
    stamp = f"{at} +0000"
    env = {
        "PATH": PATH,
        "HOME": str(root),
        "GIT_AUTHOR_DATE": stamp,
        "GIT_COMMITTER_DATE": stamp,
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    who = ("-c", "user.name=dev", "-c", "user.email=dev@localhost", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *who, *words], cwd=root, env=env, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    root = (tmp_path / "project").resolve()
    root.mkdir()
    git(root, "init", "-q")
    (root / "app.py").write_text("one\n")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first", at=EARLY - 100)
    return root


def look(root: Path, *paths: str | Path, **fields: str) -> dict[str, list[Look] | str]:
    """Look at some files since the agent wrote them."""
    tree = Worktree(root, home=root.parent, search=PATH, **fields)
    return tree.look({str(path): EARLY * 1000 for path in paths})


def only(found: dict[str, list[Look] | str]) -> list[Look]:
    """Return what was found of the only file."""
    (looks,) = found.values()
    assert not isinstance(looks, str), looks
    return looks


def test_what_lies_on_the_disk(root: Path) -> None:
    """A file is told with its text and time."""
    (root / "app.py").write_text("two\n")
    os.utime(root / "app.py", (EARLY + 60, EARLY + 60))

    assert only(look(root, root / "app.py")) == [Look("two\n", (EARLY + 60) * 1000, "disk")]


def test_the_next_commit_goes_before_the_disk(root: Path) -> None:
    """Of several commits the first after the agent's edit is the one."""
    for number in (2, 3):
        (root / "app.py").write_text(f"{number}\n")
        git(root, "commit", "-qam", "change", at=EARLY + number * 100)

    commit, disk = only(look(root, "app.py"))

    assert commit == Look("2\n", (EARLY + 200) * 1000, "commit")
    assert (disk.text, disk.source) == ("3\n", "disk")


def test_a_commit_in_the_same_second_may_be_older(root: Path) -> None:
    """Commits know whole seconds only: what cannot be ordered does not count."""
    (root / "app.py").write_text("2\n")
    git(root, "commit", "-qam", "change", at=EARLY)

    assert [each.source for each in only(look(root, "app.py"))] == ["disk"]


def test_names_that_need_care(root: Path) -> None:
    """Folders, blanks, wildcards and other scripts in a name are all the same to it."""
    names = ["a dir/*.py", "日本.py", "-x.py", ":(top)y.py"]
    for name in names:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(name)
    git(root, "add", "--all")
    git(root, "commit", "-qm", "all", at=EARLY + 50)

    found = look(root, *(root / name for name in names))

    for name in names:
        looks = found[str(root / name)]
        assert not isinstance(looks, str)
        assert [(each.text, each.source) for each in looks] == [(name, "commit"), (name, "disk")]


def test_another_branch_is_no_hand(root: Path) -> None:
    """A branch switch, a reset and a rebase leave a doubt on what lies there."""
    git(root, "checkout", "-qb", "topic", at=EARLY + 10)

    (disk,) = only(look(root, "app.py"))
    assert disk.doubt.startswith("git moved the work tree: checkout")
    (disk,) = only(look(root, "app.py", branch="main"))
    assert disk.doubt == "another branch is checked out: topic"


def test_commits_of_others_are_no_hand_of_this_person(root: Path, tmp_path: Path) -> None:
    """What was pulled was written elsewhere."""
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(root), str(other))
    (other / "app.py").write_text("theirs\n")
    git(other, "commit", "-qam", "theirs", at=EARLY + 50)
    git(root, "pull", "-q", str(other), at=EARLY + 60)

    commit, disk = only(look(root, "app.py"))

    assert commit.doubt == "it was not committed here"
    assert disk.doubt.startswith("git moved the work tree: pull")


def test_hooks_of_a_commit_leave_a_doubt(root: Path) -> None:
    """Where commits run hooks, a fixer may have had its part."""
    (root / ".pre-commit-config.yaml").write_text("repos: []\n")
    (root / "app.py").write_text("2\n")
    git(root, "commit", "-qam", "change", at=EARLY + 100)

    assert {".pre-commit" in each.doubt for each in only(look(root, "app.py"))} == {True}


def doubts(root: Path) -> set[str]:
    """Change a file, commit it, and return what is said against its being a person's."""
    (root / "app.py").write_text("2\n")
    git(root, "commit", "-qam", "change", at=EARLY + 100)
    return {each.doubt for each in only(look(root, "app.py"))}


@pytest.mark.parametrize("where", ["local", "global", "elsewhere", "linked"])
def test_hooks_leave_a_doubt_wherever_git_looks_for_them(root: Path, where: str) -> None:
    """In the folder that a setting names, or beside what another folder keeps for git."""
    hooks = root.parent / "hooks"
    if where == "local":
        git(root, "config", "core.hooksPath", "githooks")
        hooks = root / "githooks"
    elif where == "global":
        (root.parent / ".gitconfig").write_text("[core]\n\thooksPath = ~/hooks\n")
    elif where == "elsewhere":
        git(root, "init", "-q", f"--separate-git-dir={root.parent / 'kept'}")
        hooks = root.parent / "kept" / "hooks"
    else:
        hooks = root / ".git" / "hooks"
        git(root, "worktree", "add", "-q", "../linked", at=EARLY - 50)
        root = root.parent / "linked"
    assert doubts(root) == {""}
    hooks.mkdir(exist_ok=True)
    (hooks / "pre-commit").touch()

    (doubt,) = {each.doubt for each in only(look(root, "app.py"))}
    assert doubt.startswith("the hooks of a commit may have done it")


def test_hooks_that_are_switched_off(root: Path) -> None:
    """Where a person has led git away from them there are none."""
    (root / ".git" / "hooks" / "pre-commit").touch()
    git(root, "config", "core.hooksPath", os.devnull)

    assert doubts(root) == {""}


def test_settings_that_cannot_be_read_leave_a_doubt(root: Path) -> None:
    """They may name hooks."""
    (root.parent / ".gitconfig").write_text("[core\n")

    assert doubts(root) == {"git cannot tell where the hooks of a commit lie"}


def test_nothing_outside_of_the_root_is_opened(root: Path, tmp_path: Path) -> None:
    """No link leads out, neither of a file nor of a folder, and `..` does not either."""
    (tmp_path / "private.txt").write_text("private")
    (root / "link.txt").symlink_to(tmp_path / "private.txt")
    (root / "folder").symlink_to(tmp_path, target_is_directory=True)
    names = ["link.txt", "folder/private.txt", "../private.txt", str(tmp_path / "private.txt")]

    found = look(root, *names)

    assert found["link.txt"] == "it cannot be read: Too many levels of symbolic links"
    assert {found[name] for name in names[1:]} == {"it lies outside of the workspace"}


def test_a_root_that_is_reached_by_a_link(root: Path, tmp_path: Path) -> None:
    """A session may know its folder by another name."""
    (tmp_path / "alias").symlink_to(root, target_is_directory=True)

    assert only(look(root, tmp_path / "alias" / "app.py"))[0].text == "one\n"


def test_what_is_no_text(root: Path) -> None:
    """Pipes, folders, large and binary files are passed over, each with its reason."""
    os.mkfifo(root / "pipe")
    (root / "sub").mkdir()
    (root / "large").write_bytes(b"x" * 1_048_577)
    (root / "binary").write_bytes(b"\0\1")
    (root / "latin").write_bytes("é".encode("latin-1"))

    found = look(root, "pipe", "sub", "large", "binary", "latin", "gone", "a\nb", "")

    assert found["pipe"] == found["sub"] == "it is no regular file"
    assert found["large"] == "it is larger than 1 MB"
    assert found["binary"] == found["latin"] == "it is no text"
    assert found["gone"] == "it cannot be read: No such file or directory"
    assert found["a\nb"] == found[""] == "it lies outside of the workspace"


@pytest.mark.parametrize(
    "name",
    [".env", ".env.local", "server.pem", "id_rsa", "secrets.yml", "api_token", ".git/config"],
)
def test_names_of_secrets_are_never_opened(root: Path, name: str) -> None:
    """A name that may stand for a secret is enough."""
    (root / name).write_text("x")

    assert look(root, name) == {name: "its name says that it may hold a secret"}


def test_at_most_fifty_files(root: Path) -> None:
    """More than that is not a person's change."""
    names = [f"{number}.py" for number in range(MOST_FILES + 1)]

    assert look(root, *names)[names[-1]] == "more than 50 files were written"


def test_without_a_repository(tmp_path: Path) -> None:
    """Where there is no git the disk still speaks, and that is said."""
    (tmp_path / "a.py").write_text("x\n")
    bare = Worktree(tmp_path, home=tmp_path, search=PATH)
    none = Worktree(tmp_path, home=tmp_path, search=str(tmp_path))

    assert only(bare.look({"a.py": 0}))[0].source == "disk"
    assert "not a git repository" in bare.notes[0]
    assert only(none.look({"a.py": 0}))[0].source == "disk"
    assert none.notes == ["git is not installed, or the workspace has gone"]


def test_a_hostile_repository_runs_nothing_and_stays_as_it_is(root: Path) -> None:
    """Settings of a repository that name programs have no effect, and nothing is written."""
    trap = root / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {root}/sprung\n")
    trap.chmod(0o755)
    (root / ".gitattributes").write_text("*.py diff=evil filter=evil\n")
    (root / "app.py").write_text("2\n")
    git(root, "commit", "-qam", "change", at=EARLY + 100)
    for key in (
        *("core.fsmonitor", "core.pager", "diff.external", "diff.evil.textconv"),
        *("diff.evil.command", "filter.evil.smudge", "filter.evil.clean", "gpg.program"),
        *("core.sshCommand", "core.editor", "core.askPass"),
    ):
        git(root, "config", key, str(trap))
    git(root, "config", "log.showSignature", "true")
    before = _state(root / ".git")

    assert only(look(root, "app.py"))[0].text == "2\n"
    assert not (root / "sprung").exists()
    assert _state(root / ".git") == before


@pytest.mark.parametrize("place", ["", ".", "bin", "./bin", "{root}/bin", "{root}/../project/bin"])
def test_no_program_of_the_project_is_taken_for_git(root: Path, place: str) -> None:
    """Neither by an entry of `PATH` that holds below any folder, nor by one that leads into it."""
    (root / "bin").mkdir()
    for trap in (root / "git", root / "bin" / "git"):
        trap.write_text(f"#!/bin/sh\ntouch {root}/sprung\n")
        trap.chmod(0o755)
    search = f"{place.format(root=root)}{os.pathsep}{PATH}"
    tree = Worktree(root, home=root.parent, search=search)

    assert only(tree.look({"app.py": (EARLY - 200) * 1000}))[0].source == "commit"
    assert not (root / "sprung").exists()


def _state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(file): (file.stat().st_mtime_ns, file.read_bytes())
        for file in folder.rglob("*")
        if file.is_file()
    }
