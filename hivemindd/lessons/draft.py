"""A lesson while it is put together from what was taught."""

from collections.abc import Iterable, Sequence

from hivemindd.lessons.clauses import plainness
from hivemindd.lessons.moments import deed
from hivemindd.lessons.relate import ALTERNATIVES, alternatives
from hivemindd.lessons.standing import DIRECTIVE, united
from hivemindd.lessons.taught import Taught, lesson_id
from hivemindd.lessons.terms import GENERIC, LIGHT, terms
from hivemindd.records import Evidence, Lesson, Verdict

ALTERNATIVES_KEPT = 6
EXCEPTIONS_KEPT = 8
PHRASE_CHARS = 120


def begin(each: Taught) -> Lesson:
    """Return a lesson in the words of what it begins with, yet without support."""
    return Lesson(
        id=lesson_id(each.correction),
        workspace=each.correction.workspace,
        rule=each.verdict.rule,
        trigger=each.verdict.trigger,
        type=each.verdict.type,
        activity=each.verdict.activity,
        state="review" if each.waits else "open",
    )


def absorb(lesson: Lesson, each: Taught, weight: float) -> None:
    """Add what supports a lesson, or limits it where the weight is 0."""
    lesson.evidence.append(entry_of(each, weight))
    lesson.not_when = _shortest([*lesson.not_when, *each.verdict.not_when], EXCEPTIONS_KEPT)
    if weight:
        _word(lesson, each.verdict)


def merge(lesson: Lesson, twin: Lesson) -> None:
    """Give a lesson all that stands behind its twin, and the better wording of the two."""
    lesson.evidence.extend(twin.evidence)
    lesson.not_when = _shortest([*lesson.not_when, *twin.not_when], EXCEPTIONS_KEPT)
    _word(lesson, twin)


def reword(lesson: Lesson, support: Sequence[Taught]) -> None:
    """Put a lesson in the words of these alone."""
    worded = begin(support[0])
    for each in support:
        _word(worded, each.verdict)
    for name in ("rule", "trigger", "type", "activity", "right", "wrong"):
        setattr(lesson, name, getattr(worded, name))


def voices(support: Sequence[Taught]) -> list[Taught]:
    """Return those whose rule is an order for good, or names what another speaks of too.

    What is said beside the matter, and once, is not what a lesson is about. All where none is.
    """
    spoken = [frozenset(terms(each.correction.reason)) for each in support]
    named = [frozenset(terms(each.verdict.rule)) - GENERIC - LIGHT for each in support]
    heard = [
        each
        for at, each in enumerate(support)
        if each.verdict.directive != "none"
        or any(named[at] & words for other, words in enumerate(spoken) if other != at)
    ]
    return heard or [*support]


def support_of(lesson: Lesson) -> list[str]:
    """Return the corrections that support a lesson, in the order of time."""
    return [entry.correction for entry in united(lesson.evidence) if entry.weight > 0]


def waits(lesson: Lesson) -> bool:
    """Tell whether a person has to allow the rule first."""
    return lesson.state == "review"


def homes_of(lessons: Iterable[Lesson]) -> dict[str, Lesson]:
    """Return by correction the lesson that it supports."""
    return {
        entry.correction: lesson
        for lesson in lessons
        for entry in lesson.evidence
        if entry.weight > 0
    }


def weight_of(each: Taught) -> float:
    """Return how much a correction counts for, or against, a lesson."""
    return DIRECTIVE if each.verdict.directive != "none" else each.correction.weight


def alike(each: Taught, lessons: Iterable[Lesson]) -> list[Lesson]:
    """Return the lessons that wait for a person if this does, else those that do not."""
    return [lesson for lesson in lessons if waits(lesson) == each.waits]


def entry_of(each: Taught, weight: float) -> Evidence:
    """Return a correction as evidence: below 0 it speaks against the lesson."""
    return Evidence(
        correction=each.correction.id,
        session=each.correction.session,
        ts=each.correction.ts,
        weight=weight,
        quote=each.verdict.quote or each.correction.quote,
        did=deed(each.correction.agent_output),
        conversation=each.correction.conversation,
    )


def _word(lesson: Lesson, wording: Verdict | Lesson) -> None:
    """Give the lesson the better wording of the two, and all that it names so far."""
    lesson.right = _joined(lesson.right, wording.right)
    lesson.wrong = _joined(lesson.wrong, wording.wrong)
    if preference(wording) < preference(lesson):
        lesson.rule, lesson.trigger = wording.rule, wording.trigger
        lesson.type, lesson.activity = wording.type, wording.activity


def preference(wording: Verdict | Lesson) -> tuple[int, tuple[int, int, str], str, str, str]:
    """Order wordings: what names both sides first, then the plainest; never by arrival."""
    signs = (" instead of ", "; ")
    pair = next((at for at, sign in enumerate(signs) if sign in wording.rule), len(signs))
    return pair, plainness(wording.rule), wording.trigger, wording.type, wording.activity


def _joined(phrases: str, phrase: str) -> str:
    added = [" ".join(each.split())[:PHRASE_CHARS] for each in alternatives(phrase)]
    return ALTERNATIVES.join(_shortest([*alternatives(phrases), *added], ALTERNATIVES_KEPT))


def _shortest(texts: Iterable[str], most: int) -> list[str]:
    """Return the shortest different texts: a choice that no order of arrival can change."""
    return sorted({text for text in texts if text}, key=lambda text: (len(text), text))[:most]
