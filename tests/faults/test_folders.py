"""Folders in which sessions ran, and what has become of them since."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.estate import Estate
from tests.faults.forked import Forked
from tests.faults.writers import Taken
from tests.records import ClaudeSession
from tests.workspace.make import git, repository

NAMES = [f"a0000000-0000-4000-8000-00000000000{number}" for number in range(5)]


@pytest.fixture(name="forked")
def _forked(scratch_home: Path) -> Iterator[Forked]:
    with Forked(scratch_home) as forked:
        yield forked


def test_34_one_repository_from_wherever_one_works(scratch_home: Path, tmp_path: Path) -> None:
    """Its root, a folder in it, one that is gone since, and a worktree are one workspace."""
    project = repository(scratch_home / "project")
    tree = scratch_home / "tree"
    git(project, "worktree", "add", "--quiet", "-b", "other", str(tree))
    folders = [project, project / "src", project / "gone", tree]
    for name, folder in zip(NAMES, folders, strict=False):
        folder.mkdir(exist_ok=True)
        ClaudeSession(scratch_home, folder, name).prompt("here")
    (project / "gone").rmdir()
    taken = Taken(scratch_home, tmp_path / "log")
    taken.take_in()

    assert {row.workspace for row in taken.sessions()} == {str(project)}
    assert not (project / "gone").exists()


def test_34_a_folder_stays_what_it_was(scratch_home: Path, tmp_path: Path) -> None:
    """A session of no repository keeps its workspace when its folder is moved away."""
    folder = scratch_home / "notes"
    folder.mkdir()
    session = ClaudeSession(scratch_home, folder, NAMES[0])
    session.prompt("one")
    taken = Taken(scratch_home, tmp_path / "log")
    taken.take_in()
    folder.rename(scratch_home / "elsewhere")
    session.prompt("two")
    taken.take_in()

    [row] = taken.sessions()
    assert row.workspace == str(folder)
    assert taken.prompts(NAMES[0]) == ["one", "two"]
    assert not folder.exists()


@pytest.mark.parametrize("when", ["never", "before", "between"])
def test_34_a_project_that_is_gone_gets_no_skill(
    scratch_home: Path, forked: Forked, when: str
) -> None:
    """What was learned in it is kept; no folder of it is ever made again."""
    estate = Estate(scratch_home)
    if when == "between":
        assert forked.run("once").code == 0
    if when != "never":
        shutil.rmtree(estate.project)
    session = ClaudeSession(scratch_home, estate.project, NAMES[0])
    session.reject(session.call("Bash", command="npm run lint"), "use pnpm instead of npm")
    ended = forked.run("once")

    assert ended.code == 0, ended.output
    assert "Traceback" not in ended.output
    assert estate.project.exists() == (when == "never")
    assert bool(list(estate.home.rglob("SKILL.md"))) == (when == "never")
