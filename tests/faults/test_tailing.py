"""What happens to transcripts while they are followed: nothing is lost, nothing comes twice.

Rows 1 to 10 are said twice: each alone, and all in any order in `test_01_to_10`.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from hivemindd.assistants.base import Places
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.assistants.codex.assistant import Codex
from hivemindd.capture.lines import READ_BYTES
from hivemindd.capture.source import Source
from hivemindd.clock import SystemClock
from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.poll import BUDGET
from hivemindd.log.store import Log
from hivemindd.log.tables import CHECKPOINTS, SESSIONS, TALLIES
from tests.cases import cases
from tests.clocks import SetClock
from tests.faults.seams import SEAMS, Seams
from tests.faults.transcripts import IDENTITY, TEARS, Transcripts
from tests.ingest.taken import prompts, run
from tests.records import ClaudeSession

ROLLOUTS = Path(__file__).parent.parent / "transcripts" / "codex" / "basic55" / "home"


@pytest.fixture(name="files")
def _files() -> Iterator[Transcripts]:
    """Three transcripts of one record each, which have arrived."""
    files = Transcripts()
    files.begin()
    look(files)
    yield files
    files.descriptors_are_closed()
    files.teardown()


def look(files: Transcripts) -> None:
    """Look, and compare the log with what the files hold."""
    files.look(final=False)


@pytest.mark.timeout(0)  # what hypothesis finds it also makes small; a night has no end
def test_01_to_10_everything_arrives_once() -> None:
    """Whatever is done to the files, in whatever order, also while they are looked at."""
    run_state_machine_as_test(
        Transcripts, settings=settings(max_examples=cases(60), stateful_step_count=30)
    )


class ReadTogether(Transcripts):
    """A second process reads along whenever there is more than one transcript to read."""

    worth = 0


@pytest.mark.timeout(0)
def test_01_to_10_everything_arrives_once_where_two_read() -> None:
    """The same, with looks that come back after the files have changed again."""
    run_state_machine_as_test(
        ReadTogether, settings=settings(max_examples=cases(20), stateful_step_count=30)
    )


@pytest.mark.parametrize("share", [0.01, 0.5, 1])
def test_01_a_half_written_line_is_completed_later(files: Transcripts, share: float) -> None:
    """It is waited for, and comes once; what was read ends with a newline."""
    files.append_half(0, share)
    look(files)
    with files.log.read() as txn:
        offsets = {row.path: row.offset for row in CHECKPOINTS.rows(txn)}
    content = files.paths[0].read_bytes()
    assert offsets[str(files.paths[0])] == content.rfind(b"\n") + 1 < len(content)

    files.append(0, 1)
    look(files)


@pytest.mark.parametrize("seam", SEAMS)
@pytest.mark.parametrize("nth", range(1, 4))
def test_02_a_half_written_line_and_a_kill(files: Transcripts, seam: str, nth: int) -> None:
    """Killed at whatever point, a new process goes on before the line."""
    files.append_half(0, 0.5)
    files.kill(seam, nth)
    look(files)
    files.append(0, 1)
    files.append(1, 1)
    files.kill(seam, nth)
    look(files)


@pytest.mark.parametrize("tear", sorted(TEARS))
def test_03_a_line_is_torn_within_a_character_or_its_end(files: Transcripts, tear: str) -> None:
    """What is written in two parts arrives as one."""
    files.tear(0, tear)
    look(files)
    files.append(0, 1)
    look(files)


@pytest.mark.parametrize("edge", [READ_BYTES, BUDGET])
@pytest.mark.parametrize("shift", range(3))
def test_03_a_read_ends_within_a_character(files: Transcripts, edge: int, shift: int) -> None:
    """One of three shifts lies between two characters, the others do not."""
    files.append_wide(0, edge, shift)
    look(files)


def test_04_truncated_and_begun_anew_with_less(files: Transcripts) -> None:
    """The new lines are read from the beginning."""
    files.append(0, 4)
    look(files)
    files.truncate(0, 0.0)
    files.append(0, 1)
    look(files)


def test_05_truncated_and_rewritten_longer(files: Transcripts) -> None:
    """The old offset lies in the middle of another line; nothing is read from there."""
    files.append(0, 2)
    look(files)
    files.rewrite_longer(0, 3)
    look(files)

    with files.log.read() as txn:
        assert TALLIES.rows(txn) == []


def test_05_rewritten_while_it_is_read(
    log: Log, claude: ClaudeSession, scratch_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two reads of one look: half of the old and half of the new content is neither."""

    def write(word: str) -> None:
        claude.path.parent.mkdir(parents=True, exist_ok=True)
        lines = []
        for number in range(12):
            message = {"role": "user", "content": f"{word} {number}"}
            lines.append(claude.line("user", message, padding="x" * (READ_BYTES // 4)))
        claude.path.write_bytes(b"".join(lines))

    class Disturbed(Source):
        def read_at(self, offset: int, length: int) -> bytes:
            data = super().read_at(offset, length)
            if rewrites:
                rewrites.pop()()
            return data

    monkeypatch.setattr("hivemindd.ingest.poll.Source", Disturbed)
    write("old")
    rewrites: list[Callable[[], None]] = [lambda: write("new")]
    ingest = Seams().ingest(log, scratch_home)
    run(ingest)
    run(ingest)

    assert [text for text in prompts(log) if "new" in text] == [f"new {n}" for n in range(12)]
    with log.read() as txn:
        assert TALLIES.rows(txn) == []


@pytest.mark.parametrize("seam", SEAMS)
@pytest.mark.parametrize("treatment", ["replace", "rewrite_unnoticed"])
def test_05_rewritten_between_two_steps_of_a_look(
    files: Transcripts, seam: str, treatment: str
) -> None:
    """Between stat, open, read and commit: the next look has the new content as a whole."""
    files.append(0, 2)
    files.look_meanwhile(0, seam, 1, treatment)
    look(files)


def test_06_deleted_and_made_again(files: Transcripts) -> None:
    """Also where the new file gets the inode of the old one, as on ext4."""
    files.append(0, 1)
    look(files)
    files.delete_and_make_again(0, 3)
    look(files)
    files.delete_and_make_again(0, 1)
    look(files)


def test_07_saved_by_renaming(files: Transcripts) -> None:
    """The same content in a new file goes on where the old one was left."""
    files.seams.from_start.clear()
    files.save_by_renaming(0)
    look(files)
    files.append(0, 1)
    files.save_by_renaming(0)
    look(files)

    assert files.seams.from_start == []


def test_08_moved_with_its_project_or_renamed(files: Transcripts) -> None:
    """The same session goes on where it was left, and no other one appears."""
    files.seams.from_start.clear()
    files.move(0, "-moved")
    files.append(0, 1)
    look(files)
    files.rename(0)
    files.append(0, 1)
    look(files)
    assert files.seams.from_start == []
    files.swap(1, 2)
    files.append(1, 1)
    look(files)

    with files.log.read() as txn:
        assert len(SESSIONS.rows(txn)) == 3


def test_09_two_files_share_a_long_beginning(files: Transcripts) -> None:
    """A fork copies the history: both are read, what they share comes once."""
    files.append_wide(0, READ_BYTES, 0)
    files.fork(0, 1)
    files.append(0, 1)
    files.append(1, 2)
    look(files)
    files.append(0, 1)
    look(files)


def test_10_a_second_name_for_the_same_file(files: Transcripts) -> None:
    """A hard link is read, and adds nothing."""
    files.link(0)
    files.append(0, 1)
    look(files)
    files.link(0)
    look(files)


def test_10_one_folder_below_two_roots(log: Log, scratch_home: Path) -> None:
    """Rollouts that are archived into the folder that they lie in are read once."""
    shutil.copytree(ROLLOUTS, scratch_home, dirs_exist_ok=True)
    codex = scratch_home / ".codex"
    (codex / "archived_sessions").symlink_to(codex / "sessions")
    ingest = Ingest(log, [Codex()], Places(scratch_home), SystemClock(), every_n_turns=20)

    assert run(ingest, final=True) > 0
    with log.read() as txn:
        assert len(CHECKPOINTS.rows(txn)) == len(list((codex / "sessions").rglob("*.jsonl")))
    assert run(ingest, final=True) == 0


@pytest.mark.parametrize("nth", [1, 4], ids=["before its stat", "before it is opened"])
def test_14_a_file_vanishes_while_all_are_looked_at(files: Transcripts, nth: int) -> None:
    """It is no error, and what is known of it stays: it may only be away for a moment."""
    for file in range(3):
        files.append(file, 1)
    away = files.home / "away"

    def vanish() -> None:
        for path in files.paths:
            if path.exists():
                path.rename(away / path.name)

    away.mkdir()
    files.seams.arm("beat", nth, vanish)
    files.ingest.scan()
    files.ingest.drain(files.never)
    files.seams.disarm()
    with files.log.read() as txn:
        known = {row.path for row in CHECKPOINTS.rows(txn)}
    for path in files.paths:
        (away / path.name).rename(path)
    look(files)

    assert known == set(map(str, files.paths))


def test_17_a_power_loss_leaves_zeros_at_the_end(
    log: Log, claude: ClaudeSession, scratch_home: Path
) -> None:
    """With them half a record is lost, and counted; what was appended to them is found."""
    ingest = Seams().ingest(log, scratch_home)
    claude.prompt("before")
    claude.write(claude.line("user", {"role": "user", "content": "torn"})[:-20])
    os.truncate(claude.path, claude.path.stat().st_size + 8_192)
    run(ingest)
    claude.prompt("behind the zeros")
    claude.prompt("after")
    run(ingest)

    assert prompts(log) == ["before", "behind the zeros", "after"]
    with log.read() as txn:
        assert [(row.what, row.count) for row in TALLIES.rows(txn)] == [("malformed line", 1)]


def test_24_rewritten_with_the_same_size_and_time(files: Transcripts) -> None:
    """Another content, and a time that was set back: the time of the change itself tells."""
    files.append(0, 2)
    look(files)
    files.rewrite_unnoticed(0)
    files.look_at_one(0)
    files.rewrite_unnoticed(0)
    look(files)


def test_24_rewritten_within_a_tick_of_a_coarse_clock(
    log: Log, claude: ClaudeSession, scratch_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its stat says nothing, so what has just been written is looked at once more, and no more."""
    clock = SetClock()
    tick = clock.now() * 1_000_000
    monkeypatch.setattr(
        "hivemindd.ingest.discover.sign",
        lambda status: (status.st_dev, status.st_ino, status.st_size, tick, tick),
    )
    ingest = Ingest(log, [ClaudeCode()], Places(scratch_home), clock, every_n_turns=20)
    claude.prompt("one")
    run(ingest)
    before = claude.path.stat()
    content = claude.path.read_bytes().replace(b'"one"', b'"two"')
    claude.path.write_bytes(IDENTITY.sub(b'"uuid":"%036d"' % 2, content))
    assert claude.path.stat().st_size == before.st_size
    clock.run(30)
    run(ingest)

    assert prompts(log) == ["one", "two"]
    ingest.scan()
    assert ingest.is_done


def test_24_a_file_handle_goes_stale(
    log: Log, claude: ClaudeSession, scratch_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server has forgotten what was opened: the next look opens it again."""

    class Stale(Source):
        def read_at(self, offset: int, length: int) -> bytes:
            if stale:
                raise OSError(stale.pop(), "Stale file handle")
            return super().read_at(offset, length)

    stale = [errno.ESTALE]
    monkeypatch.setattr("hivemindd.ingest.poll.Source", Stale)
    ingest = Seams().ingest(log, scratch_home)
    claude.prompt("one")

    assert run(ingest) == 0
    assert run(ingest) == 1
