"""A fork is the conversation that it was made of, in whatever order the two are read."""

import json
import os

import pytest

from hivemindd.log.keys import workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import LESSONS, SESSIONS
from hivemindd.records import Lesson
from tests.codify.workshop import NAMES, Workshop
from tests.records import ClaudeSession

ORDER = "always use pnpm here, never npm"
FIRST, FORK, OTHER = range(3)


def fork(workshop: Workshop, origin: ClaudeSession, number: int) -> ClaudeSession:
    """Write what `claude --fork-session` makes of a session: its records under another name."""
    copy = ClaudeSession(workshop.home, workshop.project, NAMES[number])
    copy.written = origin.written
    for line in origin.path.read_text().splitlines():
        record = {**json.loads(line), "sessionId": copy.session}
        if record["type"] == "assistant":
            record["requestSessionId"] = origin.session
        copy.write(json.dumps(record).encode() + b"\n")
    return copy


def refuse(session: ClaudeSession) -> None:
    """Have the agent run npm once more, and be refused."""
    session.prompt("add lodash")
    session.reject(session.call("Bash", command="npm install lodash"), ORDER)
    session.result(session.call("Bash", command="pnpm add lodash"), "done")
    session.reply("Added with pnpm.")


def only_lesson(log: Log) -> Lesson:
    """Return the one lesson."""
    with log.read() as txn:
        (found,) = LESSONS.rows(txn)
    return found


@pytest.mark.parametrize("order", ["one by one", "the fork first", "the origin first"])
def test_a_fork_is_no_second_session(workshop: Workshop, order: str) -> None:
    """What is said in both counts as said in one; what another session says counts beside it."""
    origin = workshop.correct(FIRST, ORDER)
    if order == "one by one":
        workshop.capture()
        workshop.codify()
    branch = fork(workshop, origin, FORK)
    refuse(branch)
    earlier = branch if order == "the origin first" else origin
    os.utime(earlier.path, (1_700_000_000, 1_700_000_000))
    workshop.capture()
    workshop.codify()

    assert only_lesson(workshop.log).state == "open"
    assert not workshop.skill.exists()

    workshop.correct(OTHER, ORDER)
    workshop.capture()
    workshop.codify()
    assert only_lesson(workshop.log).state == "promoted"
    assert workshop.skill.exists()


def test_forks_of_a_session_that_is_gone(workshop: Workshop) -> None:
    """Two of them are one conversation, and one that was made of a fork too."""
    origin = ClaudeSession(workshop.home, workshop.project, NAMES[3])
    origin.prompt("add zod")
    origin.reply("Which version?")
    first = fork(workshop, origin, FIRST)
    refuse(first)
    second = fork(workshop, origin, FORK)
    second.reply("I take the latest.")
    third = fork(workshop, second, OTHER)
    third.written += 50
    refuse(third)
    origin.path.unlink()
    workshop.capture()
    workshop.codify()

    lesson = only_lesson(workshop.log)
    assert lesson.state == "open"
    assert {entry.session for entry in lesson.evidence} == {NAMES[FIRST], NAMES[OTHER]}
    with workshop.log.read() as txn:
        assert len(SESSIONS.rows(txn, workspace_key(lesson.workspace))) == 3
