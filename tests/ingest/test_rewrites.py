"""What assistants do to their own files, over recorded transcripts: each event stays one event."""

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import zstandard

from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.clock import SystemClock
from hivemindd.events import Prompt, Reply
from hivemindd.ingest.loop import Ingest
from hivemindd.log.keys import event_key
from hivemindd.log.seen import PASSED_OVER, STORED
from hivemindd.log.store import Log
from hivemindd.log.tables import CHECKPOINTS, SEEN, SESSIONS, Txn
from tests.ingest.taken import events

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


def said(*messages: str) -> str:
    """Return a transcript of Cursor in which a person and the agent take turns."""
    roles = ("user", "<user_query>\n{}\n</user_query>"), ("assistant", "{}")
    lines = []
    for number, words in enumerate(messages):
        role, form = roles[number % 2]
        content = [{"type": "text", "text": form.format(words)}]
        lines.append(json.dumps({"role": role, "message": {"content": content}}) + "\n")
    return "".join(lines)


def stored(log: Log) -> list[str]:
    """Return what was said in the session of `cursor_file`, in the order of the log."""
    found = events(log, "s", "cursor")
    return [event.text for event in found if isinstance(event, Prompt | Reply)]


@pytest.fixture(name="cursor_file")
def _cursor_file(scratch_home: Path) -> Path:
    file = scratch_home / ".cursor/projects/p/agent-transcripts/s/s.jsonl"
    file.parent.mkdir(parents=True)
    return file


def test_a_message_that_was_edited_is_said_anew(
    take_in: TakeIn, cursor_file: Path, log: Log
) -> None:
    """Whoever goes back in Cursor to say it otherwise is heard, and what was before stays."""
    begun = ["add a util", "Done."]
    cursor_file.write_text(said(*begun, "add tests", "Tests with mocha."))
    take_in()
    cursor_file.write_text(said(*begun, "no mocha: use vitest", "Tests with vitest.", "thanks"))

    assert take_in() == 3
    assert stored(log) == [
        *(*begun, "add tests", "Tests with mocha."),
        *("no mocha: use vitest", "Tests with vitest.", "thanks"),
    ]


@pytest.mark.parametrize("mark", [STORED, PASSED_OVER])
def test_what_an_older_version_has_read_is_known(
    take_in: TakeIn, cursor_file: Path, log: Log, mark: bytes
) -> None:
    """It knew messages by their numbers alone, and left some out that stay out."""
    cursor_file.write_text(said("add a util", "Done."))
    take_in()

    def grow_old(txn: Txn) -> None:
        for key in [bytes(key) for key, _ in txn.scan(SEEN)]:
            txn.delete(SEEN, key)
        for number in range(2):
            txn.put(SEEN, event_key("cursor", f"s:{number}:0"), mark)
        for key, row in list(CHECKPOINTS.scan(txn)):
            row.state = msgspec.msgpack.encode({"messages": 2, "ends": 0, "ts": 0, "paths": []})
            CHECKPOINTS.put(txn, key, row)

    log.transact(grow_old)
    for more in (["add tests"], ["add tests", "Tests."]):
        cursor_file.write_text(said("add a util", "Done.", *more))
        assert take_in() == 1
    assert stored(log) == ["add a util", "Done.", "add tests", "Tests."]


def test_a_fork_shares_its_history(take_in: TakeIn, scratch_home: Path, log: Log) -> None:
    """A fork of Claude Code copies records with their ids; only what follows is its own."""
    lay_out("claude-code/resume", scratch_home)
    lay_out("claude-code/fork", scratch_home)
    together = take_in()
    with log.read() as txn:
        by_session = {row.id: row.events for row in SESSIONS.rows(txn)}

    assert sum(by_session.values()) == together
    assert take_in() == 0
