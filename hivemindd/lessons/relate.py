"""How a verdict stands to lessons, as far as their wordings tell.

The pair (right, wrong) decides where there is one: it names things, and things compare
better than sentences. Only wordings that are nearly the same decide by themselves.

A model that was asked has seen the lessons, and says itself how a verdict stands to them. Of
its rules wordings only tell which say the very same (`repeat`), so that what it could not have
seen, or has overlooked, is no second lesson: an exception that it gave a rule of its own names
the same two things as the rule, the other way round.
"""

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from hivemindd.lessons.terms import GENERIC, closeness, key, likeness
from hivemindd.records import Lesson, RelationKind, Verdict

ALTERNATIVES = " | "
ALIKE = 0.66
SURE = 0.8
SAME_WORDING = 0.82
HALF = 0.4

_NEGATIONS = frozenset({"not", "never", "no", "avoid", "don", "without", "stop"})
_REFUSALS = _NEGATIONS | {
    *("remove", "delete", "drop", "revert", "undo", "why", "again", "instead", "rid", "ditch"),
    *("kill", "skip", "strip", "ban", "banned", "forbidden", "unnecessary", "needless", "unneeded"),
    *("kein", "keine", "nicht", "sin", "pas", "sem", "не", "без"),
}


class Relation(msgspec.Struct, frozen=True):
    """One lesson that a verdict bears on, how, and how sure that is, from 0 to 1."""

    lesson: str
    kind: RelationKind
    score: float


def relate(
    verdict: Verdict, lessons: Sequence[Lesson], *, by_model: bool = False
) -> list[Relation]:
    """Return the lessons that a verdict bears on: one that is the same, all it contradicts.

    What says where it does not hold is an exception to its opposite, no contradiction. Nor is
    what a model understood, unless it is an order for good. The order of `lessons` changes
    nothing.
    """
    limited = bool(verdict.not_when) or verdict.scope == "task"
    found: list[Relation] = []
    about = _about(verdict.right, verdict.wrong, verdict.rule)
    for lesson in lessons:
        if about.isdisjoint(_about(lesson.right, lesson.wrong, lesson.rule)):
            continue  # as `compare` would find too, for nearly all, and not as fast
        kind, score = compare(verdict, lesson, plain=verdict.directive != "none")
        if by_model:
            kind, score = _surely(verdict, lesson, kind, score)
        if limited and kind == "contradicts":
            kind = "refines"
        if kind != "unrelated":
            found.append(Relation(lesson.id, kind, score))
    found.sort(key=lambda relation: (-relation.score, relation.lesson))
    best = [relation for relation in found if relation.kind in {"same", "refines"}][:1]
    return best + [relation for relation in found if relation.kind == "contradicts"]


def compare(
    one: Verdict | Lesson, lesson: Lesson, *, plain: bool = False
) -> tuple[RelationKind, float]:
    """Return how one rule stands to another, and how sure that is, from 0 to 1.

    What asks for the refused thing contradicts, unless it only resembles it and is no
    `plain` word (a standing order). Rules without a term in common are never related.
    """
    if not touches(one, lesson):
        return "unrelated", 0.0
    asked, refused, right_of, wrong_of = _told_apart(
        one.right, one.wrong, lesson.right, lesson.wrong
    )
    right, wrong = _best(asked, right_of), _best(refused, wrong_of)
    across = _best(asked, wrong_of), _best(refused, right_of)
    if max(across) >= ALIKE and max(across) > max(right, wrong):
        sure = plain or min(across) >= ALIKE or max(across) >= SURE
        return ("contradicts" if sure else "unrelated"), max(across)
    if score := _agreement(one, lesson, right, wrong):
        return "same", score
    if (one.right or one.wrong) and right + wrong == 0:
        return "unrelated", 0.0
    wording = closeness(one.rule, lesson.rule, SAME_WORDING)
    if wording < SAME_WORDING:
        return "unrelated", 0.0
    return ("same" if _denies(one.rule) == _denies(lesson.rule) else "contradicts"), wording


def repeat(one: Verdict | Lesson, lesson: Lesson) -> float:
    """Return how surely two rules say the very same: of 0 to 1, 0 unless both sides agree."""
    asked, refused, right_of, wrong_of = _told_apart(
        one.right, one.wrong, lesson.right, lesson.wrong
    )
    pair = min(_best(asked, right_of), _best(refused, wrong_of))
    wording = closeness(one.rule, lesson.rule, SAME_WORDING)
    if wording < SAME_WORDING or _denies(one.rule) != _denies(lesson.rule):
        wording = 0.0
    return max(pair if pair >= SURE else 0.0, wording)


def touches(one: Verdict | Lesson, lesson: Lesson) -> bool:
    """Tell whether two rules have a term in common: without one they are unrelated."""
    about = _about(lesson.right, lesson.wrong, lesson.rule)
    return not about.isdisjoint(_about(one.right, one.wrong, one.rule))


def alternatives(phrases: str) -> list[str]:
    """Return the single phrases of `right` or `wrong`, which may hold several."""
    return [phrase for phrase in phrases.split(ALTERNATIVES) if phrase]


def differ(one: Lesson, other: Lesson) -> bool:
    """Tell whether both say what to do and what to leave, and not the same."""
    told = one.right and one.wrong and other.right and other.wrong
    return bool(told) and compare(one, other)[0] != "same"


def denies(one: Lesson, other: Lesson) -> bool:
    """Tell whether one lesson names what the other refuses, and does not refuse it too."""
    said = key(one.rule)
    refused = {found for phrase in alternatives(one.wrong) for found in key(phrase)}
    named = (key(phrase) - GENERIC for phrase in alternatives(other.wrong))
    asks = any(each and each <= said and not each <= refused for each in named)
    return asks and _REFUSALS.isdisjoint(one.rule.lower().replace("'", " ").split())


def passes_over(said: str, one: Lesson, other: Lesson) -> bool:
    """Tell whether words that taught one lesson name what the other asks for, and ask for else.

    Who says "mocha is slow, use jest" is not for mocha, though they do not refuse it.
    """
    wanted, named = _keys(one.right), _keys(other.right)
    if not wanted or _best(wanted, named) > 0:
        return False
    return any(each - GENERIC and each <= key(said) for each in named)


def _surely(
    verdict: Verdict, lesson: Lesson, kind: RelationKind, score: float
) -> tuple[RelationKind, float]:
    """Return what stays of a relation by wording where a model was asked."""
    if kind == "same":
        sure = repeat(verdict, lesson)
        return ("same", sure) if sure else ("unrelated", 0.0)
    if kind == "contradicts" and verdict.directive == "none":
        return "unrelated", 0.0
    return kind, score


def _agreement(one: Verdict | Lesson, lesson: Lesson, right: float, wrong: float) -> float:
    """Return how surely the pairs agree, 0 when they do not.

    What is asked for may replace many things, so its name alone must match well. The same
    thing refused in favour of two different ones is two rules.
    """
    if one.right and lesson.right and one.wrong and lesson.wrong:
        if right >= SURE or (min(right, wrong) >= HALF and right + wrong >= 1):
            return max(right, (right + wrong) / 2)
        return wrong if wrong >= SURE and (right > 0 or _are_acts(one, lesson)) else 0.0
    return max(right if right >= SURE else 0.0, wrong if wrong >= ALIKE else 0.0)


def _are_acts(one: Verdict | Lesson, lesson: Lesson) -> bool:
    """Tell whether what is asked for comes in several words: then its wording may differ."""
    return " " in one.right and " " in lesson.right


@lru_cache(maxsize=4096)
def _about(right: str, wrong: str, rule: str) -> frozenset[str]:
    """Return all that a rule speaks of."""
    return key(rule).union(*_keys(right), *_keys(wrong))


@lru_cache(maxsize=8192)
def _told_apart(*sides: str) -> list[list[frozenset[str]]]:
    """Return what the phrases of each side name, without what both sides of a pair share.

    In "named export instead of default export" only named and default tell them apart.
    """
    keys = [_keys(side) for side in sides]
    every = [frozenset[str]().union(*side) for side in keys]
    shared = (every[0] & every[1]) | (every[2] & every[3])
    return [[each - shared or each for each in side] for side in keys]


@lru_cache(maxsize=4096)
def _keys(phrases: str) -> tuple[frozenset[str], ...]:
    return tuple(found for phrase in alternatives(phrases) if (found := key(phrase)))


def _best(ones: Sequence[frozenset[str]], others: Sequence[frozenset[str]]) -> float:
    """Return the best likeness of two things that may each go by several names."""
    return max((likeness(a, b) for a in ones for b in others), default=0.0)


def _denies(rule: str) -> bool:
    return not _NEGATIONS.isdisjoint(rule.lower().replace("'", " ").split())
