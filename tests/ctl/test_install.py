"""install and uninstall where no service manager runs: a real detached daemon."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemindctl.service.detached import Detached
from hivemindctl.service.running import wait_until
from hivemindd import __version__
from hivemindd.errors import HivemindError
from hivemindd.log.lock import holder
from hivemindd.paths import Paths
from tests.control.filled_log import make_paths
from tests.ctl.runner import CHECKOUT, environment, spawn, unwrapped

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="launchd runs here")


@pytest.fixture(name="paths")
def _paths(tmp_path: Path) -> Iterator[Paths]:
    """Give a scratch home, and stop the daemon that a failed test has left in it."""
    paths = make_paths(tmp_path)
    yield paths
    pid = holder(paths.lock_file)
    if pid:
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: holder(paths.lock_file) is None)


def _install(paths: Paths, *arguments: str) -> str:
    done = spawn(paths.home, "install", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_first_install_says_what_will_happen_and_how_to_undo_it(paths: Paths) -> None:
    """What is captured, the switches, what was done, and that it ends with the machine."""
    said = _install(paths)

    assert "hivemindctl pause" in said
    assert '{"collect": false}' in said
    assert "Installing hivemindd as a detached process:" in said
    assert f"hivemindd {__version__} is running" in said
    assert "run `hivemindctl install` again" in said
    assert "`hivemindctl uninstall` undoes all of this." in said


def test_a_command_that_the_shell_does_not_find_is_put_on_its_path(
    paths: Paths, tmp_path: Path
) -> None:
    """In a virtual environment it is found by nobody, and every sentence of ours names it."""
    venv.create(tmp_path / "venv", symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    command = python.with_name("hivemindctl")
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    (paths.home / ".local" / "bin").mkdir(parents=True)
    tools = f"{paths.home}/.local/bin"

    def tell(path: str) -> str:
        env = {**environment(paths.home, PATH=path), "PYTHONPATH": os.pathsep.join(sys.path)}
        spawn(paths.home, "uninstall")
        return subprocess.run(
            [python, "-m", "hivemindctl", "install"],
            env=env,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    asked = "hivemindctl is not on your PATH yet. This puts it there:\n"
    assert f"{asked}  export PATH={python.parent}:$PATH\n" in tell("/usr/bin:/bin")
    assert f"{asked}  ln -s {python.parent}/hivemindctl ~/.local/bin/\n" in tell(f"{tools}:/bin")
    assert asked not in tell(f"{python.parent}:/bin")


def test_an_installed_daemon_answers_and_is_healthy(paths: Paths) -> None:
    """`status` has its pid, its version and its age."""
    _install(paths)

    status = json.loads(spawn(paths.home, "status", "--json").stdout)
    checks = [json.loads(x) for x in spawn(paths.home, "doctor", "--json").stdout.splitlines()]

    assert status["daemon"]["running"]
    assert status["daemon"]["answers"]
    assert status["daemon"]["pid"] == holder(paths.lock_file)
    assert status["daemon"]["version"] == __version__
    assert status["judge"]["kind"] == "local"
    assert {row["check"] for row in checks if row["state"] == "fail"} == {"assistants"}


def test_a_daemon_of_another_environment_gives_way(paths: Paths, tmp_path: Path) -> None:
    """A virtual environment was moved, or made anew elsewhere: the old process knows only it."""
    elsewhere = tmp_path / "elsewhere"
    venv.create(elsewhere, symlinks=True)
    lent = sysconfig.get_path("purelib")
    site = next(elsewhere.glob("lib/python*/site-packages"))
    (site / "lent.pth").write_text(f"{lent}\n{CHECKOUT}\n{CHECKOUT / 'ctl'}\n")
    subprocess.run(
        [elsewhere / "bin" / "python", "-m", "hivemindctl", "install"],
        env=environment(paths.home),
        check=True,
        capture_output=True,
    )
    old = holder(paths.lock_file)
    elsewhere.rename(tmp_path / "moved")
    doctor = spawn(paths.home, "doctor").stdout

    said = _install(paths)

    assert f"pid {old} runs from {elsewhere}, which is gone" in unwrapped(doctor)
    assert f"  stopped hivemindd (pid {old})\n" in said
    assert holder(paths.lock_file) not in {None, old}
    assert "Nothing was changed" in _install(paths)


def test_what_an_earlier_daemon_printed_stays(paths: Paths) -> None:
    """Why it ended is looked for after the next start."""
    _install(paths)
    spawn(paths.home, "uninstall")
    _install(paths)

    said = [line.split()[2:4] for line in spawn(paths.home, "logs").stdout.splitlines()]
    assert [" ".join(words).split("] ")[-1].split()[0] for words in said] == [
        "running",
        "stopped",
        "running",
    ]


def test_a_second_install_changes_nothing(paths: Paths) -> None:
    """The same process goes on."""
    _install(paths)
    pid = holder(paths.lock_file)

    assert "Nothing was changed." in _install(paths)
    assert holder(paths.lock_file) == pid


def test_uninstall_stops_the_daemon_and_keeps_what_was_captured(paths: Paths) -> None:
    """A second one has nothing to do."""
    _install(paths)

    first, second = (spawn(paths.home, "uninstall") for _ in range(2))

    assert (first.returncode, second.returncode) == (0, 0)
    assert "stopped hivemindd (pid " in first.stdout
    assert "~/.local/state/hivemind:\n`hivemindctl uninstall --purge` deletes it." in first.stdout
    assert first.stdout.endswith("\n`hivemindctl install` sets hivemindd up again.\n")
    assert "Nothing to do" in second.stdout
    assert holder(paths.lock_file) is None
    assert paths.log.is_dir()


def test_purge_leaves_nothing_of_ours(paths: Paths) -> None:
    """State and settings go, the rest of the home stays."""
    (paths.home / "mine").write_text("mine")
    _install(paths)
    paths.config.mkdir(parents=True)

    done = spawn(paths.home, "uninstall", "--purge", "--yes")

    assert done.returncode == 0, done.stderr
    assert "Skills in your projects stay: they are yours.\n" in done.stdout
    assert [str(path) for path in paths.home.rglob("*") if path.is_file()] == [
        str(paths.home / "mine")
    ]
    assert not paths.state.exists()
    assert not paths.config.exists()


def test_a_dry_run_of_purge_asks_and_does_nothing(paths: Paths) -> None:
    """It names the same steps, and the daemon goes on."""
    _install(paths)
    pid = holder(paths.lock_file)

    done = spawn(paths.home, "uninstall", "--purge", "--dry-run")

    folders = dict.fromkeys((paths.state, paths.socket.parent))
    deleted = "".join(f"  would delete {folder}\n" for folder in folders)
    assert done.returncode == 0
    assert done.stdout == f"  would stop hivemindd (pid {pid})\n{deleted}"
    assert holder(paths.lock_file) == pid
    assert paths.log.is_dir()


def test_purge_asks_first(paths: Paths) -> None:
    """Nobody answers here, so nothing is done: the daemon goes on, too."""
    _install(paths)

    done = spawn(paths.home, "uninstall", "--purge")

    assert done.returncode == 1
    assert "hivemindctl: nothing was done" in done.stderr
    assert paths.log.is_dir()
    assert holder(paths.lock_file)


def test_a_daemon_that_ends_at_once_is_an_error_with_its_last_words(paths: Paths) -> None:
    """What it printed would otherwise lie in a file that nobody reads."""
    paths.state.mkdir(parents=True)
    paths.log.touch()

    done = spawn(paths.home, "install")

    assert done.returncode == 1
    assert done.stderr.startswith(f"hivemindctl: hivemindd ended at once: cannot use {paths.log}: ")


def test_a_daemon_that_ends_with_the_lock_in_its_hand_tells_why_too(paths: Paths) -> None:
    """It is waited for until it answers, and no longer than it lives."""
    forgotten = paths.state / "forgotten"
    forgotten.mkdir(parents=True)

    done = spawn(paths.home, "install")

    assert done.returncode == 1
    assert done.stderr.startswith(f"hivemindctl: hivemindd ended at once: cannot read {forgotten}")
    assert "  started " not in done.stdout


def test_a_python_that_goes_meanwhile_is_an_error(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when somebody removes the virtual environment that this runs from."""
    gone = paths.home / "venv" / "bin" / "python"
    monkeypatch.setattr(sys, "executable", str(gone))
    (step,) = Detached(paths, {}).install(start=True)

    with pytest.raises(HivemindError) as told:
        step.act()

    assert str(told.value) == f"cannot start {gone}: No such file or directory"
    assert told.value.exit_code == 1


def test_a_log_file_that_cannot_be_written_is_an_error(paths: Paths) -> None:
    """Before anything is started."""
    paths.output_file.mkdir(parents=True)

    done = spawn(paths.home, "install")

    assert done.returncode == 1
    assert done.stderr == (
        f"hivemindctl: cannot write {paths.output_file}: Is a directory; "
        "`hivemindctl uninstall` takes away what was done\n"
    )
    assert holder(paths.lock_file) is None


def test_there_is_nothing_to_set_up_without_starting(paths: Paths) -> None:
    """A detached process is all that can be had."""
    assert "Nothing to do" in _install(paths, "--no-start")
    assert holder(paths.lock_file) is None
    assert not paths.state.exists()
