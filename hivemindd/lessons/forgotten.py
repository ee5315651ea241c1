"""What is left of corrections when others are forgotten, as a pure function of both.

Lessons are derived from what is left, so that what is forgotten was never there. But a judge
may have named a forgotten correction, or repeated its words, in a verdict on one that stays.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from hivemindd.lessons.check import widens
from hivemindd.lessons.grounds import KNOWN, own_rule
from hivemindd.lessons.standing import united
from hivemindd.lessons.taught import Taught, lesson_id
from hivemindd.lessons.terms import terms
from hivemindd.records import Correction, Lesson

POINTLESS = "what it was an exception to is forgotten"


def amend(
    left: Sequence[Correction], gone: Sequence[Correction], before: Iterable[Lesson]
) -> list[Correction]:
    """Return the corrections that are left as they are once others are gone.

    `before` are the lessons that all of them made. A verdict that names a lesson by a
    correction that is gone names it by the oldest support that it has left. An exception to a
    lesson that has none left limits no other in its place. Words that only those said which
    are gone are taken out of the verdicts.
    """
    there = {each.id for each in left}
    gone = [each for each in gone if each.id not in there]
    names = {each.id for each in gone}
    touched = [lesson for lesson in before if any(e.correction in names for e in lesson.evidence)]
    if not touched:
        return list(left)
    by_id = {each.id: each for each in left}
    homes = _homes(gone, touched, by_id)
    bases = _bases(touched, by_id)
    near = {entry.correction for lesson in touched for entry in lesson.evidence}
    hidden = _words(gone) - _words(each for each in left if each.id in near) - KNOWN
    amended = []
    for each in left:
        row = _without(_renamed(each, homes, bases), hidden)
        amended.append(row if row != each else each)
    return amended


def _homes(
    gone: Sequence[Correction], touched: Sequence[Lesson], left: Mapping[str, Correction]
) -> dict[str, str]:
    """Return by the name of a lesson, from a correction that is gone, what it is called now.

    Empty where nothing supports it any more.
    """
    support = {
        entry.correction: lesson
        for lesson in touched
        for entry in lesson.evidence
        if entry.weight > 0
    }
    return {
        lesson_id(each): _heir(support[each.id], left) if each.id in support else ""
        for each in gone
    }


def _bases(touched: Sequence[Lesson], left: Mapping[str, Correction]) -> dict[str, str]:
    """Return by the exceptions to lessons what these are called now, empty for no more."""
    return {
        entry.correction: _heir(lesson, left)
        for lesson in touched
        for entry in lesson.evidence
        if not entry.weight
    }


def _heir(lesson: Lesson, left: Mapping[str, Correction]) -> str:
    support = (entry.correction for entry in united(lesson.evidence) if entry.weight > 0)
    return next((lesson_id(left[name]) for name in support if name in left), "")


def _renamed(each: Correction, homes: Mapping[str, str], bases: Mapping[str, str]) -> Correction:
    """Return a correction with the lesson that its verdict names, as it is called now."""
    verdict = each.verdict
    if verdict is None:
        return each
    name = homes.get(verdict.relates_to)
    limits = verdict.relation == "refines" and not (verdict.rule and widens(verdict))
    if name is None and limits and not verdict.relates_to:
        name = bases.get(each.id)  # by its wording it was an exception to it
    if name is None:
        return each
    row = msgspec.structs.replace(each, verdict=msgspec.structs.replace(verdict, relates_to=name))
    if not name and limits and not each.why:
        row.why = POINTLESS
    return row


def _without(each: Correction, hidden: frozenset[str]) -> Correction:
    """Return a correction without the parts of its verdict that hold hidden words."""
    verdict = each.verdict
    if verdict is None or not hidden:
        return each
    own = _words([each])
    cut: dict[str, Any] = {
        name: ""
        for name in ("trigger", "wrong", "right", "reason", "activity", "rule")
        if _holds(getattr(verdict, name), hidden - own)
    }
    exceptions = [text for text in verdict.not_when if not _holds(text, hidden - own)]
    if len(exceptions) < len(verdict.not_when):
        cut["not_when"] = exceptions
    if not cut:
        return each
    if "rule" in cut:
        right = cut.get("right", verdict.right)
        own_words = own_rule([Taught(correction=each, verdict=verdict)])
        cut["rule"] = own_words or (f"Use {right}" if right else "")
    return msgspec.structs.replace(each, verdict=msgspec.structs.replace(verdict, **cut))


def _holds(text: str, hidden: frozenset[str]) -> bool:
    return not hidden.isdisjoint(terms(text))


def _words(corrections: Iterable[Correction]) -> frozenset[str]:
    """Return the stems of all that stands in corrections, but for what a judge made of them."""
    return frozenset(word for each in corrections for text in _texts(each) for word in terms(text))


def _texts(each: Correction) -> Iterator[str]:
    yield from (each.reason, each.quote, each.user_diff, each.agent_output, each.accepted)
