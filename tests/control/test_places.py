"""Which workspace a person means."""

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
