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


def _append(stage: Stage, *, at: int | None = None) -> None:
    """Append one more prompt to the transcript of Claude Code, as of a time (ms)."""
    (file,) = (stage.home / ".claude" / "projects").rglob("*.jsonl")
    lines = file.read_text("utf-8").splitlines()
    prompt = json.loads(lines[1])
    prompt["uuid"] = re.sub("^.", "f", prompt["uuid"]) + str(len(lines))
    prompt["timestamp"] = datetime.fromtimestamp(at / 1000, UTC).isoformat() if at else ""
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


def test_what_is_said_names_the_workspace_that_was_found(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the word that was typed, which may have meant another one."""
    _capture(stage)
    monkeypatch.chdir(stage.project)

    result = run(stage.home, "pause", "--workspace", ".", "--for", "3d")

    assert "Paused: nothing of webshop is captured for 3 d.\n" in result.stdout
    wrong = run(stage.home, "pause", "--workspace", "backend")
    assert wrong.exit_code == 1
    assert wrong.stderr.startswith("hivemindctl: there is no workspace 'backend'")


def test_a_project_inside_of_another_is_paused_by_itself(stage: Stage) -> None:
    """The pause holds where its sessions are captured, not for the project around it."""
    _capture(stage)
    inner = stage.home / "webshop" / "secret"
    (inner / ".git").mkdir(parents=True)
    (inner / ".git" / "HEAD").write_text("ref: refs/heads/main\n")

    assert run(stage.home, "pause", "--workspace", str(inner)).exit_code == 0

    paused = run_json(stage.home, "status")[0]["paused"]["workspaces"]
    assert [each["id"] for each in paused] == [str(inner)]


def test_a_folder_can_be_paused_before_anything_is_captured(stage: Stage) -> None:
    """In a fresh home too; a name that is neither a workspace nor a folder is none."""
    folder = stage.home / "webshop"
    folder.mkdir(exist_ok=True)

    assert run(stage.home, "pause", "--workspace", str(folder)).exit_code == 0
    _capture(stage)

    rows = {row["assistant"]: row for row in run_json(stage.home, "sessions")}
    assert rows["claude-code"]["workspace"] == str(folder)
    assert [row["events"] for row in rows.values()] == [0, 0, 0]
    assert {row["why_not"] for row in rows.values()} == {"it was written while paused"}
    missing = run(stage.home, "pause", "--workspace", "nowhere")
    assert missing.exit_code == 1
    assert "there is no workspace 'nowhere'" in missing.stderr


def test_what_is_paused_is_shown(stage: Stage) -> None:
    """How many events of which session, and how to have them after all."""
    _capture(stage)
    run(stage.home, "pause")
    _append(stage)
    _capture(stage)

    out = run(stage.home, "sessions").stdout
    assert re.search(r"^left out \w+: 1 event written while paused$", out, re.MULTILINE)
    assert "`hivemindctl resume --catch-up` takes in" in out
    run(stage.home, "resume", "--catch-up")
    assert "left out" not in run(stage.home, "sessions").stdout


def test_what_comes_after_the_end_is_captured_whenever_it_is_read(stage: Stage) -> None:
    """The daemon was not running when the pause ended; the time of each event decides."""
    _capture(stage)
    before = _events(stage)
    day = 86_400_000
    start = int(datetime.now(UTC).timestamp() * 1000)
    run(stage.home, "pause", "--for", "1h", now=start - 2 * day)
    _append(stage, at=start - 2 * day + 60_000)
    _append(stage, at=start - day)
    _capture(stage)

    assert _events(stage) == before + 1
    (status,) = run_json(stage.home, "status")
    assert status["paused"] is None


def test_catching_up_with_one_workspace_leaves_the_others_out(stage: Stage) -> None:
    """What was private elsewhere stays so."""
    _capture(stage)
    before = _events(stage)
    run(stage.home, "pause")
    _append(stage)
    other = stage.home / "other"
    other.mkdir()
    run(stage.home, "resume")

    elsewhere = run(stage.home, "resume", "--workspace", str(other), "--catch-up")
    assert "Caught up with 0 events" in elsewhere.stdout
    assert _events(stage) == before
    here = run(stage.home, "resume", "--workspace", "webshop", "--catch-up")
    assert "Caught up with 1 event" in here.stdout
    assert _events(stage) == before + 1


def test_resume_says_what_is_still_paused(stage: Stage) -> None:
    """A pause of everything is not ended by resuming one workspace."""
    _capture(stage)
    assert run(stage.home, "resume").stdout == "Nothing was paused.\n"
    run(stage.home, "pause")

    result = run(stage.home, "resume", "--workspace", "webshop")
    assert result.stdout == "Everything is still paused: `hivemindctl resume` ends that.\n"
    run(stage.home, "resume")
    for name in ("one", "two"):
        (stage.home / name).mkdir()
        run(stage.home, "pause", "--workspace", str(stage.home / name), "--for", "2h")
    out = run(stage.home, "status").stdout
    assert "paused      ~/one (ends in " in out
    result = run(stage.home, "resume", "--workspace", str(stage.home / "one"))
    assert "is captured. Still paused: " in result.stdout


@pytest.mark.parametrize("span", ["0s", "soon", "-1h", ""])
def test_a_pause_takes_a_time(stage: Stage, span: str) -> None:
    """One that means something."""
    result = run(stage.home, "pause", "--for", span)

    assert result.exit_code == 2
    assert "--for" in result.stderr


def test_a_pause_survives_a_restart_of_the_daemon(stage: Stage) -> None:
    """It is a row of the log."""
    assert spawn(stage.home, "install").returncode == 0
    assert wait_until(lambda: _events(stage) > 0)
    assert spawn(stage.home, "pause", "--for", "2h").returncode == 0
    before = _events(stage)
    assert spawn(stage.home, "uninstall").returncode == 0
    _append(stage)
    assert spawn(stage.home, "install").returncode == 0
    _append(stage)
    assert spawn(stage.home, "resume").returncode == 0

    assert _events(stage) == before
    assert "Caught up with 2 events" in spawn(stage.home, "resume", "--catch-up").stdout


def test_a_running_daemon_is_paused_and_resumed(stage: Stage) -> None:
    """It captures what was before the pause, and nothing of what comes in it."""
    assert spawn(stage.home, "install").returncode == 0
    assert wait_until(lambda: _events(stage) > 0)

    said = spawn(stage.home, "pause").stdout
    assert said.startswith("Paused: nothing is captured until `hivemindctl resume`.\n")
    before = _events(stage)
    _append(stage)
    assert spawn(stage.home, "resume").returncode == 0
    assert _events(stage) == before
    caught_up = spawn(stage.home, "resume", "--catch-up")

    assert "Caught up with 1 event" in caught_up.stdout, caught_up.stderr
    assert _events(stage) == before + 1


def test_a_running_daemon_is_asked_to_learn_now(stage: Stage) -> None:
    """`skillify --now` says how many sessions it will read, to a program too."""
    assert spawn(stage.home, "install").returncode == 0
    assert wait_until(lambda: len(run_json(stage.home, "sessions")) == 3)

    done = spawn(stage.home, "skillify", "--now")

    assert done.returncode == 0, done.stderr
    assert "sessions will be read now" in done.stdout
    told = json.loads(spawn(stage.home, "skillify", "--now", "--json").stdout)
    assert 0 <= told["queued"] <= 3
