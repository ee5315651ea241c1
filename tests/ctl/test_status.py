"""What `status` says of a daemon that answers: a real server on a real socket."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import msgspec
import pytest

from hivemindd.log.opening import open_log
from hivemindd.log.tables import DUE
from hivemindd.runtime.progress import Progress
from hivemindd.work import Due
from tests.control.filled_log import MINUTE, NOW, fill
from tests.ctl.answering import answering
from tests.ctl.runner import run, run_json

_Daemon = Callable[..., AbstractContextManager[None]]


@pytest.fixture(name="daemon")
def _daemon(tmp_path: Path) -> _Daemon:
    """Give a function that answers `status` for as long as its block runs."""
    return partial(answering, fill(tmp_path))


def test_a_running_daemon_is_described(tmp_path: Path, daemon: _Daemon) -> None:
    """Its pid, its version, how long it runs, and what it has yet to read."""
    answer = {"pid": 7, "version": "9.9", "prefix": "/venv", "live": True}
    with daemon(**answer, started_ms=NOW - 5 * MINUTE, backlog=3):
        (status,) = run_json(tmp_path, "status")
        shown = run(tmp_path, "status").stdout

    assert status["daemon"] == {
        "running": True,
        "answers": True,
        "pid": 7,
        "version": "9.9",
        "prefix": "/venv",
        "settings": "",
        "started_ms": NOW - 5 * MINUTE,
        "uptime_s": 300,
        "backlog": 3,
        "live": True,
        "progress": None,
        "learned_per_min": None,
    }
    assert "running, version 9.9, pid 7, up 5 min\n" in shown
    assert "reading" not in shown


def test_a_backfill_is_shown_with_its_rate_and_the_time_left(
    tmp_path: Path, daemon: _Daemon
) -> None:
    """What is read within a moment is no backfill."""
    progress = Progress(
        transcripts=4_310,
        transcripts_left=5_690,
        bytes=430_000_000,
        bytes_left=570_000_000,
        elapsed_s=18.0,
        bytes_per_s=24_100_000.0,
        left_s=150.5,
    )
    with daemon(pid=7, progress=msgspec.to_builtins(progress)):
        (status,) = run_json(tmp_path, "status")
        shown = run(tmp_path, "status").stdout
    assert status["daemon"]["progress"] == msgspec.to_builtins(progress)
    assert "reading     43%: 4,310 of 10,000 transcripts, 24.1 MB/s, 2 min left\n" in shown

    early = msgspec.structs.replace(progress, bytes_per_s=None, left_s=None)
    with daemon(pid=7, progress=msgspec.to_builtins(early)):
        assert "reading     43%: 4,310 of 10,000 transcripts\n" in run(tmp_path, "status").stdout
    moment = msgspec.structs.replace(progress, elapsed_s=0.2)
    with daemon(pid=7, progress=msgspec.to_builtins(moment)):
        assert "reading" not in run(tmp_path, "status").stdout


def test_what_waits_is_shown_with_the_pace_of_late(tmp_path: Path, daemon: _Daemon) -> None:
    """One of two is ready; the other failed before and has a time of its own."""
    with daemon(pid=7, learned_per_min=0.5):
        (status,) = run_json(tmp_path, "status")
        shown = run(tmp_path, "status").stdout

    assert status["due"] == {
        "pending": 2,
        "parked": 1,
        "next_at": NOW - MINUTE,
        "left_s": 120.0,
    }
    due = "2 sessions to learn from, 0.5 a minute, 2 min left, 1 failed before"
    assert f"due         {due}\n" in shown


@pytest.mark.parametrize(
    ("named", "env", "line"),
    [
        ("local", {}, "local (no API key: the local judge is used)"),
        ("api:claude-haiku-5-5/p1", {"ANTHROPIC_API_KEY": "x"}, "api claude-haiku-5-5"),
        (
            "local",
            {"ANTHROPIC_API_KEY": "x"},
            "local (the daemon found no key in ~/.config/hivemind/anthropic.key)",
        ),
        ("api:claude-haiku-5-5/p1", {}, "api claude-haiku-5-5 (the daemon has an API key)"),
    ],
)
def test_the_judge_is_the_daemons_own(
    tmp_path: Path, daemon: _Daemon, named: str, env: dict[str, str], line: str
) -> None:
    """A service does not see the key of this shell."""
    with daemon(pid=7, judge=named):
        assert f"judge       {line}" in run(tmp_path, "status", now=NOW, **env).stdout


def test_a_daemon_whose_answer_is_not_understood_does_not_answer(
    tmp_path: Path, daemon: _Daemon
) -> None:
    """It lives, that is all that can be said."""
    with daemon(nonsense=True):
        (status,) = run_json(tmp_path, "status")

    assert (status["daemon"]["running"], status["daemon"]["answers"]) == (True, False)
    assert status["daemon"]["pid"] == os.getpid()


def test_without_a_daemon_the_status_says_how_to_start_it(tmp_path: Path) -> None:
    """The log is read all the same."""
    fill(tmp_path)

    shown = run(tmp_path, "status").stdout

    assert shown.startswith("hivemindd   not running: start it with `hivemindctl install`\n")
    assert "1 correction, 2 lessons, 1 skill in 2 workspaces" in shown


def test_the_spend_of_today_is_shown_with_its_calls(tmp_path: Path) -> None:
    """How much, in how many calls, how many of them for nothing, and what waits for tomorrow."""
    paths = fill(tmp_path)
    shown = run(tmp_path, "status").stdout
    assert "spend       $0.12 of $0.25 today in 2 calls, 1 without a usable answer\n" in shown

    log = open_log(paths.log)
    due = Due(workspace="w", assistant="codex", session="s", reason="idle", since=0)
    due.over_budget = True
    log.transact(lambda txn: DUE.put(txn, b"k", due))
    log.close()
    assert "; 1 session parked until tomorrow\n" in run(tmp_path, "status").stdout
    (status,) = run_json(tmp_path, "status")
    assert status["spend"]["parked"] == 1
    assert status["spend"]["calls"][1] == {
        "ts": NOW + 1,
        "model": "api:claude-haiku-5-5",
        "prompt": "p1",
        "session": status["spend"]["calls"][0]["session"],
        "candidates": 2,
        "input_tokens": 1_000,
        "output_tokens": 100,
        "usd": 0.0,
        "outcome": "no",
    }


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ("claude-cli:haiku/p2", ("claude-cli", "haiku", "p2")),
        ("api:qwen/qwen3:8b/p2", ("api", "qwen/qwen3:8b", "p2")),
        ("local", ("local", "", "")),
    ],
)
def test_a_judges_name_is_taken_apart(
    tmp_path: Path, daemon: _Daemon, named: str, shown: tuple[str, str, str]
) -> None:
    """How it is reached, which model it is, and the version of its prompt."""
    with daemon(pid=7, judge=named):
        (status,) = run_json(tmp_path, "status")

    assert tuple(status["judge"][name] for name in ("kind", "model", "prompt")) == shown
