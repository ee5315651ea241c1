"""Which corrections belong to one lesson.

First those that a judge has put together, then those whose wordings agree, at last those that
are about the same thing. What speaks against each other never comes together.
"""

from collections.abc import Iterator, Mapping, Sequence

from hivemindd.lessons.clusters import clusters
from hivemindd.lessons.draft import absorb, alike, begin, merge, support_of, waits, weight_of
from hivemindd.lessons.relate import compare, denies, differ, passes_over, relate, repeat, touches
from hivemindd.lessons.subjects import OFFSET, SAME, Subjects
from hivemindd.lessons.taught import Taught
from hivemindd.records import Lesson

LOCAL = "local"


def gather(taught: Mapping[str, Taught], subjects: Subjects) -> list[Lesson]:
    """Return the lessons with what supports them."""
    foes = _foes(taught)
    lessons = _without_duplicates(_settled(taught, foes), taught, foes)
    supported = [lesson for lesson in lessons if support_of(lesson)]
    return _of_one_subject(supported, taught, subjects, foes)


def _settled(taught: Mapping[str, Taught], foes: Mapping[str, set[str]]) -> list[Lesson]:
    """Return the lessons with what supports them.

    A judge that named a lesson has the last word; else wordings decide.
    """
    lessons: dict[str, Lesson] = {}
    homes: dict[str, Lesson] = {}
    for name in _in_turn(taught):
        each = taught[name]
        if each.limits:
            continue
        home, weight = homes.get(each.named), weight_of(each)
        if home is None:
            enemies = foes.get(name, set())
            reach = [
                lesson for lesson in alike(each, lessons.values()) if not _holds(lesson, enemies)
            ]
            found = relate(each.verdict, reach, by_model=is_by_model(each))
            if found and found[0].kind != "contradicts":
                home = lessons[found[0].lesson]
                weight = weight if found[0].kind == "same" else 0.0
        if home is None:
            home = begin(each)
            lessons[home.id] = home
        if weight:
            homes[name] = home
        absorb(home, each, weight)
    return list(lessons.values())


def _foes(taught: Mapping[str, Taught]) -> dict[str, set[str]]:
    """Return by correction those that contradict it by the word of the judge, or it them.

    However alike they sound, they are never of one lesson because of it.
    """
    foes: dict[str, set[str]] = {}
    for name, each in taught.items():
        if each.against:
            foes.setdefault(name, set()).add(each.against)
            foes.setdefault(each.against, set()).add(name)
    return foes


def _in_turn(taught: Mapping[str, Taught]) -> Iterator[str]:
    """Yield in the order of time, but what a lesson began with before what names it."""
    done: set[str] = set()
    for first in taught:
        chain, name = [], first
        while name and name not in done:
            done.add(name)
            chain.append(name)
            name = taught[name].named
        yield from reversed(chain)


def _without_duplicates(
    lessons: list[Lesson], taught: Mapping[str, Taught], foes: Mapping[str, set[str]]
) -> list[Lesson]:
    """Return the lessons with those merged that have turned out the same."""
    kept: list[Lesson] = []
    for lesson in lessons:
        enemies = {foe for entry in lesson.evidence for foe in foes.get(entry.correction, ())}
        twins = [
            (-score, place)
            for place, other in enumerate(kept)
            if (score := _likeness(lesson, other, taught)) and not _holds(other, enemies)
        ]
        if twins:
            merge(kept[min(twins)[1]], lesson)
        else:
            kept.append(lesson)
    return kept if len(kept) == len(lessons) else _without_duplicates(kept, taught, foes)


def _likeness(one: Lesson, other: Lesson, taught: Mapping[str, Taught]) -> float:
    """Return how surely two lessons are the same, 0 when they are not, from either side."""
    if waits(one) != waits(other) or not touches(one, other):
        return 0.0
    found = compare(one, other), compare(other, one)
    if any(kind == "contradicts" for kind, _ in found):
        return 0.0
    same = max((score for kind, score in found if kind == "same"), default=0.0)
    if same and any(is_by_model(taught[e.correction]) for e in one.evidence + other.evidence):
        return max(repeat(one, other), repeat(other, one))
    return same


def _of_one_subject(
    lessons: Sequence[Lesson],
    taught: Mapping[str, Taught],
    subjects: Subjects,
    foes: Mapping[str, set[str]],
) -> list[Lesson]:
    """Return the lessons with those merged that are about the same thing.

    Only among what was read on this machine, and never what speaks against each other, nor
    two of which a third alone is about the same: it may be about both.
    """
    near = [lesson for lesson in lessons if not waits(lesson) and _are_local(lesson, taught)]
    support = [support_of(lesson) for lesson in near]
    means = {}
    for one, other in subjects.near(support):
        mean = subjects.mean(support[one], support[other])
        agree = mean >= SAME and _agree(near[one], near[other], taught, foes)
        means[one, other] = mean if agree else float("-inf")
    merged: set[str] = set()
    for first, *others in clusters([*map(len, support)], means, other=OFFSET, least=SAME):
        for twin in others:
            merge(near[first], near[twin])
            merged.add(near[twin].id)
    return [lesson for lesson in lessons if lesson.id not in merged]


def is_local(each: Taught) -> bool:
    """Tell whether the judge on this machine has read it."""
    return each.correction.judge.startswith(LOCAL)


def is_by_model(each: Taught) -> bool:
    """Tell whether a model was asked, which was shown lessons and named the one it meant.

    Where what it named teaches no more, nobody knows which one that is now: wordings decide.
    """
    lost = each.verdict.relates_to and not (each.named or each.against)
    return bool(each.correction.judge) and not is_local(each) and not lost


def _are_local(lesson: Lesson, taught: Mapping[str, Taught]) -> bool:
    return all(is_local(taught[name]) for name in support_of(lesson))


def _agree(
    one: Lesson, other: Lesson, taught: Mapping[str, Taught], foes: Mapping[str, set[str]]
) -> bool:
    enemies = {foe for entry in one.evidence for foe in foes.get(entry.correction, ())}
    found = compare(one, other), compare(other, one)
    return not (
        _holds(other, enemies)
        or any(kind == "contradicts" for kind, _ in found)
        or differ(one, other)
        or denies(one, other)
        or denies(other, one)
        or any(passes_over(said, one, other) for said in _said(one, taught))
        or any(passes_over(said, other, one) for said in _said(other, taught))
    )


def _said(lesson: Lesson, taught: Mapping[str, Taught]) -> Iterator[str]:
    return (taught[name].correction.reason for name in support_of(lesson))


def _holds(lesson: Lesson, corrections: set[str]) -> bool:
    return bool(corrections) and any(entry.correction in corrections for entry in lesson.evidence)
