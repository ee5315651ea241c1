"""Whose words a lesson that was put together on this machine is in."""

from typing import Any

import msgspec

from hivemindd.lessons.promote import derive
from hivemindd.records import Correction, Lesson
from tests.lessons.make import make_correction, make_verdict

SEEN = bytes([127, 0])


def said(number: int, words: str, rule: str = "", **fields: Any) -> Correction:
    """Return a correction that the local judge has read; the rule is its words but where told."""
    name = f"c{number}"
    correction = make_correction(
        words, "Edit(queue.rs)", name=name, session=f"s{number}", ts=number
    )
    told: dict[str, Any] = {"rule": rule or words, "right": "", "wrong": "", "quote": words}
    verdict = make_verdict(name, **told | fields, meaning=SEEN)
    return msgspec.structs.replace(correction, judge="local/9", verdict=verdict)


def taught(*corrections: Correction) -> Lesson:
    """Return the one lesson that a model's word puts together of these."""
    (lesson,) = [lesson for lesson in derive(corrections) if lesson.state == "promoted"]
    return lesson


TESTS = [
    said(0, "Add one under tests/ui"),
    said(1, "Needs a ui test with it"),
    said(2, "Each dialog gets its ui test"),
]


def test_what_one_alone_says_beside_the_matter_is_no_rule() -> None:
    """Though its wording is the plainest: the others name another thing."""
    beside = said(
        3, "no message in a ui test, that's codegen", "Do not use messages", wrong="messages"
    )
    lesson = taught(*TESTS, beside)
    assert "messages" not in lesson.rule.casefold()
    assert "ui test" in lesson.rule
    assert lesson.wrong == ""
    assert len(lesson.evidence) == 4


def test_an_order_for_good_is_always_one() -> None:
    """Whether or not another names the same thing."""
    order = said(3, "never ui test without a screenshot", "Never omit pictures", directive="always")
    assert taught(*TESTS, order).rule == "Never omit pictures"
