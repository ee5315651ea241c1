"""Every fault that needs a person has a red line: the fault is made, the line is read."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from hivemindctl import checks
from hivemindctl.stage import Stage
from tests.control.filled_log import fill, make_paths
from tests.ctl.examining import Row, look, read_rows, state
from tests.ctl.faults import (
    ROOT,
    cannot_write,
    dead_judge,
    ended_itself,
    foreign_state,
    hanging,
    killed,
    newer_log,
    no_socket,
    now,
    open_state,
    overwritten_log,
    refused_key,
    settle,
    stuck_work,
    transcript,
    truncated_log,
    wrong_settings,
)
from tests.ctl.runner import CHECKOUT, environment, spawn, too_wide
from tests.process import Daemon

Fault = Callable[[Path], AbstractContextManager[dict[str, str]]]


class Line(NamedTuple):
    """What doctor has to say: in which check, with what in it, and how to mend it."""

    check: str
    found: str
    mend: str


def _doctor(home: Path, check: str, *, before: tuple[str, ...] = (), **env: str) -> list[Row]:
    """Run doctor as a process, if need be by way of another program."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "hivemindctl", "doctor", "--json"],
        env=environment(home, **env),
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return read_rows(done.stdout, done.returncode, check)


@pytest.mark.parametrize(
    ("make", "line"),
    [
        pytest.param(
            cannot_write,
            Line("transcripts", "1 transcript not read, for up to 10 min", "logs` says why"),
            id="37 commits fail",
        ),
        pytest.param(
            truncated_log,
            Line("log", "shorter than its pages", "restart the daemon"),
            id="39 truncated",
        ),
        pytest.param(
            overwritten_log, Line("log", "data.mdb", "restart the daemon"), id="40 no log at all"
        ),
        pytest.param(newer_log, Line("log", "has schema 99", "upgrade hivemindd"), id="40 newer"),
        pytest.param(
            foreign_state,
            Line("state folder", "lock.mdb belongs to somebody else", "sudo chown -R"),
            id="44 another user's",
        ),
        pytest.param(
            open_state, Line("state folder", "others can reach", "chmod -R go= "), id="44 open"
        ),
        pytest.param(
            refused_key,
            Line("judge", "the key was refused by 127.0.0.1 (401)", "write another key into"),
            id="50 refused key",
        ),
        pytest.param(
            dead_judge,
            Line("judge", "127.0.0.1 cannot be reached: Connection refused", "mend the network"),
            id="50 unreachable",
        ),
        pytest.param(
            stuck_work,
            Line("learning", "1 session failed: the judge's account has no credit", "--now"),
            id="50 no credit",
        ),
        pytest.param(
            no_socket, Line("daemon", "does not answer", "install` starts it anew"), id="61 socket"
        ),
        pytest.param(
            hanging, Line("daemon", "does not answer", "install` starts it anew"), id="63 hangs"
        ),
        pytest.param(
            killed, Line("daemon", "was killed, or the machine", "install` starts it"), id="64 -9"
        ),
        pytest.param(
            ended_itself,
            Line("daemon", "can be read by others: run `chmod 600", "mend that, then"),
            id="64 ended",
        ),
        pytest.param(
            wrong_settings, Line("settings", "config.toml", "mend the file"), id="78 settings"
        ),
    ],
)
def test_a_fault_has_its_red_line(tmp_path: Path, make: Fault, line: Line) -> None:
    """It says what is wrong and what to do; no other check hides it."""
    with make(tmp_path) as env:
        if not make_paths(tmp_path).config_file.exists():
            settle(tmp_path)
        rows = look(tmp_path, line.check, now=now(), **env)

    (row,) = [row for row in rows if row["state"] == "fail"]
    assert line.found in row["found"]
    assert line.mend in row["mend"]


def test_a_crash_loop_fails(tmp_path: Path) -> None:
    """Fault 64: what systemd says of the unit after too many crashes, and how to begin anew."""
    if sys.platform == "darwin":
        pytest.skip("launchd runs here")
    tool = tmp_path / "bin" / "systemctl"
    tool.parent.mkdir()
    tool.write_text(
        '#!/bin/sh\ncase "$*" in\n'
        '  *show-environment*) echo "HOME=$HOME" ;;\n'
        "  *Result*) echo start-limit-hit ;;\nesac\n"
    )
    tool.chmod(0o755)
    path = f"{tool.parent}{os.pathsep}{os.environ['PATH']}"
    settle(tmp_path)
    (row,) = _doctor(tmp_path, "daemon", PATH=path, XDG_RUNTIME_DIR=str(tmp_path))

    assert row["found"].startswith("hivemindd is not running; systemd gave up on it")
    assert row["mend"].startswith("`systemctl --user reset-failed hivemindd.service`, then")


def test_a_clock_that_is_behind_fails(tmp_path: Path) -> None:
    """Fault 47: idle and ended depend on it."""
    fill(tmp_path)
    (row,) = look(tmp_path, "clock", now=now() - 40 * 365 * 86_400_000)

    assert (row["state"], row["found"][:20]) == ("fail", "the newest event lie")
    assert row["mend"].startswith("set the clock of this machine: it says 1986")


def test_a_state_folder_on_the_network_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 44: a log that is mapped into memory breaks there."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text("36 35 98:0 / / rw - ext4 /dev/x rw\n")
    monkeypatch.setattr(checks, "MOUNTS", mounts)
    fill(tmp_path)
    assert state(tmp_path, "state folder") == "ok"

    mounts.write_text(f"36 35 98:0 / {tmp_path.resolve()} rw - nfs4 server:/home rw\n")
    row = look(tmp_path, "state folder")[0]
    assert (row["state"], "lies on nfs4" in row["found"]) == ("fail", True)
    assert row["mend"].startswith("set XDG_STATE_HOME to a local disk")


def test_a_disk_that_is_almost_full_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 37: before the log cannot grow any more."""
    monkeypatch.setattr(checks, "DISK_MIN", 1 << 62)
    (row,) = look(tmp_path, "disk")

    assert row["state"] == "fail"
    assert row["mend"].startswith("free some disk space")


def test_a_transcript_that_cannot_be_read_fails(tmp_path: Path) -> None:
    """Fault 15: with its path, also where a whole folder cannot be listed."""
    session = transcript(tmp_path)
    folder = tmp_path / ".claude" / "projects" / "-closed"
    folder.mkdir()
    settle(tmp_path)
    session.path.chmod(0)
    folder.chmod(0)
    try:
        rows = _doctor(tmp_path, "transcripts", before=_without_powers())
    finally:
        session.path.chmod(0o600)
        folder.chmod(0o700)

    assert {(row["state"], row["mend"]) for row in rows} == {
        ("fail", f"chmod u+rx {folder}"),
        ("fail", f"chmod u+r {session.path}"),
    }
    assert all("cannot be read: Permission denied" in row["found"] for row in rows)


def _without_powers() -> tuple[str, ...]:
    """Return what comes before a command for which modes hold, for root too."""
    if not ROOT:
        return ()
    if not _works("unshare", "-U", "true"):
        pytest.skip("root cannot give up its powers here")
    return ("unshare", "-U")


def _works(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("limit", "value", "found", "mend"),
    [
        ("max_inotify_watches", 3, "3 of 8 folders are watched", "max_user_watches="),
        ("max_inotify_instances", 0, "nothing can be watched", "max_user_instances="),
    ],
)
def test_a_limit_of_the_kernel_is_seen_by_what_is_not_watched(
    tmp_path: Path, limit: str, value: int, found: str, mend: str
) -> None:
    """Fault 19: with a real limit, in a user namespace of the daemon's own."""
    for number in range(6):
        (tmp_path / ".claude" / "projects" / f"p{number}").mkdir(parents=True)
    (tmp_path / ".codex" / "sessions").mkdir(parents=True)
    script = f'echo {value} > /proc/sys/user/{limit} && exec "$@"'
    prefix = ["unshare", "-Ur", "sh", "-c", script, "-"]
    if not _works(*prefix, "true"):
        pytest.skip("a limit of one's own cannot be had here")
    with Daemon(tmp_path, before=prefix):
        (row,) = look(tmp_path, "watching", now=now())

    assert row["state"] == "fail"
    assert found in row["found"]
    assert mend in row["mend"]

    with Daemon(tmp_path):
        (row,) = look(tmp_path, "watching", now=now())
    assert row["state"] == "ok", row


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda project, outside: (project / ".claude").symlink_to(outside), "leads out"),
        (lambda project, _outside: project.chmod(0o777), "no skill is written to"),
    ],
    ids=["56 a link that leads out", "58 a folder that all may write to"],
)
def test_a_skill_that_cannot_be_written_fails(
    tmp_path: Path, spoil: Callable[[Path, Path], None], found: str
) -> None:
    """What was learned waits until a person has seen to it."""
    stage = Stage(tmp_path)
    stage.build(datetime.now(UTC))
    outside = tmp_path / "outside"
    outside.mkdir()
    spoil(stage.project, outside)
    stage.run(stage.env(environment(stage.home)))

    row = look(stage.home, "learning", now=now())[0]
    assert row["state"] == "fail"
    assert found in row["found"]
    assert row["mend"] == "mend that, then `hivemindctl skillify --now`"
    assert list(outside.iterdir()) == []


def test_a_small_model_whose_weights_are_damaged_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is let read, not only looked for."""
    damaged = tmp_path / "weights.npz"
    damaged.write_bytes(b"no weights")
    assert "reads" in spawn(tmp_path, "doctor").stdout

    from hivemindd.encoder import process  # noqa: PLC0415

    monkeypatch.setattr(process.Encoder.__init__, "__defaults__", (damaged,))
    settle(tmp_path)
    make_paths(tmp_path).config_file.write_text("")
    (row,) = look(tmp_path, "small model")
    assert row["state"] == "fail"
    assert row["mend"] == "install hivemindd again, or set judge.small_model = false"


def test_a_sound_daemon_has_no_fault(tmp_path: Path) -> None:
    """Whatever is red is meant to be looked at."""
    transcript(tmp_path)
    with Daemon(tmp_path):
        done = spawn(tmp_path, "doctor")

    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("\n\nNo fault was found.\n")
    assert not too_wide(done.stdout)
