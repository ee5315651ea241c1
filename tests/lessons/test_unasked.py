"""Corrections that no judge was ever asked about."""

import msgspec
import pytest

from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.promote import derive
from hivemindd.lessons.unasked import SURPLUS, UNANSWERED, UNLIKELY, UNTAUGHT, was_asked
from hivemindd.records import Correction
from tests.lessons.make import make_correction, make_verdict

SAID = "I have put it into okapi-gold."


def dismissed(why: str, *, judged: bool = False) -> Correction:
    """Return a correction of which nothing came."""
    verdict = nothing_learned("b") if judged else None
    correction = make_correction("and now the parser", SAID, name="b", session="s1")
    return msgspec.structs.replace(correction, state="dismissed", why=why, verdict=verdict)


NEVER = [dismissed(why) for why in (UNLIKELY, SURPLUS)]
MAYBE = [
    dismissed("no correction"),  # of a log that kept no verdicts
    dismissed("no correction", judged=True),
    dismissed(UNTAUGHT),
    dismissed(UNANSWERED),
    msgspec.structs.replace(dismissed(SURPLUS), state="parked"),  # told better since, and asked
]


def test_it_is_told_by_what_is_known_of_it() -> None:
    """Where it is not sure a judge may have been."""
    assert not any(map(was_asked, NEVER))
    assert all(map(was_asked, MAYBE))


@pytest.mark.parametrize("beside", [*NEVER, *MAYBE])
def test_only_what_a_judge_was_shown_can_be_in_its_verdicts(beside: Correction) -> None:
    """A word of it that stands in a verdict is no person's; one of what it never saw may be."""
    rule = "Use pnpm and okapi-gold"
    words = "we use pnpm here"
    supports = [
        msgspec.structs.replace(
            make_correction(words, "Bash(npm ci)", name=f"c{n}", session=f"s{n}", ts=n),
            state="accepted",
            verdict=make_verdict(f"c{n}", quote=words, directive="always", rule=rule),
        )
        for n in (1, 2)
    ]

    (lesson,) = derive([*supports, beside])

    assert (lesson.rule == rule) is not was_asked(beside)
