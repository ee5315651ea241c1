"""Secrets in the names that come with events: folders, transcripts, files, kinds of records."""

import re
import subprocess
from pathlib import Path

import pytest

from hivemindd.log.store import Log
from hivemindd.log.tables import CHECKPOINTS, SESSIONS, TALLIES, WORKSPACES
from tests.ingest.conftest import Start
from tests.ingest.taken import events, prompts, run
from tests.records import ClaudeSession

TOKEN = "ghp_" + "k7Qw2ZpX9vRb4TnM" * 2 + "k7Qw"
HIDDEN = "«redacted:github-token»"


@pytest.fixture(name="claude")
def _claude(scratch_home: Path) -> ClaudeSession:
    """Return a session in a repository with a token for a name."""
    folder = scratch_home / TOKEN
    folder.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    session = ClaudeSession(scratch_home, folder)
    name = re.sub("[^A-Za-z0-9]", "-", str(folder))
    session.path = session.path.parents[1] / name / session.path.name
    return session


def test_a_folder_is_kept_without_it(claude: ClaudeSession, start: Start, log: Log) -> None:
    """Its sessions have a workspace; no skill is written there, for its root is not known."""
    claude.prompt("hello", gitBranch=f"fix/{TOKEN}")
    run(start())

    with log.read() as txn:
        (session,), (workspace,) = SESSIONS.rows(txn), WORKSPACES.rows(txn)
        (checkpoint,) = CHECKPOINTS.rows(txn)
    assert session.cwd.endswith(f"/{HIDDEN}")
    assert session.branch == f"fix/{HIDDEN}"
    assert workspace.name == HIDDEN
    assert workspace.root == ""
    assert HIDDEN in checkpoint.path
    assert TOKEN[8:].encode() not in (log.folder / "data.mdb").read_bytes()


def test_its_wish_not_to_be_captured_counts(claude: ClaudeSession, start: Start, log: Log) -> None:
    """Also when it comes while a session is running, and although its name is not kept."""
    ingest = start()
    claude.prompt("open")
    run(ingest)
    (claude.project / ".hivemind").write_text('{"collect": false}')
    claude.prompt("private")
    run(ingest)

    assert prompts(log) == ["open"]
    with log.read() as txn:
        (session,) = SESSIONS.rows(txn)
    assert session.why_not.endswith(f"/{HIDDEN}/.hivemind says collect: false")


def test_a_restart_goes_on_where_it_was(claude: ClaudeSession, start: Start, log: Log) -> None:
    """What a parser remembers without the secret is enough to read each record once."""
    claude.prompt("one")
    run(start())
    call = claude.call("Read", file_path=f"{claude.project}/{TOKEN}.py")
    claude.result(call, "x = 1")
    run(start())
    claude.prompt("two")

    assert run(start()) == 1
    assert prompts(log) == ["one", "two"]
    assert len(events(log)) == 4


def test_odd_kinds_of_records_are_told_without_it(
    claude: ClaudeSession, start: Start, log: Log
) -> None:
    """The kind of a record may be anything."""
    claude.write(claude.line(f"kind {TOKEN}", {}, version=f"2.{TOKEN}"))
    run(start())

    with log.read() as txn:
        (tally,) = TALLIES.rows(txn)
    assert TOKEN[:20] not in tally.what + tally.version + tally.path
