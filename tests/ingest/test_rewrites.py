"""What assistants do to their own files, over recorded transcripts: each event stays one event."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.clock import SystemClock
from hivemindd.ingest.loop import Ingest
from hivemindd.log.store import Log
from hivemindd.log.tables import SESSIONS

CASES = Path(__file__).parent.parent / "transcripts"
TakeIn = Callable[[], int]


@pytest.fixture(name="take_in")
def _take_in(log: Log, scratch_home: Path) -> TakeIn:
    def take_in() -> int:
        ingest = Ingest(log, ASSISTANTS, Places(scratch_home), SystemClock(), every_n_turns=20)
        ingest.scan()
        ingest.drain(threading.Event(), final=True)
        assert ingest.failures == 0
        return ingest.events

    return take_in


def lay_out(case: str, home: Path) -> None:
    """Copy what a case holds over a home, files in place of files."""
    shutil.copytree(CASES / case / "home", home, dirs_exist_ok=True)


def test_a_migrated_rollout_adds_nothing(take_in: TakeIn, scratch_home: Path) -> None:
    """`codex migrate-rollouts` replaces files by others of another dialect."""
    lay_out("codex/migrate-before", scratch_home)
    assert take_in() > 0
    lay_out("codex/migrate-after", scratch_home)

    assert take_in() == 0


def test_an_archived_rollout_adds_nothing(take_in: TakeIn, scratch_home: Path) -> None:
    """`codex archive` moves the file to another folder."""
    lay_out("codex/basic55", scratch_home)
    assert take_in() > 0
    codex = scratch_home / ".codex"
    (codex / "archived_sessions").mkdir()
    for file in list((codex / "sessions").rglob("rollout-*.jsonl")):
        file.rename(codex / "archived_sessions" / file.name)

    assert take_in() == 0


def test_a_compressed_rollout_adds_nothing(take_in: TakeIn, scratch_home: Path) -> None:
    """Cold rollouts become `.jsonl.zst`, and plain files again when they are resumed."""
    lay_out("codex/basic55", scratch_home)
    assert take_in() > 0
    for file in list((scratch_home / ".codex").rglob("rollout-*.jsonl")):
        packed = zstandard.ZstdCompressor().compress(file.read_bytes())
        file.with_name(file.name + ".zst").write_bytes(packed)
        file.unlink()
    assert take_in() == 0
    lay_out("codex/basic55", scratch_home)

    assert take_in() == 0


def test_a_rewrite_by_cursor_adds_only_what_is_new(take_in: TakeIn, scratch_home: Path) -> None:
    """Compaction writes the whole file again, without turn ends: one prompt was added since."""
    lay_out("cursor/incremental", scratch_home)
    assert take_in() > 0
    lay_out("cursor/after-compaction", scratch_home)

    assert take_in() == 1


def test_a_fork_shares_its_history(take_in: TakeIn, scratch_home: Path, log: Log) -> None:
    """A fork of Claude Code copies records with their ids; only what follows is its own."""
    lay_out("claude-code/resume", scratch_home)
    lay_out("claude-code/fork", scratch_home)
    together = take_in()
    with log.read() as txn:
        by_session = {row.id: row.events for row in SESSIONS.rows(txn)}

    assert sum(by_session.values()) == together
    assert take_in() == 0
