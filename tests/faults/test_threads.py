"""Fault 63: a thread dies or gets nowhere; fault 64: the daemon dies again and again."""

import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemindd.control.protocol import ask
from hivemindd.errors import HivemindError, NotRunningError
from hivemindd.log.opening import open_log_readonly
from hivemindd.log.pauses import Pauses
from hivemindd.paths import Paths
from tests.children import Child
from tests.ctl.runner import spawn
from tests.ctl.usermanager import UserManager, run_manager, why_not
from tests.faults.teaching import ORDER, SESSIONS, settle, teach
from tests.faults.twisted import WORDS
from tests.process import Daemon, await_true, run_daemon
from tests.records import ClaudeSession
from tests.test_daemon import prompts

THREADS = ["daemon", "ingest/service", "codify/pool", "codify/upkeep", "control/server"]
IMPATIENT = ["set:hivemindd.daemon:CHECK_EVERY=0.3", "set:hivemindd.daemon:PATIENCE=1"]


@pytest.fixture(name="paths")
def _paths(scratch_home: Path) -> Paths:
    return settle(scratch_home)


def answers(paths: Paths) -> bool:
    """Tell whether a daemon answers."""
    try:
        return bool(ask(paths, "status"))
    except NotRunningError:
        return False


def test_63_a_thread_that_is_stuck_without_a_service_manager(
    paths: Paths, scratch_home: Path
) -> None:
    """The daemon prints where each thread is, and starts anew in the same process."""
    claude = ClaudeSession(scratch_home, scratch_home)
    output = scratch_home / "said"
    with Child("tests.faults.twisted", *IMPATIENT, "--log-file", output) as child:
        await_true(lambda: answers(paths), "it runs")
        with Child("tests.log.occupying", paths.log) as other:
            assert other.hear() == "occupied"
            claude.prompt("said while it was stuck")
            await_true(lambda: "most recent call first" in output.read_text(), "it is noticed")
        await_true(lambda: prompts(paths) == ["said while it was stuck"], "it goes on")

        assert ask(paths, "status")["pid"] == child.pid
        assert "no sign of life threads=ingest" in output.read_text()
        os.kill(child.pid, signal.SIGTERM)
        assert child.wait(within=20) == 0


def is_paused(paths: Paths) -> bool:
    """Tell whether anything is paused."""
    log = open_log_readonly(paths.log)
    with log.read() as txn:
        found = bool(Pauses.load(txn).until)
    log.close()
    return found


@pytest.mark.parametrize("managed", [True, False])
def test_63_a_thread_that_dies(paths: Paths, scratch_home: Path, *, managed: bool) -> None:
    """With a service manager the daemon ends as failed, so that it is started; else it renews."""
    output = scratch_home / "said"
    env = {"NOTIFY_SOCKET": "/nowhere"} if managed else {}
    words = [*IMPATIENT, "fail:hivemindd.ingest.loop:Ingest.scan", "--log-file", output]
    with Child("tests.faults.twisted", *words, **env) as child:
        died = "a thread has died; restarting"
        times = 1 if managed else 2
        await_true(
            lambda: output.exists() and output.read_text().count(died) >= times, "it is noticed"
        )
        if managed:
            assert child.wait(within=20) == 1
    assert WORDS not in paths.complaint_file.read_text()


def test_63_a_request_of_which_a_thread_dies(paths: Paths, scratch_home: Path) -> None:
    """Whoever asked is told at once, and the daemon starts anew."""
    output = scratch_home / "said"
    words = [*IMPATIENT, "fail:hivemindd.ingest.pausing:Pausing.pause", "--log-file", output]
    with Child("tests.faults.twisted", *words, NOTIFY_SOCKET="/nowhere") as child:
        await_true(lambda: answers(paths), "it runs")
        with pytest.raises(HivemindError, match="has failed at it, and starts anew"):
            ask(paths, "pause", timeout=30)
        assert child.wait(within=20) == 1
    assert "a thread has died; restarting" in output.read_text()


def test_63_a_request_that_takes_long(paths: Paths) -> None:
    """Nobody waits for ever; it is done all the same, and others are answered meanwhile."""
    held = "hold:hivemindd.ingest.pausing:Pausing.pause"
    with Child("tests.faults.twisted", held, "set:hivemindd.ingest.service:PATIENCE=0.5") as child:
        await_true(lambda: answers(paths), "it runs")
        with pytest.raises(HivemindError, match="is still at it"):
            ask(paths, "pause", timeout=30)
        assert child.hear() == "there"
        assert answers(paths)
        child.tell()
        await_true(lambda: is_paused(paths), "it is paused")


def test_63_the_watchdog_ends_it(paths: Paths, scratch_home: Path) -> None:
    """SIGABRT leaves where each thread was, and no core; the next start has every word."""
    teach(scratch_home)
    with Daemon(scratch_home) as daemon:
        pid = daemon.process.pid
        await_true(lambda: "running" in daemon.output.read_text(), "every thread was started")
        if hasattr(resource, "prlimit"):
            assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
        daemon.process.send_signal(signal.SIGABRT)
        assert daemon.process.wait() == -signal.SIGABRT
        said = daemon.output.read_text()
    assert "Fatal Python error: Aborted" in said
    for part in THREADS:
        assert f"hivemindd/{part}.py" in said, said
    with Daemon(scratch_home) as daemon:
        assert [prompts(paths, session) for session in SESSIONS] == [[ORDER]] * 3


def test_64_why_it_died_is_shown(paths: Paths, scratch_home: Path) -> None:
    """An error that nobody foresaw by its type alone: its text may be anybody's words."""
    with Child("tests.faults.twisted", "fail:hivemindd.daemon:make_pool") as child:
        assert child.wait(within=20) == 1
    assert paths.lock_file.read_text() == "ZeroDivisionError"
    said = spawn(scratch_home, "doctor").stdout
    assert "ZeroDivisionError" in said
    assert WORDS not in said


@pytest.fixture(name="manager")
def _manager(scratch_home: Path, tmp_path: Path) -> Iterator[UserManager]:
    if why := why_not():
        pytest.skip(why)
    with run_manager(scratch_home, tmp_path / "run") as manager:
        if manager is None:
            pytest.skip("systemd cannot be started here")
        yield manager


def test_64_systemd_gives_up_and_doctor_says_so(manager: UserManager) -> None:
    """Killed each time that it starts, it is left alone after five; `install` begins anew."""
    unit = manager.home / ".config" / "systemd" / "user" / "hivemindd.service.d" / "test.conf"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nRestartSec=0\n")
    assert manager.ctl("install").returncode == 0

    def is_given_up() -> bool:
        manager.run("systemctl", "--user", "kill", "--signal=KILL", "hivemindd")
        return manager.show("ActiveState") == "failed"

    await_true(is_given_up, "systemd gives up", within=60)

    assert manager.show("NRestarts") == "5"
    assert "systemd gave up on it" in manager.ctl("doctor").stdout
    manager.run("systemctl", "--user", "reset-failed", "hivemindd")
    assert manager.ctl("install").returncode == 0
    assert manager.show("ActiveState") == "active"


def test_64_a_start_that_cannot_work_leaves_with_78(paths: Paths, scratch_home: Path) -> None:
    """Which the unit names as no reason to try again."""
    paths.state.parent.mkdir(parents=True)
    paths.state.write_text("no folder")
    done = run_daemon(scratch_home)

    assert done.returncode == 78
    assert done.stderr.count("\n") == 1
