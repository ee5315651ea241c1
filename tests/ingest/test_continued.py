"""A session that a program began teaches from where a person goes on with it, and not before."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.clock import SystemClock
from hivemindd.ingest.loop import Ingest
from hivemindd.lessons.corrections import mine
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, read
from hivemindd.log.store import Log
from hivemindd.log.tables import SESSIONS
from hivemindd.records import Session
from tests.ingest.taken import run
from tests.records import ClaudeSession
from tests.rollouts import NAME, called, encode, meta, said, started

CORRECTION = "no, never use npm here, always use pnpm"
Taught = Callable[[], tuple[Session, list[str]]]


@pytest.fixture(name="taught")
def _taught(log: Log, scratch_home: Path) -> Taught:
    """Return what takes in all that is there, and tells what the one session teaches."""

    def taught() -> tuple[Session, list[str]]:
        # Each time a new one, as after a restart.
        run(Ingest(log, ASSISTANTS, Places(scratch_home), SystemClock(), every_n_turns=20))
        with log.read() as txn:
            (row,) = SESSIONS.rows(txn)
            packed = blocks(txn, row)
        events = [event for _, event in read(packed, BlockCodec())]
        return row, [each.quote for each in mine(row, events)]

    return taught


def test_claude_print_is_continued(claude: ClaudeSession, taught: Taught) -> None:
    """`claude -p`, then `claude --continue`: what was typed at the terminal counts."""
    program = {"origin": None, "entrypoint": "sdk-cli", "promptSource": "sdk"}
    claude.prompt("set up the project", **program)
    claude.call("Bash", command="npm install")
    claude.prompt("no, use yarn instead of npm", **program)
    claude.call("Bash", command="npm install")
    row, found = taught()
    assert row.headless
    assert found == []

    claude.prompt(CORRECTION)
    row, found = taught()
    assert not row.headless
    assert found == [CORRECTION]

    claude.prompt("no, use bun instead of npm", **program)
    assert taught()[1] == [CORRECTION]


def test_codex_exec_is_resumed(scratch_home: Path, taught: Taught) -> None:
    """`codex exec`, then `codex resume`."""
    file = scratch_home / ".codex" / "sessions" / "2026" / "11" / "21" / NAME
    file.parent.mkdir(parents=True)
    program = [
        meta(source="exec"),
        started(trigger=None),
        said("no, use yarn instead of npm"),
        called("c", "exec_command", {"cmd": "npm install"}),
    ]
    file.write_bytes(encode(program))
    row, found = taught()
    assert row.headless
    assert found == []

    file.write_bytes(encode([*program, started(100), said(CORRECTION, 110)]))
    row, found = taught()
    assert not row.headless
    assert found == [CORRECTION]
