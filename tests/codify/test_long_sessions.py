"""A session in which more is said than a judge is asked about at a time."""

from collections import Counter
from collections.abc import Sequence

from hivemindd.errors import JudgeUnavailableError
from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.lessons.prefilter import MOST, READ
from hivemindd.lessons.unasked import SURPLUS, UNANSWERED
from hivemindd.log.tables import CORRECTIONS
from hivemindd.records import Correction, Lesson, Verdict
from tests.codify.workshop import NAMES, Workshop
from tests.records import ClaudeSession


class Unreachable:
    """A judge that is out of order."""

    name = "unreachable"

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Say that nobody can be asked."""
        raise JudgeUnavailableError(f"{len(candidates)} wait, {len(lessons)} are known")


def test_it_goes_on_teaching(workshop: Workshop) -> None:
    """However much was said before, what is said now is heard."""
    session = ClaudeSession(workshop.home, workshop.project, NAMES[0])
    for number in range(READ + 10):
        session.reply(f"Step {number} is done.")
        session.prompt(f"please look into part {number} of the parser next")
    workshop.capture()
    workshop.codify()
    session.result(session.call("Bash", command="npm install zod"), "done")
    session.prompt("no, never use npm here, always pnpm")
    workshop.capture()

    assert workshop.codify().corrections == 1
    with workshop.log.read() as txn:
        (taught,) = [row for row in CORRECTIONS.rows(txn) if row.state == "accepted"]
    assert taught.reason == "no, never use npm here, always pnpm"


def test_what_was_to_be_asked_before_may_have_been_seen(workshop: Workshop) -> None:
    """There is no room for it any more, but nobody may say that no judge was asked."""
    session = ClaudeSession(workshop.home, workshop.project, NAMES[0])
    session.reply("Installed with npm.")
    session.prompt("no, never use npm here, always pnpm")
    workshop.capture()
    assert workshop.codify(Unreachable()).parked == 1
    for number in range(MOST):
        session.reject(session.call("Bash", command=f"npm i lib{number}"), f"pnpm add lib{number}")
    workshop.capture()
    pool = workshop.pool(LocalJudge())
    pool.ask("")
    pool.run_all()

    with workshop.log.read() as txn:
        (row,) = [row for row in CORRECTIONS.rows(txn) if row.channel == "follow-up"]
    assert (row.state, row.why) == ("dismissed", UNANSWERED)


def test_what_there_is_no_room_for_is_told_apart(workshop: Workshop) -> None:
    """A refusal in words that nobody was asked about is not called hardly a correction."""
    session = ClaudeSession(workshop.home, workshop.project, NAMES[0])
    for number in range(MOST + 5):
        session.prompt("continue")
        session.reject(session.call("Bash", command=f"npm i lib{number}"), f"pnpm add lib{number}")
    workshop.capture()
    workshop.codify()

    with workshop.log.read() as txn:
        unasked = Counter(row.why for row in CORRECTIONS.rows(txn) if row.verdict is None)
    assert unasked == {SURPLUS: 5}
