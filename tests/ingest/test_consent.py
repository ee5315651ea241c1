"""What a person, a project or a session does not want to be captured stays out."""

import json
import os
import secrets
from datetime import datetime
from pathlib import Path

import pytest

from hivemindd.assistants.base import Places
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.clock import SystemClock
from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.pause import reopen
from hivemindd.log import store
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.erase import doom, erase
from hivemindd.log.homes import put_session
from hivemindd.log.pauses import EVERYTHING, Pauses
from hivemindd.log.store import Log, LogError
from hivemindd.log.tables import SESSIONS, Txn
from hivemindd.records import MISSED, Session
from hivemindd.sessions.wishes import Wish
from tests.ingest.asked import MISSING, NO, YES, Person
from tests.ingest.conftest import Start
from tests.ingest.taken import events, prompts, run
from tests.records import ClaudeSession


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
    log.transact(lambda txn: reopen(txn, ingest.omissions))
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


def ignoring(log: Log, home: Path, *patterns: str) -> Ingest:
    """Return an ingest whose settings ignore some folders."""
    return Ingest(
        log, [ClaudeCode()], Places(home), SystemClock(), every_n_turns=20, ignore=patterns
    )


@pytest.mark.parametrize("pattern", ["~/project", "~/pro*", "~/**", "**/project"])
def test_a_folder_that_the_settings_ignore_is_left_alone(
    claude: ClaudeSession, log: Log, scratch_home: Path, pattern: str
) -> None:
    """From the next start on, and the pattern is named."""
    claude.prompt("private")
    run(ignoring(log, scratch_home, "~/elsewhere/**", pattern))

    assert events(log) == []
    assert row(log).why_not == f"the settings ignore {pattern}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".hivemind", '{"collect": false}'),
        (".hivemind.local", '{"collect": false}'),
        (".envrc", "export HIVEMIND_CAPTURE=false\n"),
    ],
)
def test_a_file_in_the_project_says_no(
    claude: ClaudeSession, log: Log, scratch_home: Path, name: str, text: str
) -> None:
    """For what is begun in a folder below it, too; and the file is named."""
    (claude.project / name).write_text(text)
    below = claude.project / "packages" / "api"
    below.mkdir(parents=True)
    claude.prompt("private", cwd=str(below))
    run(ignoring(log, scratch_home))

    assert events(log) == []
    assert str(claude.project / name) in row(log).why_not


def row(log: Log) -> Session:
    """Return the one session."""
    with log.read() as txn:
        return _only(txn)


def _only(txn: Txn) -> Session:
    (found,) = SESSIONS.rows(txn)
    return found


def grow_later(claude: ClaudeSession, seconds: int) -> None:
    """Let the transcript look as if it had been appended to some seconds later."""
    now = claude.path.stat().st_mtime + seconds
    os.utime(claude.path, (now, now))


def test_a_session_that_does_not_want_it_is_left_alone(
    claude: ClaudeSession, log: Log, scratch_home: Path
) -> None:
    """`HIVEMIND_CAPTURE=false` in the environment of its process does the same."""
    ingest = Person(log, scratch_home, NO).start()
    claude.prompt("private")
    run(ingest)

    assert events(log) == []
    assert row(log).why_not == "HIVEMIND_CAPTURE=false in its environment"


def test_no_word_of_it_reaches_the_disk(
    claude: ClaudeSession, log: Log, scratch_home: Path
) -> None:
    """Neither of what was typed, nor said, nor written, nor read."""
    ingest = Person(log, scratch_home, NO).start()
    claude.prompt("plantedprompt")
    claude.result(claude.call("Bash", command="echo plantedcall"), "plantedoutput")
    claude.call("Write", file_path=str(claude.project / "a.py"), content="plantedtext")
    claude.reply("plantedreply")
    run(ingest)

    stored = b"".join(file.read_bytes() for file in log.folder.iterdir())
    assert row(log).id.encode() in stored
    assert b"planted" not in stored


def test_a_session_that_is_resumed_may_object(
    claude: ClaudeSession, log: Log, scratch_home: Path
) -> None:
    """From there on nothing is captured, also when it is resumed once more without a word."""
    person = Person(log, scratch_home, YES)
    ingest = person.start()
    claude.prompt("open")
    run(ingest)
    person.wish = NO
    claude.prompt("private")
    run(ingest)
    person.wish = YES
    claude.prompt("still private")
    run(ingest)

    assert prompts(log) == ["open"]


def test_who_could_not_be_asked_is_left_out(
    claude: ClaudeSession, log: Log, scratch_home: Path
) -> None:
    """It may have said no. Catching up is how to have it after all."""
    person = Person(log, scratch_home, MISSING)
    ingest = person.start()
    claude.prompt("perhaps private")
    run(ingest)
    assert events(log) == []
    assert row(log).why_not == MISSED

    ingest = person.start()
    assert events(log) == []
    log.transact(lambda txn: reopen(txn, ingest.omissions))
    ingest.forget_signatures()
    run(ingest)

    assert prompts(log) == ["perhaps private"]
    assert row(log).captured


def test_what_is_forgotten_is_not_caught_up_with(
    claude: ClaudeSession, log: Log, scratch_home: Path
) -> None:
    """Who could not be asked and is forgotten stays so; what is said later is as good as new."""
    ingest = Person(log, scratch_home, MISSING).start()
    claude.prompt("perhaps private")
    run(ingest)
    said = json.loads(claude.path.read_text().splitlines()[-1])["timestamp"]
    until = int(datetime.fromisoformat(said).timestamp() * 1000)
    log.transact(lambda txn: erase(txn, [doom(txn, _only(txn), BlockCodec(), until)]))
    claude.prompt("later")
    run(ingest)
    assert events(log) == []
    assert row(log).forgotten == until

    log.transact(lambda txn: reopen(txn, ingest.omissions))
    ingest.forget_signatures()
    run(ingest)

    assert prompts(log) == ["later"]


def test_what_was_written_before_anybody_looked_is_captured(
    claude: ClaudeSession, log: Log, scratch_home: Path
) -> None:
    """Nobody could have asked then: the history of a new user comes in as a whole."""
    claude.prompt("long ago")
    Person(log, scratch_home, MISSING).start()

    assert prompts(log) == ["long ago"]


def test_history_that_could_not_be_committed_is_captured_later(
    claude: ClaudeSession, log: Log, scratch_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk makes nobody missed; whoever begins after the backfill still can be."""
    for _ in range(33):
        claude.prompt(secrets.token_hex(30_000))
    ingest = Person(log, scratch_home, MISSING).make()
    with monkeypatch.context() as patched:
        patched.setattr(store, "MAX_MAP", 1 << 20)
        with pytest.raises(LogError, match="has reached"):
            run(ingest)

    assert run(ingest) == 33
    assert row(log).captured
    other = ClaudeSession(scratch_home, claude.project, "0e0e0000-0000-4000-8000-00000000e0e0")
    other.prompt("perhaps private")
    run(ingest)
    assert events(log, other.session) == []


def test_what_goes_on_growing_only_runs_out_of_sight(
    claude: ClaudeSession, log: Log, scratch_home: Path
) -> None:
    """In a container, say: it was not over, and is captured from its beginning."""
    ingest = Person(log, scratch_home, MISSING).start()
    claude.prompt("first")
    run(ingest)
    assert events(log) == []

    claude.prompt("second")
    grow_later(claude, 60)
    run(ingest)
    run(ingest)

    assert prompts(log) == ["first", "second"]
    assert row(log).captured


def test_any_transcript_of_a_session_may_show_that_it_goes_on(
    claude: ClaudeSession, log: Log, scratch_home: Path
) -> None:
    """One that only a subagent has grown is captured with what that has said."""
    ingest = Person(log, scratch_home, MISSING).start()
    claude.prompt("first")
    run(ingest)
    agent = ClaudeSession(scratch_home, claude.project)
    agent.path = claude.path.with_suffix("") / "subagents" / "agent-1.jsonl"
    agent.written = 50
    agent.reply("second")
    grow_later(agent, 60)
    run(ingest)
    run(ingest)

    assert len(events(log)) == 2


def test_who_was_seen_before_does_not_run_out_of_sight(
    claude: ClaudeSession, log: Log, scratch_home: Path
) -> None:
    """A session that is resumed again and again for a moment stays out."""
    person = Person(log, scratch_home, Wish(heard="missed", seen=True))
    ingest = person.start()
    claude.prompt("first")
    run(ingest)
    claude.prompt("second")
    grow_later(claude, 60)
    run(ingest)
    run(ingest)
    assert events(log) == []

    person.wish = YES
    claude.prompt("third")
    run(ingest)
    assert prompts(log) == ["third"]


def test_a_known_session_goes_on_when_its_process_has_just_gone(
    claude: ClaudeSession, log: Log, scratch_home: Path
) -> None:
    """Only one that had ended can have been resumed by somebody else."""
    person = Person(log, scratch_home, YES)
    ingest = person.start()
    claude.prompt("first")
    run(ingest)
    person.wish = MISSING
    claude.prompt("last")
    run(ingest)
    assert prompts(log) == ["first", "last"]

    ended = row(log)
    ended.state = "ended"
    log.transact(lambda txn: put_session(txn, ended))
    claude.prompt("whose?")
    run(ingest)
    assert prompts(log) == ["first", "last"]
    assert row(log).why_not == MISSED
