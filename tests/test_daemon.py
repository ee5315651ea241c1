"""The daemon as a whole: a real process, real signals, a real socket."""

import os
import threading
from pathlib import Path

import pytest

from hivemindd.clock import SystemClock
from hivemindd.control.protocol import ask
from hivemindd.events import Prompt
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, read
from hivemindd.log.homes import find_session
from hivemindd.log.opening import open_log_readonly
from hivemindd.log.store import LogError
from hivemindd.paths import Paths, find_paths
from tests.children import Child
from tests.halfway import READ
from tests.process import Daemon, await_true, clean_environment, run_daemon
from tests.records import SESSION, ClaudeSession


@pytest.fixture(name="project")
def _project(scratch_home: Path) -> Path:
    project = scratch_home / "project"
    (project / ".git").mkdir(parents=True)
    return project


@pytest.fixture(name="claude")
def _claude(scratch_home: Path, project: Path) -> ClaudeSession:
    return ClaudeSession(scratch_home, project)


def prompts(paths: Paths, session: str = SESSION) -> list[str]:
    """Return the prompts that the log holds of a session, none when it is not known."""
    try:
        log = open_log_readonly(paths.log)
    except LogError:
        return []
    try:
        with log.read() as txn:
            row = find_session(txn, "claude-code", session)
            packed = blocks(txn, row) if row else []
        return [event.text for _, event in read(packed, BlockCodec()) if isinstance(event, Prompt)]
    finally:
        log.close()


def test_an_append_is_captured_while_it_runs(claude: ClaudeSession, scratch_home: Path) -> None:
    """History from before the start and what is written meanwhile are both in the log."""
    claude.prompt("before")
    with Daemon(scratch_home) as daemon:
        assert prompts(daemon.paths) == ["before"]
        claude.prompt("while it runs")
        await_true(
            lambda: prompts(daemon.paths) == ["before", "while it runs"], "the append is captured"
        )

        assert daemon.stop() == 0
    assert not daemon.paths.socket.exists()


def test_a_root_that_appears_later_is_watched(claude: ClaudeSession, scratch_home: Path) -> None:
    """An assistant that is installed after us is found without a restart."""
    with Daemon(scratch_home) as daemon:
        claude.prompt("first words ever")
        await_true(lambda: prompts(daemon.paths) == ["first words ever"], "it is captured")


def test_it_starts_before_it_reads_its_settings(scratch_home: Path) -> None:
    """Who compares the two must miss no change, also not one in between."""
    daemon = Daemon(scratch_home)
    file = daemon.paths.config_file
    file.parent.mkdir(parents=True)
    os.mkfifo(file)
    read = []

    def write() -> None:
        with file.open("w") as pipe:  # waits until the daemon reads
            read.append(SystemClock().now())
            pipe.write("publish = false\n")

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    with daemon:
        writer.join()
        assert ask(daemon.paths, "status")["started_ms"] <= read[0]


def test_a_killed_daemon_goes_on_where_it_was(claude: ClaudeSession, scratch_home: Path) -> None:
    """SIGKILL leaves a lock and a socket file behind that hinder nobody."""
    with Daemon(scratch_home) as daemon:
        claude.prompt("one")
        await_true(lambda: prompts(daemon.paths) == ["one"], "the first prompt is captured")
        daemon.process.kill()
        daemon.process.wait()
    claude.prompt("two")
    with Daemon(scratch_home) as daemon:
        assert prompts(daemon.paths) == ["one", "two"]


def test_pause_holds_over_a_restart(claude: ClaudeSession, scratch_home: Path) -> None:
    """What is written while paused is never captured; what comes after a resume is."""
    with Daemon(scratch_home) as daemon:
        claude.prompt("before")
        ask(daemon.paths, "pause", workspace="", until_ms=0)
        assert prompts(daemon.paths) == ["before"]
        claude.prompt("private")
        daemon.stop()
    with Daemon(scratch_home) as daemon:
        claude.prompt("private too")
        ask(daemon.paths, "resume", workspace="")
        claude.prompt("after")
        await_true(lambda: prompts(daemon.paths) == ["before", "after"], "capture goes on")


def test_a_pause_in_the_middle_of_a_first_run_holds_at_once(
    scratch_home: Path, project: Path
) -> None:
    """The rest of the history is captured yet, and nothing of what is written from now on."""
    names = [f"5e551000-0000-4000-8000-00000000010{number}" for number in range(8)]
    sessions = [ClaudeSession(scratch_home, project, name) for name in names]
    for session in sessions:
        session.prompt("long ago", timestamp="2020-01-01T00:00:00Z")
    with Child("tests.halfway", HOME=str(scratch_home)) as daemon:
        assert daemon.hear() == "halfway"
        paths = find_paths(clean_environment(scratch_home))
        await_true(paths.socket.exists, "it can be asked")
        ask(paths, "pause", workspace="", until_ms=0)
        assert daemon.hear() == f"paused after {READ}"
        for session in sessions:
            session.prompt("private", timestamp="2099-01-01T00:00:00Z")
        await_true(lambda: ask(paths, "status")["live"], "the rest is read")
        assert [prompts(paths, name) for name in names] == [["long ago"]] * 8
        ask(paths, "resume", workspace="")
        assert [prompts(paths, name) for name in names] == [["long ago"]] * 8


def test_once_without_any_transcript_is_no_error(scratch_home: Path) -> None:
    """A new user who has nothing yet gets zeros."""
    result = run_daemon(scratch_home, "--once")

    assert result.returncode == 0
    assert result.stdout.startswith("0 new events in 0 sessions\n")


def test_once_counts_one_as_one(claude: ClaudeSession, scratch_home: Path) -> None:
    """What came of it is a sentence."""
    claude.prompt("hello")

    result = run_daemon(scratch_home, "--once")

    assert result.stdout == "1 new event in 1 session\n0 corrections found\n"


def test_a_damaged_log_takes_no_pause_with_it(claude: ClaudeSession, scratch_home: Path) -> None:
    """What was written meanwhile stays out of the new log, and what is written next."""
    claude.prompt("before")
    with Daemon(scratch_home) as daemon:
        ask(daemon.paths, "pause", workspace="", until_ms=0)
        claude.prompt("private", timestamp="2099-01-01T00:00:00Z")
        ask(daemon.paths, "pause", workspace="/nowhere", until_ms=0)
        daemon.stop()
    os.truncate(daemon.paths.log / "data.mdb", 2 * 4096)
    with Daemon(scratch_home) as daemon:
        claude.prompt("private too", timestamp="2099-01-01T00:00:01Z")
        ask(daemon.paths, "resume", workspace="")
        claude.prompt("after")
        await_true(lambda: prompts(daemon.paths) == ["before", "after"], "capture goes on")

    assert [file.name for file in daemon.paths.log.glob("*.damaged-*")] == ["data.mdb.damaged-1"]


def test_its_files_are_for_their_owner_alone(claude: ClaudeSession, scratch_home: Path) -> None:
    """Folders 0700, the log, the lock and the socket 0600."""
    claude.prompt("one")
    with Daemon(scratch_home) as daemon:
        paths = daemon.paths
        modes = {
            path: path.stat().st_mode & 0o777
            for path in (
                paths.state,
                paths.log,
                paths.log / "data.mdb",
                paths.lock_file,
                paths.socket,
            )
        }

    assert list(modes.values()) == [0o700, 0o700, 0o600, 0o600, 0o600]
