"""Ingest over real files and a real log."""

import secrets
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hivemindd.assistants.base import Places
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.assistants.cursor.assistant import Cursor
from hivemindd.clock import SystemClock
from hivemindd.events import AnyEvent, Prompt
from hivemindd.ingest import loop, poll
from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.pause import EVERYTHING, Pauses, reopen
from hivemindd.log import store
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, find_session, read
from hivemindd.log.store import Log, LogError, open_log
from hivemindd.log.tables import CHECKPOINTS, DUE, SESSIONS, TALLIES, WORKSPACES
from hivemindd.paths import make_private
from tests.records import SESSION, ClaudeSession

Start = Callable[[], Ingest]


@pytest.fixture(name="log")
def _log(tmp_path: Path) -> Iterator[Log]:
    folder = tmp_path / "log"
    make_private(folder)
    log = open_log(folder, map_size=1 << 20)
    yield log
    log.close()


@pytest.fixture(name="project")
def _project(scratch_home: Path) -> Path:
    project = scratch_home / "project"
    project.mkdir()
    return project


@pytest.fixture(name="claude")
def _claude(scratch_home: Path, project: Path) -> ClaudeSession:
    return ClaudeSession(scratch_home, project)


@pytest.fixture(name="start")
def _start(log: Log, scratch_home: Path) -> Start:
    def start() -> Ingest:
        return Ingest(
            log, [ClaudeCode(), Cursor()], Places(scratch_home), SystemClock(), every_n_turns=20
        )

    return start


def run(ingest: Ingest, *, final: bool = False) -> int:
    """Scan, drain, and return how many events were new."""
    before = ingest.events
    ingest.scan()
    ingest.drain(threading.Event(), final=final)
    return ingest.events - before


def events(log: Log, session: str = SESSION, assistant: str = "claude-code") -> list[AnyEvent]:
    """Return what the log holds of a session."""
    with log.read() as txn:
        row = find_session(txn, assistant, session)
        assert row is not None
        packed = blocks(txn, row)
    return [event for _, event in read(packed, BlockCodec())]


def prompts(log: Log, session: str = SESSION) -> list[str]:
    """Return the prompts of a session."""
    return [event.text for event in events(log, session) if isinstance(event, Prompt)]


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


def test_what_is_written_while_paused_stays_out(
    claude: ClaudeSession, start: Start, log: Log
) -> None:
    """Not even reading the file again from its beginning brings it in."""
    ingest = start()
    claude.prompt("before")
    run(ingest)
    ingest.pauses = Pauses({EVERYTHING: 0})
    claude.prompt("private")
    assert run(ingest) == 0
    ingest.pauses = Pauses()
    claude.prompt("after")
    run(ingest)
    claude.path.write_bytes(b"\n" + claude.path.read_bytes())
    run(ingest)

    assert prompts(log) == ["before", "after"]


def test_catching_up_takes_in_what_was_passed_over(
    claude: ClaudeSession, start: Start, log: Log
) -> None:
    """`resume --catch-up` is the explicit way to have it after all."""
    ingest = start()
    ingest.pauses = Pauses({EVERYTHING: 0})
    claude.prompt("private")
    run(ingest)
    ingest.pauses = Pauses()
    assert log.transact(reopen) == 1
    ingest.forget_signatures()
    run(ingest)

    assert prompts(log) == ["private"]


def test_a_project_that_does_not_want_it_is_left_alone(
    claude: ClaudeSession, start: Start, log: Log
) -> None:
    """`collect: false` keeps every event out and says why."""
    (claude.project / ".hivemind").write_text('{"collect": false}')
    claude.prompt("private")
    run(start())

    assert events(log) == []
    with log.read() as txn:
        (row,) = SESSIONS.rows(txn)
    assert not row.captured
    assert ".hivemind" in row.why_not


def test_a_project_may_change_its_mind(claude: ClaudeSession, start: Start, log: Log) -> None:
    """From the moment a project refuses nothing more of a running session is taken in."""
    ingest = start()
    claude.prompt("open")
    run(ingest)
    switch = claude.project / ".hivemind"
    switch.write_text('{"collect": false}')
    claude.prompt("private")
    run(ingest)
    switch.unlink()
    claude.prompt("open again")
    run(ingest)

    assert prompts(log) == ["open", "open again"]


def test_a_session_that_does_not_want_it_is_left_alone(
    claude: ClaudeSession, log: Log, scratch_home: Path
) -> None:
    """`HIVEMIND_CAPTURE=false` in the environment of its process does the same."""
    claude.prompt("private")
    ingest = Ingest(
        log,
        [ClaudeCode()],
        Places(scratch_home),
        SystemClock(),
        every_n_turns=20,
        environment=lambda _assistant, _session: {"HIVEMIND_CAPTURE": "false"},
    )
    run(ingest)

    assert events(log) == []


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


def test_a_large_file_does_not_hold_up_others(
    claude: ClaudeSession, start: Start, log: Log, scratch_home: Path
) -> None:
    """Files take turns of a megabyte each, so that all of them are read in the end."""
    for _ in range(6):
        claude.prompt("x" * 600_000)
    other = ClaudeSession(scratch_home, claude.project, "aaaa1000-0000-4000-8000-0000000000aa")
    other.prompt("small")

    assert run(start()) == 7
    assert prompts(log, other.session) == ["small"]
    assert events(log)[0].full_chars == 600_000


def fill(home: Path, project: Path, sessions: int, prompts_each: int) -> int:
    """Write sessions whose text does not compress; return how many events they hold."""
    for number in range(sessions):
        session = ClaudeSession(home, project, f"{number:08x}-0000-4000-8000-000000000000")
        for _ in range(prompts_each):
            session.prompt(secrets.token_urlsafe(9_000))
    return sessions * prompts_each


def test_the_size_of_groups_changes_nothing(
    start: Start,
    log: Log,
    scratch_home: Path,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However the work is cut into groups, each event is stored once and in its order."""
    monkeypatch.setattr(loop, "GROUP_BYTES", 1)
    monkeypatch.setattr(poll, "BUDGET", 20_000)
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
