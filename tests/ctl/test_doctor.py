"""hivemindctl doctor."""

import json
import os
import threading
from pathlib import Path

import pytest

from hivemindctl import checks, checks_capture
from hivemindctl.client import Client
from hivemindd import __version__
from hivemindd.log.lock import InstanceLock
from hivemindd.log.opening import open_log
from hivemindd.log.tables import SETTINGS
from tests.control.filled_log import DAY, NOW, SHOP, fill, make_paths, transact
from tests.ctl.answering import answering
from tests.ctl.examining import look, state
from tests.ctl.gatekeeper import server
from tests.ctl.runner import environment, run, too_wide


def test_every_check_has_a_line_and_every_failure_a_mend(tmp_path: Path) -> None:
    """In an empty home the daemon and the assistants are what is missing."""
    result = run(tmp_path, "doctor")

    failed = [line.split()[1] for line in result.stdout.splitlines() if line.startswith("fail")]
    assert result.exit_code == 1
    assert failed == ["daemon", "assistants"]
    assert result.stdout.endswith("\n2 faults: daemon, assistants.\n")
    assert "-> `hivemindctl install` starts it" in result.stdout
    assert not too_wide(result.stdout)


def test_assistants_are_found_by_their_folders(tmp_path: Path) -> None:
    """One is enough."""
    (tmp_path / ".codex" / "sessions").mkdir(parents=True)

    (found,) = look(tmp_path, "assistants")

    assert found["state"] == "ok"
    assert found["found"] == (
        "Codex; not used: Claude Code (~/.claude/projects), Cursor (~/.cursor/projects)"
    )


def test_a_state_folder_that_others_can_read_fails(tmp_path: Path) -> None:
    """Transcripts hold secrets: modes matter, also of single files."""
    paths = fill(tmp_path)
    assert state(tmp_path, "state folder") == "ok"

    (paths.log / "data.mdb").chmod(0o644)
    (found,) = look(tmp_path, "state folder")

    assert found["state"] == "fail"
    assert found["mend"] == f"chmod -R go= {paths.state}"


def test_a_log_that_is_no_log_fails(tmp_path: Path) -> None:
    """The other checks go on."""
    paths = fill(tmp_path)
    (paths.log / "data.mdb").write_bytes(b"no database" * 1_000)

    assert state(tmp_path, "log") == "fail"
    assert state(tmp_path, "disk") == "ok"


def test_settings_that_cannot_be_read_fail(tmp_path: Path) -> None:
    """With the sentence that names the file."""
    paths = make_paths(tmp_path)
    paths.config.mkdir(parents=True)
    paths.config_file.write_text("nope = 1\n")

    (found,) = look(tmp_path, "settings")

    assert found["state"] == "fail"
    assert str(paths.config_file) in found["found"]


def test_a_file_that_comes_and_goes_is_no_fault(tmp_path: Path) -> None:
    """The daemon writes beside its files, and then renames."""
    passing = fill(tmp_path).state / "passing"
    over = threading.Event()

    def churn() -> None:
        while not over.is_set():
            os.close(os.open(passing, os.O_CREAT, 0o600))
            passing.unlink()

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        client = Client(environment(tmp_path), NOW)
        found = [row.state for _ in range(200) for row in checks.check_state(client)]
    finally:
        over.set()
        thread.join()

    assert set(found) == {"ok"}


def test_what_is_to_be_typed_is_quoted(tmp_path: Path) -> None:
    """A folder may have a blank in its name."""
    home = tmp_path / "Ada Lovelace"
    paths = fill(home)
    paths.state.chmod(0o755)
    kept = paths.log / "data.mdb.schema-0"
    kept.write_text("")
    (paths.log / "data.mdb.damaged-1").write_text("")

    mends = [row["mend"] for check in ("state folder", "log") for row in look(home, check)]

    assert mends == [
        f"chmod -R go= '{paths.state}'",
        "",
        f"rm '{kept}'",
        f"if nothing is missing: rm '{paths.log}'/*.damaged-*",
    ]


def test_a_daemon_that_does_not_answer_fails(tmp_path: Path) -> None:
    """It holds the lock, and nobody listens on the socket."""
    paths = fill(tmp_path)
    with InstanceLock(paths.lock_file):
        (found,) = look(tmp_path, "daemon")

    assert found["state"] == "fail"
    assert "does not answer" in found["found"]


def test_a_daemon_whose_python_is_gone_fails(tmp_path: Path) -> None:
    """It lives on in memory; what it has not imported yet it never will."""
    paths = fill(tmp_path)
    answer = {"pid": 7, "version": __version__, "prefix": "/nowhere/venv", "started_ms": NOW}
    with answering(paths, **answer):
        (found,) = look(tmp_path, "daemon")

    assert (found["state"], found["found"]) == (
        "fail",
        "pid 7 runs from /nowhere/venv, which is gone",
    )
    assert found["mend"] == "`hivemindctl install` starts it from where hivemindctl is"


def test_what_went_well_last_is_said(tmp_path: Path) -> None:
    """When something was captured, and when something was learned."""
    paths = fill(tmp_path)
    transact(paths, b"codified", json.dumps({SHOP: NOW - DAY}))

    (captured,) = look(tmp_path, "captured")
    (learned,) = look(tmp_path, "learned")
    assert captured["found"] == "last today 07:35, Codex"
    assert learned["found"] == "last yesterday 07:40"


def test_a_limit_of_watches_that_is_too_low_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mend is the command that raises it."""
    limit = tmp_path / "max_user_watches"
    limit.write_text("8\n")
    monkeypatch.setattr(checks_capture, "WATCHES", limit)
    for number in range(5):
        (tmp_path / ".claude" / "projects" / str(number)).mkdir(parents=True)

    (found,) = look(tmp_path, "watching")

    assert found["state"] == "fail"
    assert found["mend"] == "sudo sysctl fs.inotify.max_user_watches=524288"


def test_a_key_that_others_can_read_fails(tmp_path: Path) -> None:
    """Then nobody is asked with it either."""
    paths = make_paths(tmp_path)
    paths.config.mkdir(parents=True)
    paths.key_file.write_text("not a key")
    paths.key_file.chmod(0o644)
    assert state(tmp_path, "judge") == "fail"

    paths.key_file.chmod(0o600)
    with server(200) as url:
        assert state(tmp_path, "judge", ANTHROPIC_BASE_URL=url) == "ok"


def test_an_api_judge_without_a_key_fails(tmp_path: Path) -> None:
    """Until there is one all work would be parked."""
    paths = make_paths(tmp_path)
    paths.config.mkdir(parents=True)
    paths.config_file.write_text('[judge]\nkind = "api"\n')

    assert state(tmp_path, "judge") == "fail"
    with server(200) as url:
        env = {"ANTHROPIC_API_KEY": "not a key", "ANTHROPIC_BASE_URL": url}
        assert state(tmp_path, "judge", **env) == "ok"


def test_a_clock_behind_the_transcripts_fails(tmp_path: Path) -> None:
    """Idle and ended depend on it."""
    fill(tmp_path)

    assert look(tmp_path, "clock")[0]["state"] == "ok"
    assert look(tmp_path, "clock", now=NOW - DAY)[0]["state"] == "fail"


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
    (check,) = look(tmp_path, "judge")

    assert check["state"] == "fail"
    assert found in check["found"]


def test_a_log_of_an_older_version_waits_for_the_daemon(tmp_path: Path) -> None:
    """Which brings it up to date when it starts."""
    log = open_log(fill(tmp_path).log)
    log.transact(lambda txn: SETTINGS.put(txn, b"schema", "1"))
    log.close()

    (found,) = look(tmp_path, "log")

    assert (found["state"], found["mend"]) == ("fail", "`hivemindctl install`")
    assert "is from an older version" in found["found"]
