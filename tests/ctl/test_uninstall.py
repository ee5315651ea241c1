"""What stands in the way of leaving: the whole sentence, and the exit code."""

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from hivemindctl.service.running import wait_until
from hivemindctl.steps import remove
from hivemindd.errors import HivemindError
from hivemindd.paths import make_private
from tests.control.filled_log import make_paths
from tests.ctl.runner import run, spawn


def test_a_lock_that_names_nobody(tmp_path: Path) -> None:
    """As where the disk was full when the daemon started."""
    paths = make_paths(tmp_path)
    make_private(paths.state)
    with paths.lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = spawn(tmp_path, "uninstall")

    assert done.returncode == 1
    assert done.stderr == (
        f"hivemindctl: {paths.lock_file} does not name the daemon: stop it by hand\n"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may end every process")
def test_a_daemon_of_somebody_else(tmp_path: Path) -> None:
    """Its lock lies in our folder all the same."""
    paths = make_paths(tmp_path)
    make_private(paths.state)
    with paths.lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("1")
        lock.flush()
        done = spawn(tmp_path, "uninstall")

    assert done.returncode == 1
    assert done.stderr == "hivemindctl: hivemindd (pid 1) runs as somebody else\n"


def test_a_daemon_that_does_not_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that the kernel holds in a call to a disk that is gone."""
    monkeypatch.setattr(wait_until, "__defaults__", (0.1,))
    paths = make_paths(tmp_path)
    make_private(paths.state)
    with paths.lock_file.open("w") as lock, subprocess.Popen(["sleep", "60"]) as process:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(str(process.pid))
        lock.flush()
        done = run(tmp_path, "uninstall")

    assert done.exit_code == 1
    assert done.stderr == (
        f"hivemindctl: hivemindd (pid {process.pid}) does not stop: end it by hand\n"
    )


def test_a_file_that_cannot_be_removed(tmp_path: Path) -> None:
    """It would start the daemon again."""
    (tmp_path / "unit").mkdir()

    with pytest.raises(HivemindError) as caught:
        remove(tmp_path / "unit").act()

    assert str(caught.value) == f"cannot remove {tmp_path / 'unit'}: Is a directory"
    assert caught.value.exit_code == 1


def test_a_folder_that_is_a_link_is_not_purged(tmp_path: Path) -> None:
    """What it leads to is not ours to delete."""
    paths = make_paths(tmp_path)
    mine = tmp_path / "mine"
    mine.mkdir()
    paths.state.parent.mkdir(parents=True)
    paths.state.symlink_to(mine)

    done = spawn(tmp_path, "uninstall", "--purge", "--yes")

    assert done.returncode == 1
    assert done.stderr == (
        f"hivemindctl: cannot delete {paths.state}: Cannot call rmtree on a symbolic link\n"
    )
    assert mine.is_dir()
