"""Faults that a person has to mend, made for real; each gives the environment for doctor."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hivemindd.log.opening import open_log
from hivemindd.log.tables import DUE
from hivemindd.work import Due
from tests.control.filled_log import fill, make_paths, transact
from tests.ctl.gatekeeper import server
from tests.process import Daemon, await_true
from tests.records import ClaudeSession

_QUICK = "[judge]\nsmall_model = false\n"
ROOT = os.getuid() == 0


def now() -> int:
    """Return the time of day in ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


def settle(home: Path, more: str = "") -> None:
    """Write settings with which doctor is quick."""
    file = make_paths(home).config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_QUICK + more)


def transcript(home: Path) -> ClaudeSession:
    """Write a transcript of a project."""
    project = home / "project"
    (project / ".git").mkdir(parents=True)
    session = ClaudeSession(home, project)
    session.prompt("add zod")
    return session


# Faults of what lies on the disk, with no daemon.


@contextmanager
def newer_log(home: Path) -> Iterator[dict[str, str]]:
    """Write a log that a later version has written."""
    transact(fill(home), b"schema", "99")
    yield {}


@contextmanager
def truncated_log(home: Path) -> Iterator[dict[str, str]]:
    """Write a log and cut its end off."""
    with (fill(home).log / "data.mdb").open("r+b") as data:
        data.truncate(16_384)
    yield {}


@contextmanager
def overwritten_log(home: Path) -> Iterator[dict[str, str]]:
    """Write something else where the log is."""
    (fill(home).log / "data.mdb").write_bytes(bytes(65_536))
    yield {}


@contextmanager
def foreign_state(home: Path) -> Iterator[dict[str, str]]:
    """Give a file of ours to somebody else."""
    if not ROOT:
        pytest.skip("only root can give files away")
    os.chown(fill(home).log / "lock.mdb", 12_345, 12_345)
    yield {}


@contextmanager
def open_state(home: Path) -> Iterator[dict[str, str]]:
    """Let others look into our folder."""
    fill(home).state.chmod(0o755)
    yield {}


@contextmanager
def wrong_settings(home: Path) -> Iterator[dict[str, str]]:
    """Write settings that cannot be."""
    settle(home, "idle_after = 5\n")
    yield {}


@contextmanager
def stuck_work(home: Path) -> Iterator[dict[str, str]]:
    """Let work wait for what only a person can do."""
    log = open_log(fill(home).log)
    due = Due(workspace="w", assistant="codex", session="s", reason="idle", since=0, attempts=1)
    due.error, due.needs_person = "the judge's account has no credit left (402): top it up", True
    log.transact(lambda txn: DUE.put(txn, b"k", due))
    log.close()
    yield {}


@contextmanager
def refused_key(home: Path) -> Iterator[dict[str, str]]:
    """Let the judge refuse the key."""
    fill(home)
    with server(401) as url:
        yield {"ANTHROPIC_API_KEY": "wrong", "ANTHROPIC_BASE_URL": url}


@contextmanager
def dead_judge(home: Path) -> Iterator[dict[str, str]]:
    """Name a judge whom nobody can reach."""
    fill(home)
    with server(200) as url:
        pass
    yield {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": url}


# Faults that a daemon meets, made while a real one runs, or by its end.


@contextmanager
def killed(home: Path) -> Iterator[dict[str, str]]:
    """Kill the daemon."""
    with Daemon(home) as daemon:
        daemon.process.kill()
        daemon.process.wait()
    yield {}


@contextmanager
def ended_itself(home: Path) -> Iterator[dict[str, str]]:
    """Let the daemon end with an error."""
    paths = make_paths(home)
    paths.config.mkdir(parents=True)
    paths.key_file.write_text("k")
    paths.key_file.chmod(0o644)
    with pytest.raises(AssertionError, match="died"), Daemon(home):
        pass
    yield {}


@contextmanager
def hanging(home: Path) -> Iterator[dict[str, str]]:
    """Stop the daemon from doing anything."""
    with Daemon(home) as daemon:
        daemon.freeze()
        yield {}
        daemon.process.send_signal(signal.SIGCONT)


@contextmanager
def no_socket(home: Path) -> Iterator[dict[str, str]]:
    """Remove the socket of a daemon."""
    with Daemon(home) as daemon:
        daemon.paths.socket.unlink()
        yield {}


@contextmanager
def cannot_write(home: Path) -> Iterator[dict[str, str]]:
    """No file may grow any more, as on a full disk; an append of ten minutes ago waits."""
    session = transcript(home)
    with Daemon(home) as daemon:
        size = (daemon.paths.log / "data.mdb").stat().st_size
        resource = pytest.importorskip("resource")
        if not hasattr(resource, "prlimit"):
            pytest.skip("the limits of another process cannot be set here")
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (4_096, size))
        session.prompt("x" * 200_000)
        before = time.time() - 600
        os.utime(session.path, (before, before))
        await_true(daemon.paths.complaint_file.exists, "the daemon complains")
        yield {}
