"""Which workspace a person means."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemindd.control.places import find_workspace, workspace_to_be
from hivemindd.errors import HivemindError
from hivemindd.log.opening import open_log_readonly
from hivemindd.log.store import Log
from tests.control.filled_log import SHOP, fill


@pytest.fixture(name="log")
def _log(tmp_path: Path) -> Iterator[Log]:
    log = open_log_readonly(fill(tmp_path).log)
    yield log
    log.close()


@pytest.mark.parametrize("wanted", [SHOP, "shop"])
def test_a_workspace_is_found_by_id_and_name(log: Log, tmp_path: Path, wanted: str) -> None:
    """Both are what `workspaces` shows."""
    assert find_workspace(log, wanted, home=tmp_path).id == SHOP


def test_a_workspace_is_found_by_a_folder_in_it(log: Log, tmp_path: Path) -> None:
    """`--workspace .` works anywhere in a repository, and not beside it."""
    inside = tmp_path / "shop" / "src"
    git = tmp_path / "shop" / ".git"
    for folder in (inside, git):
        folder.mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")

    assert find_workspace(log, str(inside), home=tmp_path).id == SHOP
    with pytest.raises(HivemindError, match="there is no workspace"):
        find_workspace(log, str(tmp_path / "shopping"), home=tmp_path)


def test_of_a_folder_that_is_gone_the_roots_tell(log: Log, tmp_path: Path) -> None:
    """What was learned in a project is still asked for when its folder is deleted."""
    assert find_workspace(log, str(tmp_path / "shop" / "src"), home=tmp_path).id == SHOP


def test_a_folder_below_another_workspace_is_its_own(log: Log, tmp_path: Path) -> None:
    """Sessions in it are captured as its own: what holds for the outer one does not for it."""
    inner = tmp_path / "shop" / "secret"
    inner.mkdir(parents=True)

    with pytest.raises(HivemindError, match="there is no workspace"):
        find_workspace(log, str(inner), home=tmp_path)
    assert workspace_to_be(log, str(inner), home=tmp_path).id == str(inner)


def test_a_word_that_is_no_path_names_no_folder_that_is_not_there(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistyped name must not mean the project that somebody happens to stand in."""
    shop = tmp_path / "shop"
    monkeypatch.chdir(shop)

    for find in (find_workspace, workspace_to_be):
        with pytest.raises(HivemindError, match="there is no workspace 'backend'"):
            find(log, "backend", home=tmp_path)


def test_where_the_working_directory_is_gone_a_name_is_still_found(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the shell of a worktree that was removed."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert find_workspace(log, "shop", home=tmp_path).id == SHOP
    for wanted in ("shopp", ".", "./src"):
        with pytest.raises(HivemindError, match="there is no workspace"):
            find_workspace(log, wanted, home=tmp_path)


def test_a_folder_is_called_as_its_sessions_will_be(log: Log, tmp_path: Path) -> None:
    """A name that is no UTF-8 is spelled out there, since no row could hold it."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff"))
    folder.mkdir()

    assert workspace_to_be(log, str(folder), home=tmp_path).id == f"{tmp_path}/b\\xff"
