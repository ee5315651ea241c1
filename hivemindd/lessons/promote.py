"""From evidence to a promoted lesson: counted here, never asked of a model.

A lesson is what its evidence says, read in the order of (time, correction). Support has a
weight above 0, an exception weighs 0, a contradiction has a weight below 0. So neither the
order of arrival nor a correction that arrives twice can change what comes out.
"""

from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b
from itertools import groupby
from math import fsum

import msgspec

from hivemindd.lessons.judge import Verdict
from hivemindd.lessons.relate import ALTERNATIVES, alternatives, compare, relate
from hivemindd.records import Correction, Evidence, Lesson, LessonState

DIRECTIVE = 3.0
REPEAT = 0.25
SESSION_CAP = 1.5
PROMOTED_AT = 3.0
SESSIONS = 2
OVERRULED_BY = 2
ALTERNATIVES_KEPT = 6
EXCEPTIONS_KEPT = 8
PHRASE_CHARS = 120


def learn(
    verdict: Verdict, correction: Correction, lessons: Sequence[Lesson], *, judge: str = ""
) -> list[Lesson]:
    """Return the lessons that a verdict changes or begins, none when it was counted before.

    `lessons` are those of the workspace; `judge` names who gave the verdict.
    """
    if any(entry.correction == correction.id for each in lessons for entry in each.evidence):
        return []
    known = {lesson.id: lesson for lesson in lessons}
    changed: list[Lesson] = []
    placed = False
    for relation in relate(verdict, lessons):
        if verdict.teaches:
            related = msgspec.structs.replace(
                verdict, relates_to=relation.lesson, relation=relation.kind
            )
            changed.append(absorb(known[relation.lesson], related, correction))
            placed = placed or relation.kind != "contradicts"
    if not placed and verdict.teaches and verdict.rule:
        changed.append(absorb(None, verdict, correction, judge=judge))
    return changed


def absorb(
    lesson: Lesson | None, verdict: Verdict, correction: Correction, *, judge: str = ""
) -> Lesson:
    """Return the lesson with one more correction, or the new lesson that it begins.

    A verdict that `contradicts` or `refines` this very lesson counts against it or names an
    exception to it; any other supports it.
    """
    if lesson is None:
        lesson = _begin(verdict, correction, judge)
    relation = verdict.relation if verdict.relates_to == lesson.id else "same"
    weight = DIRECTIVE if verdict.directive != "none" else correction.weight
    entry = Evidence(
        correction=correction.id,
        session=correction.session,
        ts=correction.ts,
        weight={"contradicts": -weight, "refines": 0.0}.get(relation, weight),
        quote=verdict.quote or correction.quote,
    )
    changed = msgspec.structs.replace(lesson, evidence=_united([*lesson.evidence, entry]))
    if entry.weight > 0:
        changed = _worded(changed, verdict)
    if relation != "contradicts":
        changed.not_when = _shortest([*lesson.not_when, *verdict.not_when], EXCEPTIONS_KEPT)
    return settle(changed)


def forget(lesson: Lesson, corrections: Collection[str]) -> Lesson | None:
    """Return the lesson without some of its evidence, None when nothing supports it any more."""
    left = [entry for entry in lesson.evidence if entry.correction not in corrections]
    if not any(entry.weight > 0 for entry in left):
        return None
    return settle(msgspec.structs.replace(lesson, evidence=left))


def merge(one: Lesson, other: Lesson) -> Lesson:
    """Return both lessons as one, under the name of the one that was there first.

    A lesson that stands in a skill keeps its name, so that the skill keeps its lesson.
    """
    first, second = sorted((one, other), key=lambda each: (not each.skill, each.created, each.id))
    merged = msgspec.structs.replace(
        _worded(first, second),
        evidence=_united([*one.evidence, *other.evidence]),
        not_when=_shortest([*one.not_when, *other.not_when], EXCEPTIONS_KEPT),
        skill=first.skill or second.skill,
    )
    return settle(merged)


def merge_duplicates(lessons: Sequence[Lesson]) -> tuple[list[Lesson], list[str]]:
    """Return the lessons that took in a duplicate, and the ids of those taken in."""
    left = {each.id: each for each in lessons if each.state in {"open", "promoted"}}
    changed: dict[str, Lesson] = {}
    gone: list[str] = []
    for name in sorted(left):
        if name not in left:
            continue
        pairs = [(compare(left[name], left[twin]), twin) for twin in sorted(left) if twin != name]
        twins = [twin for (kind, _), twin in pairs if kind == "same"]
        if twins:
            merged = merge(left[name], left[twins[0]])
            lost = twins[0] if merged.id == name else name
            gone.append(lost)
            del left[lost]
            changed.pop(lost, None)
            left[merged.id] = changed[merged.id] = merged
    return list(changed.values()), gone


def settle(lesson: Lesson) -> Lesson:
    """Return the lesson in the state that its evidence gives it; what is retired stays so."""
    times = [entry.ts for entry in lesson.evidence]
    state = _standing(lesson)
    if state == "open" and (lesson.state == "promoted" or lesson.skill) and _is_earned(lesson):
        state = "promoted"
    return msgspec.structs.replace(
        lesson,
        created=min(times, default=lesson.created),
        updated=max(times, default=lesson.updated),
        state="retired" if lesson.state == "retired" else state,
    )


def weigh(lesson: Lesson) -> float:
    """Return the weight of what supports a lesson since it was last overruled.

    In one session the strongest support counts in full and every repeat a quarter, up to a
    cap that only a directive exceeds.
    """
    ordered = sorted(_support(lesson), key=lambda entry: (entry.session, -entry.weight))
    sessions = (list(group) for _, group in groupby(ordered, key=lambda entry: entry.session))
    return fsum(
        max(
            entries[0].weight,
            min(
                SESSION_CAP,
                fsum([entries[0].weight, *(min(REPEAT, e.weight) for e in entries[1:])]),
            ),
        )
        for entries in sessions
    )


def is_due(lesson: Lesson) -> bool:
    """Tell whether an open lesson has earned its promotion."""
    return lesson.state == "open" and _standing(lesson) == "open" and _is_earned(lesson)


def _is_earned(lesson: Lesson) -> bool:
    sessions = {entry.session for entry in _support(lesson)}
    return len(sessions) >= SESSIONS and weigh(lesson) >= PROMOTED_AT - 1e-9


def _support(lesson: Lesson) -> list[Evidence]:
    return _fold(lesson.evidence)[0]


def _standing(lesson: Lesson) -> LessonState:
    return _fold(lesson.evidence)[1]


def _fold(evidence: Iterable[Evidence]) -> tuple[list[Evidence], LessonState]:
    """Read evidence in the order of time: the support that still counts, and the state.

    A person's newest word wins: support after a contradiction closes it. A directive
    against a lesson, or contradictions in two sessions, overrule all support before them.
    """
    support: list[Evidence] = []
    against: list[Evidence] = []
    state: LessonState = "open"
    for entry in _united(evidence):
        if entry.weight > 0:
            support.append(entry)
            against, state = [], "open"
        elif entry.weight < 0:
            against.append(entry)
            state = "superseded" if state == "superseded" else "contested"
            sessions = {each.session for each in against}
            if entry.weight <= -DIRECTIVE or len(sessions) >= OVERRULED_BY:
                support, against, state = [], [], "superseded"
    return support, state


def _united(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Return the evidence in order of time, each correction once."""
    once: dict[str, Evidence] = {}
    for entry in sorted(evidence, key=lambda e: (e.ts, e.correction, e.weight, e.quote, e.session)):
        once.setdefault(entry.correction, entry)
    return list(once.values())


def _begin(verdict: Verdict, correction: Correction, judge: str) -> Lesson:
    name = f"{correction.workspace}\0{correction.id}".encode()
    return Lesson(
        id=blake2b(name, digest_size=8).hexdigest(),
        workspace=correction.workspace,
        rule=verdict.rule,
        trigger=verdict.trigger,
        type=verdict.type,
        activity=verdict.activity,
        judge=judge,
    )


def _worded(lesson: Lesson, verdict: Verdict | Lesson) -> Lesson:
    """Return the lesson with the better wording of the two, and with all it names so far."""
    named = msgspec.structs.replace(
        lesson,
        right=_joined(lesson.right, verdict.right),
        wrong=_joined(lesson.wrong, verdict.wrong),
    )
    if _preference(verdict) >= _preference(lesson):
        return named
    return msgspec.structs.replace(
        named,
        rule=verdict.rule,
        trigger=verdict.trigger,
        type=verdict.type,
        activity=verdict.activity,
    )


def _preference(wording: Verdict | Lesson) -> tuple[bool, int, str, str, str, str]:
    """Order wordings: what names both sides first, then the shortest; never by arrival."""
    plain = not any(sign in wording.rule for sign in (" instead of ", "; "))
    rule = wording.rule
    return plain, len(rule), rule, wording.trigger, wording.type, wording.activity


def _joined(phrases: str, phrase: str) -> str:
    added = [" ".join(each.split())[:PHRASE_CHARS] for each in alternatives(phrase)]
    return ALTERNATIVES.join(_shortest([*alternatives(phrases), *added], ALTERNATIVES_KEPT))


def _shortest(texts: Iterable[str], most: int) -> list[str]:
    """Return the shortest different texts: a choice that no order of arrival can change."""
    return sorted({text for text in texts if text}, key=lambda text: (len(text), text))[:most]
