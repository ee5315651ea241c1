"""What a person, a project or a session does not want to be captured stays out."""

from pathlib import Path

from hivemindd.assistants.base import Places
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.clock import SystemClock
from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.pause import EVERYTHING, Pauses, reopen
from hivemindd.log.store import Log
from hivemindd.log.tables import SESSIONS
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
