"""install, logs and uninstall under a real systemd of a user."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemindctl.service.systemd import UNIT
from hivemindd import __version__
from hivemindd.log.lock import holder
from hivemindd.paths import find_paths
from tests.children import CHECKOUT, Child
from tests.ctl.runner import spawn, unwrapped
from tests.ctl.usermanager import UserManager, run_manager, why_not
from tests.process import await_true
from tests.records import SESSION, ClaudeSession

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())


@pytest.fixture(name="manager")
def _manager(scratch_home: Path, tmp_path: Path) -> Iterator[UserManager]:
    with run_manager(scratch_home, tmp_path / "run") as manager:
        if manager is None:
            pytest.skip("systemd cannot be started here")
        yield manager


def _unit(home: Path) -> Path:
    return home / ".config" / "systemd" / "user" / UNIT


def _drop_in(home: Path, *lines: str) -> None:
    file = _unit(home).with_suffix(".service.d") / "test.conf"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join(["[Service]", *lines, ""]))


def _install(manager: UserManager, *words: str) -> str:
    done = manager.ctl("install", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_runs_until_it_is_uninstalled(manager: UserManager) -> None:
    """One file is written, systemd keeps the process, and nothing of it stays behind."""
    home = manager.home
    said = _install(manager)
    pid = holder(find_paths({"HOME": str(home)}).lock_file)
    outside = [
        path
        for path in home.rglob("*")
        if path.is_file() and ".local/state/hivemind" not in str(path)
    ]

    assert f"  wrote {_unit(home)}\n" in said
    assert outside == [_unit(home), _unit(home).parent / "default.target.wants" / UNIT]
    assert pid
    assert manager.show("MainPID") == str(pid)
    assert "Nothing was changed" in _install(manager)

    done = manager.ctl("uninstall")

    assert done.returncode == 0, done.stderr
    assert (manager.show("LoadState"), manager.show("ActiveState")) == ("not-found", "inactive")
    assert holder(find_paths({"HOME": str(home)}).lock_file) is None
    assert [path for path in outside if os.path.lexists(path)] == []


def test_the_journal_has_priorities_and_one_time(manager: UserManager) -> None:
    """`logs` shows the journal's own time, and the daemon prints none."""
    _install(manager)
    entry = manager.run("journalctl", "-q", "-n", "1", "-o", "json", f"--user-unit={UNIT}")
    row = json.loads(entry.stdout)

    assert (row["PRIORITY"], row["SYSLOG_IDENTIFIER"]) == ("6", "hivemindd")
    assert row["MESSAGE"].startswith("running log=")
    assert f"hivemindd[{manager.show('MainPID')}]: running log=" in manager.ctl("logs").stdout


def test_why_it_does_not_start_is_an_error_in_the_journal(manager: UserManager) -> None:
    """78 is not tried again; `logs` has the sentence, and `install` leads there."""
    log = find_paths({"HOME": str(manager.home)}).log
    log.parent.mkdir(parents=True, mode=0o700)
    log.write_text("no folder")

    done = manager.ctl("install")

    assert done.returncode == 1
    assert "see `hivemindctl logs`; `hivemindctl uninstall` takes away what was done" in done.stderr
    assert manager.show("NRestarts") == "0"
    said = manager.run("journalctl", "-q", "-p", "err", "-o", "cat", f"--user-unit={UNIT}").stdout
    assert [line for line in said.splitlines() if str(log) in line]


def test_a_python_that_is_gone_is_noticed_and_mended(manager: UserManager) -> None:
    """Also when systemd has given up on the unit."""
    _install(manager)
    unit = _unit(manager.home)
    unit.write_text(unit.read_text().replace(sys.executable, "/nowhere/bin/python"))
    manager.run("systemctl", "--user", "daemon-reload")
    for _ in range(7):
        manager.run("systemctl", "--user", "restart", "hivemindd")
    assert manager.show("ActiveState") == "failed"

    found = manager.ctl("doctor").stdout

    assert (
        "fail service its unit names a Python that is of no use: /nowhere/bin/python is gone "
        "-> `hivemindctl install` writes it anew"
    ) in unwrapped(found)
    assert f"  wrote {unit}\n" in _install(manager)
    assert manager.show("ActiveState") == "active"
    assert "ok    service " in manager.ctl("doctor").stdout


def test_a_daemon_that_was_started_otherwise_gives_way(manager: UserManager) -> None:
    """Detached, before systemd answered; or by hand, while the unit is up for it."""
    paths = find_paths({"HOME": str(manager.home)})
    assert spawn(manager.home, "install").returncode == 0
    detached = holder(paths.lock_file)

    said = _install(manager)

    assert f"  stopped hivemindd (pid {detached})\n" in said
    assert manager.show("MainPID") == str(holder(paths.lock_file))


def test_a_stranger_is_stopped_with_the_unit(manager: UserManager) -> None:
    """`uninstall` leaves no daemon, whoever keeps it."""
    paths = find_paths({"HOME": str(manager.home)})
    _install(manager, "--no-start")
    with subprocess.Popen(
        [sys.executable, "-m", "hivemindd"], env=manager.env, stderr=subprocess.DEVNULL
    ) as stranger:
        await_true(lambda: holder(paths.lock_file) == stranger.pid, "it holds the lock")
        done = manager.ctl("uninstall")
        code = stranger.wait()

    assert f"  stopped hivemindd (pid {stranger.pid})\n" in done.stdout
    assert code == 0
    assert not _unit(manager.home).exists()


def test_a_session_that_says_no_is_heard_from_within_the_unit(manager: UserManager) -> None:
    """No key of the unit may hide the environment of an assistant's process."""
    sleep = shutil.which("sleep")
    assert sleep
    folder = manager.home / ".claude" / "sessions"
    folder.mkdir(parents=True)
    private = ClaudeSession(manager.home, manager.home)
    _install(manager)
    with subprocess.Popen([sleep, "60"], env={"HIVEMIND_CAPTURE": "false"}) as assistant:
        entry = {"pid": assistant.pid, "sessionId": SESSION, "cwd": str(manager.home)}
        (folder / f"{assistant.pid}.json").write_text(json.dumps({**entry, "startedAt": 1}))
        private.prompt("this stays here")

        def row() -> dict[str, object]:
            lines = manager.ctl("sessions", "--json").stdout.splitlines()
            return next((json.loads(line) for line in lines), {})

        await_true(lambda: bool(row()), "the session has a row")
        assistant.kill()

    assert (row()["captured"], row()["events"]) == (False, 0)
    assert "HIVEMIND_CAPTURE" in str(row()["why_not"])


def test_a_thread_that_is_stuck_is_ended_and_started_anew(manager: UserManager) -> None:
    """The watchdog's SIGABRT leaves in the journal where every thread was."""
    paths = find_paths({"HOME": str(manager.home)})
    claude = ClaudeSession(manager.home, manager.home)
    _drop_in(manager.home, "WatchdogSec=5", "RestartSec=0")
    _install(manager)
    with Child("tests.log.occupying", paths.log) as child:
        assert child.hear() == "occupied"
        claude.prompt("said while it was stuck")
        await_true(lambda: manager.show("NRestarts") == "1", "systemd has started it anew")

    def prompts() -> int:
        lines = manager.ctl("sessions", "--json").stdout.splitlines()
        return sum(json.loads(line)["prompts"] for line in lines)

    await_true(lambda: prompts() == 1, "nothing is lost")
    said = manager.ctl("logs", "-n", "500").stdout
    assert "no sign of life threads=ingest" in said
    assert "Fatal Python error: Aborted" in said
    assert "in transact" in said


def test_an_upgrade_in_place_goes_on_in_the_same_unit(manager: UserManager, tmp_path: Path) -> None:
    """What systemd sees is a reload: it restarts nothing and kills nobody."""
    package = tmp_path / "site" / "hivemindd"
    shutil.copytree(CHECKOUT / "hivemindd", package)
    _drop_in(manager.home, "WatchdogSec=8", f"Environment=PYTHONPATH={package.parent}")
    _install(manager)
    pid = manager.show("MainPID")

    file = package / "__init__.py"
    file.write_text(file.read_text().replace(f'"{__version__}"', '"9.9.9"'))

    def version() -> str:
        return str(json.loads(manager.ctl("status", "--json").stdout)["daemon"]["version"])

    await_true(lambda: version() == "9.9.9", "the new version answers")
    await_true(lambda: manager.show("ActiveState") == "active", "it says that it is ready")
    assert (manager.show("MainPID"), manager.show("NRestarts")) == (pid, "0")


def test_the_unit_leaves_room_to_learn_and_to_write(manager: UserManager) -> None:
    """Git, the small model's process and the project are in reach: a skill is written."""
    config = manager.home / ".config" / "hivemind" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('idle_after = "1s"\nend_after = "2s"\n')
    project = manager.home / "project"
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    for number in range(3):
        claude = ClaudeSession(manager.home, project, f"{SESSION[:-1]}{number}")
        call = claude.call("Bash", command="npm install date-fns")
        claude.reject(call, "use pnpm instead of npm in this repo")
        claude.result(claude.call("Bash", command="pnpm add date-fns"), "done")
    _install(manager)

    skill = project / ".claude" / "skills" / "package-commands" / "SKILL.md"
    await_true(skill.exists, "a skill is written")
    assert "pnpm" in skill.read_text()
    assert "warn" not in manager.ctl("logs").stdout
