"""Work is cut into turns and groups, and none of it is lost or done twice."""

import secrets
import threading
from pathlib import Path

import pytest

from hivemindd.assistants.base import Places
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.clock import SystemClock
from hivemindd.ingest import loop
from hivemindd.ingest.loop import Ingest
from hivemindd.log import store
from hivemindd.log.store import Log, LogError
from hivemindd.log.tables import SESSIONS
from hivemindd.runtime.progress import Progress
from tests.ingest.conftest import Start
from tests.ingest.taken import events, prompts, run
from tests.records import ClaudeSession


def fill(home: Path, project: Path, sessions: int, prompts_each: int) -> int:
    """Write sessions whose text does not compress; return how many events they hold."""
    for number in range(sessions):
        session = ClaudeSession(home, project, f"{number:08x}-0000-4000-8000-000000000000")
        for _ in range(prompts_each):
            session.prompt(secrets.token_urlsafe(9_000))
    return sessions * prompts_each


def test_a_large_file_does_not_hold_up_others(
    claude: ClaudeSession, start: Start, log: Log, scratch_home: Path
) -> None:
    """Files take turns of half a megabyte each, so that all of them are read in the end."""
    for _ in range(6):
        claude.prompt("x" * 600_000)
    other = ClaudeSession(scratch_home, claude.project, "aaaa1000-0000-4000-8000-0000000000aa")
    other.prompt("small")

    assert run(start()) == 7
    assert prompts(log, other.session) == ["small"]
    assert events(log)[0].full_chars == 600_000


def test_what_has_just_changed_does_not_wait_for_a_group(
    claude: ClaudeSession, start: Start, scratch_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A live append is read before all else, or after the look under way; its commit is at once."""
    monkeypatch.setattr(loop, "GROUP_BYTES", 1 << 30)
    monkeypatch.setattr(loop, "WINDOW", 0)
    for _ in range(6):
        claude.prompt("x" * 600_000)
    first = ClaudeSession(scratch_home, claude.project, "aaaa1000-0000-4000-8000-0000000000aa")
    live = ClaudeSession(scratch_home, claude.project, "aaaa1000-0000-4000-8000-0000000000ab")
    commits: list[dict[str, int]] = []
    ingest = start(on_commit=lambda rows: commits.append({row.id: row.prompts for row in rows}))
    ingest.scan()
    first.prompt("before it reads")
    live.prompt("while it reads")
    hints = [{live.path}, {first.path}]

    ingest.drain(threading.Event(), fresh=lambda: hints.pop() if hints else ())

    assert commits[0] == {first.session: 1}
    assert commits[1][live.session] == 1
    assert commits[1][claude.session] < 6
    assert commits[2] == {claude.session: 6}


def test_one_drain_ends_however_fast_transcripts_grow(
    claude: ClaudeSession, log: Log, start: Start
) -> None:
    """What changes after the last look is for the next one: others have to have their turn."""
    ingest = start()

    def grow() -> set[Path]:
        claude.prompt("more")
        return {claude.path}

    ingest.drain(threading.Event(), fresh=grow)

    assert prompts(log, claude.session) == ["more"]


def test_an_append_does_not_wait_for_all_that_has_just_come(
    claude: ClaudeSession, start: Start, scratch_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a folder of transcripts appears, what is said meanwhile goes before the rest of it."""
    monkeypatch.setattr(loop, "GROUP_FILES", 3)
    monkeypatch.setattr(loop, "WINDOW", 0)
    fill(scratch_home, claude.project, 9, 1)
    folder = claude.path.parent
    commits: list[set[str]] = []
    ingest = start(on_commit=lambda rows: commits.append({row.id for row in rows}))

    def fresh() -> set[Path]:
        if not commits:
            return {folder}
        if len(commits) == 1:
            claude.prompt("said meanwhile")
            return {claude.path}
        return set()

    ingest.drain(threading.Event(), fresh=fresh)

    assert claude.session in commits[1]
    assert len(set[str]().union(*commits)) == 10


def test_a_request_is_heard_while_much_has_just_come(
    project: Path, start: Start, scratch_home: Path
) -> None:
    """It is served after the look under way, and nothing is forgotten over it."""
    total = fill(scratch_home, project, 9, 1)
    folder = ClaudeSession(scratch_home, project).path.parent
    ingest, stop = start(), threading.Event()
    folders = [{folder}]

    def fresh() -> set[Path]:
        stop.set()
        return folders.pop() if folders else set()

    ingest.drain(stop, fresh=fresh)
    assert (ingest.events, ingest.backlog) == (0, 9)
    ingest.drain(threading.Event())
    assert (ingest.events, ingest.backlog) == (total, 0)


def test_the_size_of_groups_changes_nothing(
    start: Start,
    log: Log,
    scratch_home: Path,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However the work is cut into groups, each event is stored once and in its order."""
    monkeypatch.setattr(loop, "GROUP_BYTES", 1)
    monkeypatch.setattr(loop, "BUDGET", 20_000)
    total = fill(scratch_home, project, 5, 8)
    ingest = start()

    assert run(ingest) == total
    assert run(start()) == 0
    with log.read() as txn:
        assert [row.events for row in SESSIONS.rows(txn)] == [8] * 5
    stored = events(log, "00000003-0000-4000-8000-000000000000")
    assert [event.seq for event in stored] == sorted(event.seq for event in stored)


def test_a_group_that_cannot_be_committed_is_read_again(
    start: Start,
    log: Log,
    scratch_home: Path,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing of it was kept, so nothing is lost, and what came before is not stored twice."""
    monkeypatch.setattr(loop, "GROUP_BYTES", 1)
    total = fill(scratch_home, project, 8, 40)
    ingest = start()
    with monkeypatch.context() as full:
        full.setattr(store, "MAX_MAP", 1 << 20)
        ingest.scan()
        with pytest.raises(LogError):
            ingest.drain(threading.Event())
    run(ingest)

    with log.read() as txn:
        assert sum(row.events for row in SESSIONS.rows(txn)) == total
    assert run(start()) == 0


def test_the_ingest_tells_how_far_it_is(claude: ClaudeSession, log: Log) -> None:
    """In the middle of a large transcript, to whoever asks from another thread."""
    for number in range(5):
        claude.prompt(f"{number} {'x' * 1_000_000}")
    seen: list[Progress | None] = []
    places = Places(claude.path.parents[3])
    ingest = Ingest(
        log,
        [ClaudeCode()],
        places,
        SystemClock(),
        every_n_turns=20,
        on_commit=lambda _sessions: seen.append(ingest.progress),
    )
    ingest.scan()
    size = claude.path.stat().st_size
    assert ingest.backlog == 1

    ingest.drain(threading.Event())

    assert ingest.backlog == 0
    halfway, after = seen
    assert halfway is not None
    assert halfway.transcripts_left == 1
    assert halfway.bytes + halfway.bytes_left == size
    assert 0 < halfway.bytes < size
    assert after is None


def test_only_what_was_appended_waits(claude: ClaudeSession, start: Start) -> None:
    """A long transcript that has grown by a line is no long wait."""
    claude.prompt("x" * 100_000)
    ingest = start()
    run(ingest)
    claude.prompt("one more")
    ingest.scan()

    progress = ingest.progress
    assert progress is not None
    assert 0 < progress.bytes_left < 1_000
