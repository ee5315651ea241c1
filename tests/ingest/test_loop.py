"""Ingest over real files and a real log."""

import os
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hivemindd.log import store
from hivemindd.log.store import Log, LogError
from hivemindd.log.tables import CHECKPOINTS, DUE, TALLIES, WORKSPACES
from tests.ingest.conftest import Start
from tests.ingest.taken import events, prompts, run
from tests.records import SESSION, ClaudeSession


def test_a_growing_transcript_is_read_once(claude: ClaudeSession, start: Start, log: Log) -> None:
    """Each event is stored once, whatever number of times the file is looked at."""
    ingest = start()
    claude.prompt("add zod")
    claude.reply("I will.")
    assert run(ingest) == 2
    claude.prompt("thanks")

    assert run(ingest) == 1
    assert run(ingest) == 0
    assert prompts(log) == ["add zod", "thanks"]


def test_a_new_process_goes_on_at_the_checkpoint(
    claude: ClaudeSession, start: Start, log: Log
) -> None:
    """After a restart nothing is read twice and nothing is missed."""
    claude.prompt("one")
    run(start())
    claude.prompt("two")

    assert run(start()) == 1
    assert run(start()) == 0
    assert prompts(log) == ["one", "two"]


def test_a_large_file_that_was_left_halfway_is_read_to_its_end(
    claude: ClaudeSession, start: Start, log: Log
) -> None:
    """A daemon that stops in the middle of a backfill leaves nothing out for good."""
    for number in range(6):
        claude.prompt(f"{number} {'x' * 1_000_000}")
    stop = threading.Event()
    ingest = start(on_commit=lambda _sessions: stop.set())
    ingest.scan()
    ingest.drain(stop)
    assert 0 < len(prompts(log)) < 6

    run(start())
    assert [prompt[0] for prompt in prompts(log)] == ["0", "1", "2", "3", "4", "5"]


def test_a_whole_line_without_its_end_is_taken_after_a_restart(
    claude: ClaudeSession, start: Start, log: Log
) -> None:
    """What waited for its file to fall quiet still does."""
    claude.prompt("one")
    claude.write(claude.line("user", {"role": "user", "content": "two"}).rstrip(b"\n"))
    os.utime(claude.path, (1_700_000_000, 1_700_000_000))
    run(start())
    assert prompts(log) == ["one"]

    again = start()
    run(again)
    again.finish_quiet(threading.Event())
    assert prompts(log) == ["one", "two"]


def test_what_grew_after_it_was_found_is_not_quiet(
    claude: ClaudeSession, start: Start, log: Log
) -> None:
    """Half a prompt that was just written is not taken for all of it."""
    claude.prompt("one")
    half = claude.line("user", {"role": "user", "content": "two"}).rstrip(b"\n")
    claude.write(half)
    os.utime(claude.path, (1_700_000_000, 1_700_000_000))
    ingest = start()
    run(ingest)
    claude.write(b"\n" + half.replace(b"two", b"three"))

    ingest.finish_quiet(threading.Event())
    assert prompts(log) == ["one"]


def test_what_could_not_be_committed_is_queued_again(
    claude: ClaudeSession, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next drain takes it in, without another look at all folders."""
    chance = random.Random(1)
    for _ in range(40):
        claude.prompt(chance.randbytes(30_000).hex())
    ingest = start()
    ingest.scan()
    with monkeypatch.context() as patched:
        patched.setattr(store, "MAX_MAP", 1 << 20)
        with pytest.raises(LogError, match="has reached"):
            ingest.drain(threading.Event())
    assert ingest.events == 0

    ingest.drain(threading.Event())
    assert ingest.events == 40


def test_a_lost_checkpoint_adds_nothing(claude: ClaudeSession, start: Start, log: Log) -> None:
    """Reading everything again finds only events that are known."""
    claude.prompt("one")
    claude.reply("two")
    run(start())

    def forget(txn: object) -> None:
        for key in [key for key, _ in CHECKPOINTS.scan(txn)]:  # type: ignore[arg-type]
            CHECKPOINTS.delete(txn, key)  # type: ignore[arg-type]

    log.transact(forget)

    assert run(start()) == 0


def test_an_unfinished_line_waits_for_its_end(
    claude: ClaudeSession, start: Start, log: Log
) -> None:
    """Half a record is neither delivered nor lost, also over a restart."""
    claude.prompt("one")
    line = claude.line("user", {"role": "user", "content": "two ü"}, origin={"kind": "human"})
    claude.write(line[:-9])
    run(start())
    assert prompts(log) == ["one"]
    claude.write(line[-9:])
    run(start())

    assert prompts(log) == ["one", "two ü"]


@pytest.fixture(name="in_memory")
def _in_memory(scratch_home: Path) -> Iterator[None]:
    """Have transcripts lie in memory, where the system has files there: they bear any date."""
    memory = Path("/dev/shm")  # noqa: S108  nothing there is trusted
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        (scratch_home / ".claude").mkdir(exist_ok=True)
        (scratch_home / ".claude" / "projects").symlink_to(folder)
        yield


@pytest.mark.usefixtures("in_memory")
@pytest.mark.parametrize("seconds", [20_000_000_000, -20_000_000_000])
def test_a_date_that_no_row_can_hold(
    claude: ClaudeSession, start: Start, log: Log, seconds: int
) -> None:
    """It ends nobody: the transcript is read, and a new start knows it again."""
    claude.prompt("from afar")
    os.utime(claude.path, (seconds, seconds))
    if claude.path.stat().st_mtime_ns != seconds * 10**9:
        pytest.skip("the file system cannot hold it")
    assert run(start()) == 1

    again = start()
    again.scan()
    assert again.backlog == 0
    assert prompts(log) == ["from afar"]


def test_a_hint_that_cannot_be_looked_at(claude: ClaudeSession, start: Start, log: Log) -> None:
    """Whatever the file system says of a path, those beside it are read."""
    ingest = start()
    run(ingest)
    claude.prompt("beside")
    ingest.hint([claude.path.with_name("x" * 300), claude.path])
    ingest.drain(threading.Event())

    assert prompts(log) == ["beside"]


def test_a_file_that_is_moved_goes_on(claude: ClaudeSession, start: Start, log: Log) -> None:
    """A renamed transcript keeps its checkpoint, and so its offset."""
    claude.prompt("one")
    run(start())
    target = claude.path.parent.parent / "-elsewhere" / claude.path.name
    target.parent.mkdir()
    claude.path.rename(target)
    claude.path = target
    claude.prompt("two")

    assert run(start()) == 1
    assert prompts(log) == ["one", "two"]


def test_a_file_that_is_rewritten_longer_is_read_again(
    claude: ClaudeSession, start: Start, log: Log
) -> None:
    """Where the content before the offset has changed, the file is read from its beginning."""
    claude.prompt("one")
    ingest = start()
    run(ingest)
    content = claude.path.read_bytes()
    other = ClaudeSession(claude.path.parents[3], claude.project, SESSION)
    other.written = 50
    first = other.line("user", {"role": "user", "content": "zero"}, origin={"kind": "human"})
    claude.path.write_bytes(first + content)

    assert run(ingest) == 1
    assert prompts(log) == ["one", "zero"]


def test_a_forked_copy_is_not_stored_again(
    claude: ClaudeSession, start: Start, scratch_home: Path
) -> None:
    """A fork repeats the history of its origin with the same record ids."""
    claude.prompt("one")
    ingest = start()
    run(ingest)
    fork = "f0f01000-0000-4000-8000-00000000f0f0"
    copy = claude.path.with_name(f"{fork}.jsonl")
    copy.write_bytes(claude.path.read_bytes().replace(SESSION.encode(), fork.encode(), 1))
    other = ClaudeSession(scratch_home, claude.project, fork)
    other.written = 7
    other.prompt("in the fork")

    assert run(ingest) == 1


def test_a_secret_is_replaced_before_it_is_stored(
    claude: ClaudeSession, start: Start, log: Log
) -> None:
    """Neither the event nor any page of the log holds what a pattern knows as a secret."""
    secret = "ghp_" + "k7Qw2ZpX9vRb4TnMk7Qw2ZpX9vRb4TnMk7Qw"
    claude.prompt(f"use {secret} for the release")
    run(start())

    assert prompts(log) == ["use «redacted:github-token» for the release"]
    assert secret.encode() not in (log.folder / "data.mdb").read_bytes()


def test_unknown_records_are_counted(claude: ClaudeSession, start: Start, log: Log) -> None:
    """What no rule knows is tallied by version, and its neighbours are kept."""
    claude.prompt("one")
    claude.write(claude.line("hologram", {}))
    claude.write(b"{torn\n")
    claude.prompt("two")
    run(start())

    assert prompts(log) == ["one", "two"]
    with log.read() as txn:
        tallies = {(row.version, row.what): row.count for row in TALLIES.rows(txn)}
    assert tallies == {("2.1.329", "hologram"): 1, ("", "malformed line"): 1}


def test_codification_is_due_after_many_turns(
    claude: ClaudeSession, start: Start, log: Log
) -> None:
    """Every 20 turns of the agent a row asks for it, without waiting for quiet."""
    for number in range(20):
        claude.prompt(f"step {number}")
        claude.reply("done")
    run(start())

    with log.read() as txn:
        (due,) = DUE.rows(txn)
    assert (due.session, due.reason) == (SESSION, "turns")


def test_a_session_moves_once_its_folder_is_known(
    start: Start, log: Log, scratch_home: Path, project: Path
) -> None:
    """Cursor's folder name says little; a later path tells the workspace, and history follows."""
    slug = str(project).strip("/").replace("/", "-").replace("_", "-").replace(".", "-")
    while "--" in slug:
        slug = slug.replace("--", "-")
    session = "11111111-2222-4333-8444-555555555555"
    file = scratch_home / ".cursor" / "projects" / slug / "agent-transcripts" / session
    file.mkdir(parents=True)
    file /= f"{session}.jsonl"
    file.write_text(
        '{"role":"user","message":{"content":[{"type":"text","text":"<user_query>\\nhi\\n'
        '</user_query>"}]}}\n'
    )
    project.rename(project.with_name("away"))
    ingest = start()
    run(ingest)
    with log.read() as txn:
        assert [row.source for row in WORKSPACES.rows(txn)] == ["slug"]
    project.with_name("away").rename(project)
    with file.open("a") as transcript:
        transcript.write(
            '{"role":"assistant","message":{"content":[{"type":"tool_use","name":"Read",'
            f'"input":{{"path":"{project}/a.py"}}}}]}}}}\n'
        )
    run(ingest)

    with log.read() as txn:
        assert [row.root for row in WORKSPACES.rows(txn)] == [str(project.resolve())]
    assert len(events(log, session, "cursor")) == 2
