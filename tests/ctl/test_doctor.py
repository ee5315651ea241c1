"""hivemindctl doctor."""

import json
from pathlib import Path
from typing import Any

import pytest

from hivemindctl import checks
from hivemindd import __version__
from hivemindd.control.server import Server
from hivemindd.log.lock import InstanceLock
from tests.control.filled_log import DAY, NOW, fill, make_paths
from tests.ctl.runner import run


def _look(home: Path, check: str, *, now: int = NOW, **env: str) -> list[dict[str, Any]]:
    """Run all checks and return what one of them found."""
    result = run(home, "doctor", "--json", now=now, **env)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == any(row["state"] == "fail" for row in rows), result.output
    assert all(row["mend"] for row in rows if row["state"] != "ok"), rows
    return [row for row in rows if row["check"] == check]


def _state(home: Path, check: str, **env: str) -> str:
    """Return the state of the first line of a check."""
    return str(_look(home, check, now=NOW, **env)[0]["state"])


def test_every_check_has_a_line_and_every_failure_a_mend(tmp_path: Path) -> None:
    """In an empty home the daemon and the assistants are what is missing."""
    result = run(tmp_path, "doctor")

    failed = [line.split()[1] for line in result.stdout.splitlines() if line.startswith("fail")]
    assert result.exit_code == 1
    assert failed == ["daemon", "assistants"]
    assert "2 checks failed." in result.stdout
    assert "-> `hivemindctl install` starts it" in result.stdout


def test_assistants_are_found_by_their_folders(tmp_path: Path) -> None:
    """One is enough."""
    (tmp_path / ".codex" / "sessions").mkdir(parents=True)

    (found,) = _look(tmp_path, "assistants")

    assert (found["state"], found["found"]) == ("ok", "Codex")


def test_a_state_folder_that_others_can_read_fails(tmp_path: Path) -> None:
    """Transcripts hold secrets: modes matter, also of single files."""
    paths = fill(tmp_path)
    assert _state(tmp_path, "state folder") == "ok"

    (paths.log / "data.mdb").chmod(0o644)
    (found,) = _look(tmp_path, "state folder")

    assert found["state"] == "fail"
    assert found["mend"] == f"chmod -R go= {paths.state}"


def test_a_log_that_is_no_log_fails(tmp_path: Path) -> None:
    """The other checks go on."""
    paths = fill(tmp_path)
    (paths.log / "data.mdb").write_bytes(b"no database" * 1_000)

    assert _state(tmp_path, "log") == "fail"
    assert _state(tmp_path, "disk") == "ok"


def test_settings_that_cannot_be_read_fail(tmp_path: Path) -> None:
    """With the sentence that names the file."""
    paths = make_paths(tmp_path)
    paths.config.mkdir(parents=True)
    paths.config_file.write_text("nope = 1\n")

    (found,) = _look(tmp_path, "settings")

    assert found["state"] == "fail"
    assert str(paths.config_file) in found["found"]


def test_a_daemon_that_does_not_answer_fails(tmp_path: Path) -> None:
    """It holds the lock, and nobody listens on the socket."""
    paths = fill(tmp_path)
    with InstanceLock(paths.lock_file):
        (found,) = _look(tmp_path, "daemon")

    assert found["state"] == "fail"
    assert "does not answer" in found["found"]


def test_a_daemon_whose_python_is_gone_fails(tmp_path: Path) -> None:
    """It lives on in memory; what it has not imported yet it never will."""
    paths = fill(tmp_path)
    answer = {"pid": 7, "version": __version__, "prefix": "/nowhere/venv", "started_ms": NOW}
    server = Server(paths.socket, {"status": lambda _args: answer})
    with InstanceLock(paths.lock_file):
        server.start()
        try:
            (found,) = _look(tmp_path, "daemon")
        finally:
            server.stop()

    assert (found["state"], found["found"]) == (
        "fail",
        "pid 7 runs from /nowhere/venv, which is gone",
    )
    assert found["mend"] == "`hivemindctl install` starts it from where hivemindctl is"


def test_records_that_no_rule_knows_are_worth_a_note(tmp_path: Path) -> None:
    """With assistant, version and count: never an error, never lost silently."""
    fill(tmp_path)

    (unknown,) = _look(tmp_path, "record types")
    (broken,) = _look(tmp_path, "lines")

    assert (unknown["state"], unknown["found"]) == ("note", "Codex 0.170.0: new_item, 12 times")
    assert (broken["state"], broken["found"]) == (
        "note",
        "Claude Code: 2 malformed lines, last in /t/y",
    )


def test_a_limit_of_watches_that_is_too_low_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mend is the command that raises it."""
    limit = tmp_path / "max_user_watches"
    limit.write_text("8\n")
    monkeypatch.setattr(checks, "WATCHES", limit)
    for number in range(5):
        (tmp_path / ".claude" / "projects" / str(number)).mkdir(parents=True)

    (found,) = _look(tmp_path, "watching")

    assert found["state"] == "fail"
    assert found["mend"] == "sudo sysctl fs.inotify.max_user_watches=524288"


def test_a_key_that_others_can_read_fails(tmp_path: Path) -> None:
    """It is asked of nobody; only its mode is looked at."""
    paths = make_paths(tmp_path)
    paths.config.mkdir(parents=True)
    paths.key_file.write_text("not a key")
    paths.key_file.chmod(0o644)
    assert _state(tmp_path, "judge") == "fail"

    paths.key_file.chmod(0o600)
    assert _state(tmp_path, "judge") == "ok"


def test_an_api_judge_without_a_key_fails(tmp_path: Path) -> None:
    """Until there is one all work would be parked."""
    paths = make_paths(tmp_path)
    paths.config.mkdir(parents=True)
    paths.config_file.write_text('[judge]\nkind = "api"\n')

    assert _state(tmp_path, "judge") == "fail"
    assert _state(tmp_path, "judge", ANTHROPIC_API_KEY="not a key") == "ok"


def test_work_that_failed_is_worth_a_note(tmp_path: Path) -> None:
    """With what went wrong."""
    fill(tmp_path)

    _, note = _look(tmp_path, "judge")

    assert note["state"] == "note"
    assert "the judge does not answer" in note["found"]


def test_a_clock_behind_the_transcripts_is_worth_a_note(tmp_path: Path) -> None:
    """Idle and ended depend on it."""
    fill(tmp_path)

    assert _look(tmp_path, "clock")[0]["state"] == "ok"
    assert _look(tmp_path, "clock", now=NOW - DAY)[0]["state"] == "note"


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ('kind = "claude-cli"\nprogram = "/nowhere/claude"', "is not found"),
        ('base_url = "http://llm.example.org"', "would send your words unencrypted"),
    ],
)
def test_a_judge_that_cannot_work_fails(tmp_path: Path, settings: str, found: str) -> None:
    """With the sentence that says what is wrong."""
    paths = make_paths(tmp_path)
    paths.config.mkdir(parents=True)
    paths.config_file.write_text(f"[judge]\n{settings}\n")
    (check,) = _look(tmp_path, "judge")

    assert check["state"] == "fail"
    assert found in check["found"]


def test_a_log_that_was_kept_from_an_upgrade_is_named(tmp_path: Path) -> None:
    """It takes space, and holds what may be forgotten in the log by now."""
    kept = fill(tmp_path).log / "data.mdb.schema-1"
    kept.write_bytes(bytes(2_000_000))
    kept.chmod(0o600)

    rows = [json.loads(line) for line in run(tmp_path, "doctor", "--json").stdout.splitlines()]

    assert {
        "check": "log",
        "state": "note",
        "found": f"{kept} is kept from before an upgrade, 2.0 MB",
        "mend": f"rm {kept}",
    } in rows
