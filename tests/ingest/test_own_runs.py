"""A run of our own judge that an older client has kept is never captured."""

import threading
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.events import Prompt
from hivemindd.ingest.loop import Ingest
from hivemindd.lessons.corrections import mine
from hivemindd.lessons.judge_prompt import ask
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, read
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from hivemindd.log.tables import BLOCKS, SESSIONS, WORKSPACES
from hivemindd.paths import find_paths
from tests.clocks import SetClock
from tests.lessons.make import make_correction
from tests.records import ClaudeSession

QUESTION = ask([make_correction("no, use pnpm instead of npm", "npm install")], [], mark="m")


def capture(log: Log, home: Path) -> None:
    """Take in whatever lies in a home."""
    ingest = Ingest(log, ASSISTANTS, Places(home), SetClock(), every_n_turns=20)
    ingest.scan()
    ingest.drain(threading.Event(), final=True)


def run_judge(home: Path, folder: Path, **fields: str) -> ClaudeSession:
    """Write what a client keeps that does not know `--no-session-persistence`."""
    session = ClaudeSession(home, folder, str(uuid4()))
    session.write(session.line("user", {"role": "user", "content": QUESTION}, **fields))
    session.reply('{"verdicts": []}')
    return session


@pytest.mark.parametrize("below", [".", "run-1"])
def test_a_run_in_the_state_folder_leaves_no_trace(
    scratch_home: Path, tmp_path: Path, below: str
) -> None:
    """No session, no event, no workspace; neither when its transcript grows, nor later."""
    log = open_log(tmp_path / "log", map_size=1 << 20)
    folder = find_paths({"HOME": str(scratch_home)}).judge_folder / below
    session = run_judge(scratch_home, folder, entrypoint="cli")
    capture(log, scratch_home)
    session.prompt("no, I said pnpm")
    capture(log, scratch_home)
    with log.read() as txn:
        assert (SESSIONS.rows(txn), WORKSPACES.rows(txn), txn.count(BLOCKS)) == ([], [], 0)
    log.close()


@pytest.mark.parametrize("entrypoint", ["sdk-cli", "cli"])
def test_a_run_anywhere_else_is_nobodys_words(
    scratch_home: Path, tmp_path: Path, entrypoint: str
) -> None:
    """The question opens with words that the parser knows, however the client signs it."""
    log = open_log(tmp_path / "log", map_size=1 << 20)
    project = scratch_home / "project"
    project.mkdir()
    run_judge(scratch_home, project, entrypoint=entrypoint)
    capture(log, scratch_home)
    with log.read() as txn:
        found = SESSIONS.rows(txn)
        events = [event for row in found for _, event in read(blocks(txn, row), BlockCodec())]
    log.close()

    assert not any(isinstance(each, Prompt) and each.author == "human" for each in events)
    assert all(list(mine(row, events)) == [] for row in found)


def test_a_project_beside_the_state_folder_is_captured(scratch_home: Path, tmp_path: Path) -> None:
    """A name that begins alike is another folder."""
    log = open_log(tmp_path / "log", map_size=1 << 20)
    state = find_paths({"HOME": str(scratch_home)}).state
    session = ClaudeSession(scratch_home, state.with_name("hivemind-website"))
    session.prompt("add a page")
    capture(log, scratch_home)
    with log.read() as txn:
        (row,) = SESSIONS.rows(txn)
    log.close()

    assert msgspec.to_builtins(row)["id"] == session.session
