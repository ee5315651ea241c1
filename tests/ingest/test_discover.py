"""What lies below the roots: transcripts, and things that only look like it."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from hivemindd.assistants.base import Places
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.clock import SystemClock
from hivemindd.ingest.loop import Ingest
from hivemindd.log.store import Log
from hivemindd.log.tables import SESSIONS, WORKSPACES
from tests.records import SESSION, ClaudeSession

OTHER = "5e551000-0000-4000-8000-000000000002"
NO_TEXT = os.fsdecode(b"bytes-\xff")


@pytest.fixture(name="ingest")
def _ingest(log: Log, scratch_home: Path) -> Ingest:
    return Ingest(log, [ClaudeCode()], Places(scratch_home), SystemClock(), every_n_turns=20)


@pytest.fixture(name="claude")
def _claude(scratch_home: Path) -> ClaudeSession:
    session = ClaudeSession(scratch_home, scratch_home / "project")
    session.prompt("hello")
    return session


def look(ingest: Ingest, *hints: Path) -> None:
    """Look at everything, or at what some hints say."""
    if hints:
        ingest.hint(hints)
    else:
        ingest.scan()
    ingest.drain(threading.Event())


def captured(log: Log) -> list[str]:
    """Return the sessions that the log holds."""
    with log.read() as txn:
        return sorted(row.id for row in SESSIONS.rows(txn) if row.events)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("nothing")])
def test_what_is_no_file_hinders_nobody(
    ingest: Ingest, claude: ClaudeSession, log: Log, make: Callable[[Path], None]
) -> None:
    """A pipe that nobody writes to is not waited for; it is said once, not at every look."""
    make(claude.path.with_name(f"{OTHER}.jsonl"))
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            look(ingest)

    assert captured(log) == [SESSION]
    assert len([entry for entry in logs if entry["log_level"] == "warning"]) <= 1


def test_a_linked_transcript_is_left_alone(
    ingest: Ingest, scratch_home: Path, log: Log, tmp_path: Path
) -> None:
    """A link could lead to anything; also one that takes the place of a file later."""
    outside = ClaudeSession(tmp_path, tmp_path, OTHER)
    outside.prompt("elsewhere")
    folder = scratch_home / ".claude" / "projects" / "-project"
    folder.mkdir(parents=True)
    link = folder / f"{OTHER}.jsonl"
    link.touch()
    ingest.scan()
    link.unlink()
    link.symlink_to(outside.path)
    ingest.drain(threading.Event())
    look(ingest)
    look(ingest, link)

    assert captured(log) == []


def test_a_linked_folder_is_not_entered(
    ingest: Ingest, claude: ClaudeSession, log: Log, tmp_path: Path
) -> None:
    """Neither by a look at everything nor by a hint; a loop of links does no harm."""
    outside = ClaudeSession(tmp_path, tmp_path, OTHER)
    outside.prompt("elsewhere")
    linked, loop = (claude.path.parent.parent / name for name in ("-linked", "-loop"))
    linked.symlink_to(outside.path.parent)
    loop.symlink_to(claude.path.parent.parent)
    look(ingest)
    look(ingest, linked, loop)

    assert captured(log) == [SESSION]


@pytest.mark.parametrize("level", [1, 2], ids=["projects", ".claude"])
def test_a_root_may_be_a_link(ingest: Ingest, claude: ClaudeSession, log: Log, level: int) -> None:
    """People keep their settings elsewhere and link them, or only what takes much space."""
    root = claude.path.parents[level]
    root.rename(root.with_name("elsewhere"))
    root.symlink_to(root.with_name("elsewhere"))
    look(ingest)

    assert captured(log) == [SESSION]


@pytest.mark.parametrize("level", ["file", "folder"])
def test_a_name_that_is_no_text_is_passed_over(
    ingest: Ingest, claude: ClaudeSession, log: Log, level: str
) -> None:
    """No assistant makes such; its neighbours are captured."""
    target = claude.path.with_name(f"{NO_TEXT}.jsonl")
    if level == "folder":
        target = claude.path.parents[1] / NO_TEXT / f"{OTHER}.jsonl"
        target.parent.mkdir()
    target.write_bytes(claude.path.read_bytes().replace(SESSION.encode(), OTHER.encode()))
    look(ingest)
    look(ingest, target, target.parent)

    assert captured(log) == [SESSION]


def test_a_project_whose_real_name_is_no_text_is_a_workspace(
    ingest: Ingest, scratch_home: Path, log: Log
) -> None:
    """It is captured under a name that can be shown; nothing is written to its folder."""
    real = scratch_home / NO_TEXT
    (real / ".git").mkdir(parents=True)
    (real / ".hivemind").write_text('{"collect": false}')
    (scratch_home / "project").symlink_to(real)
    ClaudeSession(scratch_home, scratch_home / "project").prompt("hello")
    look(ingest)

    with log.read() as txn:
        [workspace], [session] = WORKSPACES.rows(txn), SESSIONS.rows(txn)
    assert (workspace.name, workspace.root) == (r"bytes-\xff", "")
    assert r"bytes-\xff" in session.why_not


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_read_later(
    ingest: Ingest, claude: ClaudeSession, log: Log
) -> None:
    """It is said once, and the next look after its permissions are mended takes it."""
    claude.path.chmod(0)
    with structlog.testing.capture_logs() as logs:
        look(ingest)
        look(ingest)
    assert len(logs) == 1
    claude.path.chmod(0o600)
    look(ingest)

    assert captured(log) == [SESSION]


def test_a_hard_link_is_the_same_transcript(
    ingest: Ingest, claude: ClaudeSession, log: Log
) -> None:
    """Two names of one file, and its events once."""
    other = claude.path.parents[1] / "-other" / claude.path.name
    other.parent.mkdir()
    other.hardlink_to(claude.path)
    look(ingest)
    claude.prompt("again")
    look(ingest)

    with log.read() as txn:
        [session] = SESSIONS.rows(txn)
    assert session.events == 2
