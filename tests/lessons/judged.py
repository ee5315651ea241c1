"""Judged corrections, as they are said one after the other, and what a lesson has of them."""

from typing import Any

import msgspec

from hivemindd.lessons.taught import lesson_id
from hivemindd.records import Correction, Lesson
from tests.lessons.make import make_correction, make_verdict

NO_PAIR: dict[str, Any] = {"right": "", "wrong": ""}


def said(number: int, session: str = "", *, weight: float = 1.0, **fields: Any) -> Correction:
    """Return a correction with the verdict on it; its number is its time too."""
    correction = make_correction(
        "pnpm please", name=f"c{number}", session=session or f"s{number}", ts=number, weight=weight
    )
    return msgspec.structs.replace(correction, verdict=make_verdict(f"c{number}", **fields))


def about(number: int, other: Correction, relation: str, **fields: Any) -> Correction:
    """Return one whose judge named the lesson that another began."""
    return said(number, relates_to=lesson_id(other), relation=relation, **fields)


def held(lesson: Lesson) -> dict[str, float]:
    """Return the weights of a lesson's evidence."""
    return {entry.correction: entry.weight for entry in lesson.evidence}
