"""What is left of corrections when others are forgotten."""

from typing import Any

import msgspec

from hivemindd.lessons.forgotten import POINTLESS, amend
from hivemindd.lessons.promote import derive
from hivemindd.lessons.taught import lesson_id
from hivemindd.records import Correction, Lesson
from tests.lessons.make import make_correction, make_verdict

SPACES: dict[str, Any] = {
    "rule": "Use spaces instead of tabs in Makefiles",
    "right": "spaces",
    "wrong": "tabs",
    "activity": "code-style",
}


def said(number: int, words: str = "pnpm please, not npm", **fields: Any) -> Correction:
    """Return a correction with the verdict on it; its number is its time too."""
    name = f"c{number}"
    correction = make_correction(words, name=name, session=f"s{number}", ts=number)
    return msgspec.structs.replace(correction, verdict=make_verdict(name, **fields))


def limits(number: int, other: Correction, **fields: Any) -> Correction:
    """Return an exception to the lesson that another correction began."""
    common: dict[str, Any] = {
        "relation": "refines",
        "relates_to": lesson_id(other),
        "rule": "",
        "not_when": ["in the docs folder"],
    }
    return said(number, "npm is fine in the docs folder", **common | fields)


def forget(*gone: Correction, left: list[Correction]) -> tuple[list[Correction], list[Lesson]]:
    """Return the corrections and the lessons that are left of all."""
    before = derive([*gone, *left])
    amended = amend(left, gone, before)
    return amended, derive(amended, before)


def test_who_named_the_forgotten_one_supports_the_lesson_all_the_same() -> None:
    """By a judge's word, where the wordings alone would not have told."""
    first, second = said(1), said(2)
    named: dict[str, Any] = {"relates_to": lesson_id(first), "relation": "same"}
    third = said(3, rule="Add packages with pnpm", wrong="", **named)

    _, (lesson,) = forget(first, left=[second, third])

    assert lesson.id == lesson_id(second)
    assert [entry.correction for entry in lesson.evidence] == ["c2", "c3"]


def test_an_exception_limits_what_is_left_of_its_lesson() -> None:
    """The lesson is called by its next correction now, and is still limited."""
    first, second = said(1), said(2)

    _, (lesson,) = forget(first, left=[second, limits(3, first)])

    assert lesson.not_when == ["in the docs folder"]
    assert {entry.correction: entry.weight for entry in lesson.evidence} == {"c2": 1.0, "c3": 0.0}


def test_an_exception_to_nothing_limits_no_other_lesson() -> None:
    """However alike the other is: it was not said of that."""
    first = said(1, "use pnpm instead of npm in scripts", rule="Use pnpm instead of npm in scripts")
    exception = limits(2, first, wrong="npm", right="pnpm")
    # Said later, and so alike that its wording alone would take the exception in.
    other = said(3, rule="Use pnpm instead of npm", relates_to="")

    assert [lesson.not_when for lesson in derive([exception, other])] == [["in the docs folder"]]

    amended, lessons = forget(first, left=[exception])
    again = derive([*amended, other])

    assert amended[0].why == POINTLESS
    assert lessons == []
    assert [lesson.not_when for lesson in again] == [[]]


def test_an_exception_that_no_judge_had_named_stays_with_its_lesson() -> None:
    """Where its wording brought it there, and that lesson has gone, it goes nowhere else."""
    first = said(1)
    exception = limits(2, first, relates_to="", wrong="npm", right="pnpm", rule="Use npm in docs")
    assert [each.not_when for each in derive([first, exception])] == [["in the docs folder"]]

    amended, lessons = forget(first, left=[exception])

    assert (amended[0].why, lessons) == (POINTLESS, [])


def test_a_correction_that_another_session_holds_too_is_not_forgotten() -> None:
    """A resumed session has said it as well."""
    first, exception = said(1), limits(2, said(1))
    copy = msgspec.structs.replace(first, session="fork")

    before = derive([first, copy, exception])
    assert amend([copy, exception], [first], before) == [copy, exception]


def test_words_that_only_the_forgotten_said_leave_the_verdicts() -> None:
    """A judge that was shown the lesson may have repeated them; the rest of a verdict stays."""
    first = said(1, "use zebrafish instead of okapi", **_zebra())
    second = said(2, "no, zebrafish for the deploy", **_zebra(trigger="when you deploy"))

    (amended,), (lesson,) = forget(first, left=[second])

    assert amended.verdict is not None
    assert (amended.verdict.wrong, amended.verdict.right) == ("", "zebrafish")
    assert (amended.verdict.trigger, lesson.rule) == ("when you deploy", "Use zebrafish")
    assert "okapi" not in repr((amended, lesson))


def test_words_that_somebody_else_has_said_too_stay() -> None:
    """Then they are not only the forgotten one's."""
    first = said(1, "use zebrafish instead of okapi", **_zebra())
    second = said(2, "zebrafish, never okapi", **_zebra())
    third = said(3, "again: zebrafish", **_zebra())

    amended, (lesson,) = forget(first, left=[second, third])

    assert amended == [second, third]
    assert "okapi" in lesson.rule


def test_a_verdict_that_says_nothing_of_its_own_teaches_no_more() -> None:
    """What it taught was the word of the forgotten one."""
    first = said(1, "use zebrafish instead of okapi", **_zebra())
    second = said(2, "no, not again!", **_zebra())

    (amended,), lessons = forget(first, left=[second])

    assert lessons == []
    assert "zebrafish" not in repr(amended)


def test_what_has_nothing_to_do_with_it_is_not_touched() -> None:
    """Its rows are not even written."""
    other = said(2, "spaces, not tabs", **SPACES)

    amended, lessons = forget(said(1), left=[other])

    assert amended == [other]
    assert [lesson.rule for lesson in lessons] == [SPACES["rule"]]


def _zebra(**fields: Any) -> dict[str, Any]:
    names = {"right": "zebrafish", "wrong": "okapi", "activity": "", "quote": ""}
    return {"rule": "Use zebrafish instead of okapi", **names, **fields}
