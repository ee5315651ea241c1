"""pause and resume, with a running daemon and without one."""

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hivemindctl.service.running import wait_until
from hivemindctl.stage import Stage
from hivemindd.log.lock import holder
from tests.control.filled_log import make_paths
from tests.ctl.runner import environment, run, run_json, spawn


@pytest.fixture(name="stage")
def _stage(tmp_path: Path) -> Iterator[Stage]:
    """Give a home with three transcripts that nobody has read."""
    stage = Stage(tmp_path)
    stage.build(datetime.now(UTC))
    yield stage
    if holder(make_paths(stage.home).lock_file):
        spawn(stage.home, "uninstall")


def _capture(stage: Stage) -> None:
    """Run the daemon once."""
    stage.run(stage.env(environment(stage.home)))


def _events(stage: Stage) -> int:
    return sum(row["events"] for row in run_json(stage.home, "sessions"))


def _append(stage: Stage) -> None:
    """Append one more prompt to the transcript of Claude Code."""
    (file,) = (stage.home / ".claude" / "projects").rglob("*.jsonl")
    lines = file.read_text("utf-8").splitlines()
    prompt = json.loads(lines[1])
    prompt["uuid"] = re.sub("^.", "f", prompt["uuid"]) + str(len(lines))
    with file.open("a", encoding="utf-8") as transcript:
        transcript.write(json.dumps(prompt) + "\n")
    os.utime(file)


def test_a_pause_without_a_daemon_keeps_what_was_before_and_passes_over_what_comes(
    stage: Stage,
) -> None:
    """The end of the pause changes nothing of what was passed over."""
    _capture(stage)
    before = _events(stage)

    assert run(stage.home, "pause").exit_code == 0
    _append(stage)
    assert run(stage.home, "resume").exit_code == 0
    _append(stage)
    _capture(stage)

    assert _events(stage) == before + 1


def test_catching_up_takes_in_what_was_passed_over(stage: Stage) -> None:
    """The one explicit way."""
    _capture(stage)
    before = _events(stage)
    run(stage.home, "pause")
    _append(stage)
    run(stage.home, "resume")
    assert _events(stage) == before

    result = run(stage.home, "resume", "--catch-up")

    assert "Caught up with 1 event" in result.stdout
    assert _events(stage) == before + 1


def test_who_pauses_first_is_not_captured(stage: Stage) -> None:
    """In a fresh home a pause writes its own row and nothing else."""
    result = run(stage.home, "pause")

    assert "the pause holds when it starts" in result.stdout
    assert run_json(stage.home, "sessions") == []
    _capture(stage)
    assert _events(stage) == 0


def test_the_audit_tells_of_it(stage: Stage) -> None:
    """Of the pause and of its end, whoever ended it."""
    _capture(stage)
    run(stage.home, "pause")
    run(stage.home, "resume")
    run(stage.home, "pause", "--workspace", "webshop", "--for", "1s", now=1)
    _capture(stage)

    rows = [row for row in run_json(stage.home, "audit") if row["what"] in {"paused", "resumed"}]
    assert [(row["what"], row["who"], row["workspace_name"]) for row in rows] == [
        ("resumed", "daemon", "webshop"),
        ("paused", "user", "webshop"),
        ("resumed", "user", ""),
        ("paused", "user", ""),
    ]


def test_one_workspace_can_be_paused(stage: Stage) -> None:
    """The status names it, and resume frees it."""
    _capture(stage)

    result = run(stage.home, "pause", "--workspace", "webshop", "--for", "2h")
    (status,) = run_json(stage.home, "status")

    assert "Paused: nothing of webshop is captured" in result.stdout
    assert status["paused"]["everything"] is False
    assert [each["name"] for each in status["paused"]["workspaces"]] == ["webshop"]
    run(stage.home, "resume", "--workspace", "webshop")
    (status,) = run_json(stage.home, "status")
    assert status["paused"] is None


def test_a_running_daemon_is_paused_and_resumed(stage: Stage) -> None:
    """It captures what was before the pause, and nothing of what comes in it."""
    assert spawn(stage.home, "install").returncode == 0
    assert wait_until(lambda: _events(stage) > 0)

    assert "Paused, until `hivemindctl resume`." in spawn(stage.home, "pause").stdout
    before = _events(stage)
    _append(stage)
    assert spawn(stage.home, "resume").returncode == 0
    assert _events(stage) == before
    caught_up = spawn(stage.home, "resume", "--catch-up")

    assert "Caught up with 1 event" in caught_up.stdout, caught_up.stderr
    assert _events(stage) == before + 1


def test_a_running_daemon_is_asked_to_learn_now(stage: Stage) -> None:
    """`skillify --now` says how many sessions it will read."""
    assert spawn(stage.home, "install").returncode == 0
    assert wait_until(lambda: len(run_json(stage.home, "sessions")) == 3)

    done = spawn(stage.home, "skillify", "--now")

    assert done.returncode == 0, done.stderr
    assert "sessions will be read now" in done.stdout
