"""From transcripts to what a skill has changed: what is kept on the way, and what is not."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from hivemindd.codify.consolidate import Consolidation
from hivemindd.codify.shelf import Shelf
from hivemindd.codify.traced import catch_up
from hivemindd.control.queries_lessons import SkillView, list_skills
from hivemindd.errors import JudgeUnavailableError
from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.lessons.proof import Proof
from hivemindd.log.homes import put_session
from hivemindd.log.tables import SESSIONS, SKILLS, TRACES, WORKSPACES, Txn
from hivemindd.records import Correction, Lesson, Trace, Verdict
from tests.clocks import SetClock
from tests.codify.workshop import Workshop
from tests.records import ClaudeSession

DAY = 86_400
WRITTEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAME = "package-commands"


class Silent:
    """A judge that cannot be had."""

    name = "api:m/p1"

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Refuse."""
        raise JudgeUnavailableError(f"no word on {len(candidates)} beside {len(lessons)} lessons")


@pytest.fixture(name="taught")
def _taught(workshop: Workshop) -> Workshop:
    """Give a workshop with a skill that three sessions of the day before have taught."""
    workshop.clock = SetClock(round(WRITTEN.timestamp() * 1000))
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    workshop.codify()
    assert workshop.skill.exists()
    return workshop


def visit(
    workshop: Workshop,
    number: int,
    *,
    listed: Sequence[str] = (NAME,),
    opened: bool = False,
    words: str = "",
) -> None:
    """Write a session of some day after, in which a package is added."""
    session = ClaudeSession(workshop.home, workshop.project, str(UUID(int=0xF000 + number)))
    listing = {"type": "skill_listing", "names": list(listed), "content": ""}
    session.write(session.line("attachment", {}, attachment=listing))
    session.prompt("add zod")
    if opened:
        call = session.call("Read", file_path=str(workshop.skill))
        session.result(call, "...")
    call = session.call("Bash", command="npm install zod" if words else "pnpm add zod")
    if words:
        session.reject(call, words)
    else:
        session.result(call, "done")
    session.reply("Added.")
    text = session.path.read_text().replace("2026-11-21T", f"2026-12-{number + 1:02}T")
    session.path.write_text(text)


def learn(workshop: Workshop) -> SkillView:
    """Take in and codify what was written; return the skill."""
    workshop.capture()
    workshop.codify()
    (skill,) = list_skills(workshop.log)
    return skill


def effect(workshop: Workshop) -> Proof:
    """Take in and codify what was written; return what the skill has changed."""
    proof = learn(workshop).effect
    assert proof is not None
    return proof


def traces(workshop: Workshop) -> list[Trace]:
    """Return all traces, by session."""
    with workshop.log.read() as txn:
        return sorted(TRACES.rows(txn), key=lambda row: row.session)


def test_before_and_since_come_from_the_transcripts(taught: Workshop) -> None:
    """What was said, listed and opened in sessions that the skill bears on."""
    first = effect(taught)
    assert (first.outcome, first.exposed) == ("too early", 0)
    assert (first.before.hits, first.before.trials) == (2, 2)

    for number in range(6):
        visit(taught, number, opened=number > 1, words="use pnpm instead of npm" * (number == 5))
    proof = effect(taught)

    assert (proof.exposed, proof.listing, proof.listed, proof.opened) == (6, 6, 6, 4)
    assert (proof.after.hits, proof.after.trials) == (1, 6)
    assert proof.diagnosis is not None
    assert proof.diagnosis.rung == "unheeded"
    assert proof.diagnosis.sessions == [str(UUID(int=0xF005))]


def test_a_skill_that_is_not_listed_is_found_out(taught: Workshop) -> None:
    """From what the assistant says that it saw."""
    for number in range(2):
        visit(taught, number, listed=["another"])
    proof = effect(taught)

    assert proof.diagnosis is not None
    assert (proof.diagnosis.rung, proof.diagnosis.assistants) == ("unlisted", ["claude-code"])


def test_a_skill_that_lies_nowhere_is_missing(taught: Workshop) -> None:
    """The disk is asked when the question is."""
    taught.skill.unlink()
    (skill,) = list_skills(taught.log)

    assert skill.effect is not None
    assert skill.effect.diagnosis is not None
    assert skill.effect.diagnosis.rung == "missing"


def test_what_nobody_has_judged_is_no_good_session(taught: Workshop) -> None:
    """While the judge cannot be had, a session counts neither way."""
    visit(taught, 0, words="use pnpm instead of npm")
    taught.capture()
    taught.codify(Silent())
    (skill,) = list_skills(taught.log)
    assert skill.effect is not None
    assert skill.effect.exposed == 0

    taught.pool().ask("")
    assert (effect(taught).exposed, effect(taught).recurred) == (1, 1)


def test_a_rule_keeps_its_time_when_the_skill_is_written_again(taught: Workshop) -> None:
    """Else every new rule would begin the count of all others anew."""
    assert isinstance(taught.clock, SetClock)
    first = effect(taught).rules[0].since
    taught.clock.run(DAY * 30)
    for number in range(3):
        visit(taught, number, words="never run npx, use pnpm dlx instead of npx")
    skill = learn(taught)

    assert skill.version > 1
    assert skill.effect is not None
    assert {rule.since for rule in skill.effect.rules} == {first, skill.written}


def test_what_was_codified_before_there_were_traces_is_read_once_a_day(taught: Workshop) -> None:
    """A log of an older version has none; nor has a newer reading any yet."""
    before = traces(taught)
    assert len(before) == 3
    with taught.log.read() as txn:
        (workspace,) = WORKSPACES.rows(txn)

    def forget(txn: Txn) -> None:
        for number, (key, row) in enumerate(list(TRACES.scan(txn))):
            TRACES.delete(txn, key)
            if number:
                row.version, row.activities = 0, []
                TRACES.put(txn, key, row)

    taught.log.transact(forget)
    shelf = Shelf(taught.log, taught.clock, home=taught.home, publish=True)
    Consolidation(taught.log, shelf, LocalJudge(), taught.clock).run(workspace.id)

    assert traces(taught) == before
    assert catch_up(taught.log, workspace.id) == 0


def test_a_session_that_is_forgotten_meanwhile_gets_no_trace(taught: Workshop) -> None:
    """What was read of it is gone, also where it has begun anew."""
    with taught.log.read() as txn:
        sessions, known = SESSIONS.rows(txn), [key for key, _ in TRACES.scan(txn)]
    taught.log.transact(lambda txn: [TRACES.delete(txn, key) for key in known])
    with ThreadPoolExecutor(1) as pool:

        def forget(txn: Txn) -> None:
            for row in sessions:
                put_session(txn, msgspec.structs.replace(row, forgotten=1))
            reading = pool.submit(catch_up, taught.log, sessions[0].workspace)
            with suppress(TimeoutError):  # it has read what was there before, and waits to write
                reading.result(timeout=0.5)

        taught.log.transact(forget)

    assert traces(taught) == []


def test_an_edited_skill_is_measured_as_it_was_written(taught: Workshop) -> None:
    """A rule that its owner does not let in is none of those that can be broken."""
    taught.skill.write_text(taught.skill.read_text() + "\nMine.\n")
    for number in range(3):
        visit(taught, number, words="never run npx, use pnpm dlx instead of npx")
    skill = learn(taught)

    assert skill.state == "user-owned"
    assert skill.effect is not None
    assert len(skill.effect.rules) == 1
    with taught.log.read() as txn:
        assert [len(row.since) for row in SKILLS.rows(txn)] == [1]
