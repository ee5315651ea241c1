"""A session in which more is said than a judge is asked about at a time."""

from collections import Counter

from hivemindd.codify.session import SURPLUS
from hivemindd.lessons.prefilter import MOST, READ
from hivemindd.log.tables import CORRECTIONS
from tests.codify.workshop import NAMES, Workshop
from tests.records import ClaudeSession


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
