"""Fault 60: the daemon is told to end, whatever it is at."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from hivemindd.control.protocol import ask
from hivemindd.errors import NotRunningError
from hivemindd.log.compact import ask_for_compaction, is_compaction_due
from hivemindd.log.opening import open_log, open_log_readonly
from hivemindd.paths import Paths
from tests.children import Child
from tests.faults.teaching import ORDER, SESSIONS, settle, skills, teach
from tests.process import Daemon, await_true, run_daemon
from tests.records import ClaudeSession
from tests.test_daemon import prompts

TERM, INT, HUP = signal.SIGTERM, signal.SIGINT, signal.SIGHUP


@pytest.fixture(name="hangup", autouse=True)
def _hangup() -> Iterator[None]:
    """Have SIGHUP end what is started: where the tests outlive a terminal, they ignore it."""
    before = signal.signal(HUP, signal.SIG_DFL)
    yield
    signal.signal(HUP, before)


@pytest.fixture(name="paths")
def _paths(scratch_home: Path) -> Paths:
    return settle(scratch_home, 'idle_after = "50ms"')


@pytest.mark.parametrize(
    ("where", "signals"),
    [
        pytest.param("hivemindd.daemon:make_pool", [TERM], id="starting"),
        pytest.param("hivemindd.ingest.loop:Ingest._flush", [INT, INT], id="reading-twice"),
        pytest.param("hivemindd.codify.session:Codifier._ask", [TERM], id="learning"),
        pytest.param("hivemindd.skills.contents:replace", [HUP], id="publishing"),
    ],
)
def test_60_told_to_stop(
    paths: Paths, scratch_home: Path, where: str, signals: Sequence[signal.Signals]
) -> None:
    """It finishes what it is at, leaves nothing half, and the next start goes on from there."""
    project = teach(scratch_home)
    with Child("tests.faults.twisted", f"hold:{where}") as child:
        assert child.hear() == "there"
        for number in signals:
            os.kill(child.pid, number)
        child.tell()
        code = child.wait()

    assert code == 0
    assert not paths.socket.exists()
    assert paths.lock_file.read_text() == ""
    if "make_pool" not in where:
        assert [prompts(paths, session) for session in SESSIONS] == [[ORDER]] * 3
    if "replace" in where:
        assert len(skills(project)) == 1
    done = run_daemon(scratch_home, "--once")
    assert done.returncode == 0, done.stderr
    assert [prompts(paths, session) for session in SESSIONS] == [[ORDER]] * 3
    assert len(skills(project)) == 1


def test_60_told_to_stop_while_the_log_is_written_anew(paths: Paths, scratch_home: Path) -> None:
    """The copy takes its place, or is done again; either way the log is whole."""
    teach(scratch_home)
    run_daemon(scratch_home, "--once")
    log = open_log(paths.log)
    log.transact(ask_for_compaction)
    log.close()
    with Child("tests.faults.twisted", "hold:hivemindd.log.compact:_check") as child:
        assert child.hear() == "there"
        os.kill(child.pid, TERM)
        child.tell()
        code = child.wait()

    assert code == 0
    assert [prompts(paths, session) for session in SESSIONS] == [[ORDER]] * 3
    log = open_log_readonly(paths.log)
    with log.read() as txn:
        assert not is_compaction_due(txn)
    log.close()


@pytest.mark.parametrize("before", [(), ("nohup",)])
def test_60_the_terminal_is_closed(scratch_home: Path, before: Sequence[str]) -> None:
    """SIGHUP ends it in good order, unless it was started to outlive its terminal."""
    claude = ClaudeSession(scratch_home, scratch_home)
    with Daemon(scratch_home, before=before) as daemon:
        daemon.process.send_signal(HUP)
        if before:
            claude.prompt("after the terminal")
            await_true(lambda: prompts(daemon.paths) == ["after the terminal"], "it goes on")
            daemon.process.send_signal(TERM)

        assert daemon.process.wait() == 0
        assert daemon.output.read_text().rstrip().endswith("stopped")


@pytest.mark.timeout(180)
def test_60_told_to_stop_while_every_thread_is_stuck(paths: Paths, scratch_home: Path) -> None:
    """It leaves before systemd would kill it, and says what it left behind."""
    teach(scratch_home)
    places = [
        "hivemindd.ingest.service:IngestService._await_hints",
        "hivemindd.codify.pool:CodifyPool._claim",
        "hivemindd.codify.upkeep:Upkeep.tend",
        "hivemindd.control.server:Server._run",
    ]
    output = scratch_home / "said"
    words = [*(f"stick:{place}" for place in places), "--log-file", output]

    def call() -> None:
        with suppress(NotRunningError):
            ask(paths, "status")

    with Child("tests.faults.twisted", *words) as child:
        await_true(paths.socket.exists, "it listens")
        caller = Thread(target=call)
        caller.start()
        heard = sorted(child.hear() for _ in range(5))
        os.kill(child.pid, TERM)
        code = child.wait(within=20)
        caller.join()

    stuck = ["_await_hints", "_claim", "_claim", "_run", "tend"]
    assert heard == [f"there {name}" for name in stuck]
    assert code == 0
    said = output.read_text()
    assert "stopped without threads that are stuck threads='ingest upkeep control'" in said
