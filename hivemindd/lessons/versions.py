"""How a lesson came to be what it is: its versions, read from its evidence.

No version is stored: lessons are a function of what was judged, so that what a lesson was
at a time is what the evidence up to then makes of it. What is forgotten leaves no version.
"""

from collections.abc import Mapping, Sequence

import msgspec

from hivemindd.lessons.check import widens
from hivemindd.lessons.promote import derive
from hivemindd.lessons.standing import state_of, united, weigh
from hivemindd.records import Correction, Evidence, Lesson, LessonState


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A lesson as it was from one correction to the next; `ts` in ms since 1970 UTC.

    `weight` is that of the support that counted then.
    """

    number: int
    ts: int
    correction: str
    rule: str
    not_when: list[str]
    state: LessonState
    weight: float


def versions(lesson: Lesson, corrections: Mapping[str, Correction]) -> list[Version]:
    """Return the versions of a lesson, the oldest first; the last says what it says now.

    `corrections` are those of its workspace by id. A wording of which the correction is
    gone is not known any more: the lesson's own stands for it.
    """
    found: list[Version] = []
    evidence = united(lesson.evidence)
    waits = lesson.state == "review" or _waits(lesson, corrections)
    for count, entry in enumerate(evidence, 1):
        part = evidence[:count]
        if not any(each.weight > 0 for each in part):
            continue
        so_far = msgspec.structs.replace(lesson, evidence=part)
        worded = lesson if count == len(evidence) else _worded(so_far, corrections)
        version = Version(
            number=len(found) + 1,
            ts=entry.ts,
            correction=entry.correction,
            rule=worded.rule,
            not_when=worded.not_when,
            state=state_of(part, review=waits),
            weight=weigh(so_far),
        )
        if not found or _content(version) != _content(found[-1]):
            found.append(version)
    return found


def _content(version: Version) -> tuple[str, list[str], LessonState]:
    return version.rule, version.not_when, version.state


def _waits(lesson: Lesson, corrections: Mapping[str, Correction]) -> bool:
    """Tell whether its rule is one that a person has to allow, as long as it stands."""
    verdicts = (
        corrections[name].verdict for name in _support(lesson.evidence) if name in corrections
    )
    return any(verdict is not None and widens(verdict) for verdict in verdicts)


def _worded(lesson: Lesson, corrections: Mapping[str, Correction]) -> Lesson:
    """Return what the evidence of a lesson alone makes of it, itself where that is not known."""
    told = [
        corrections[entry.correction]
        for entry in lesson.evidence
        if entry.correction in corrections
    ]
    if len(told) < len(lesson.evidence) or any(each.verdict is None for each in told):
        return lesson
    first = _support(lesson.evidence)[0]
    return next((each for each in derive(told) if first in _support(each.evidence)), lesson)


def _support(evidence: Sequence[Evidence]) -> list[str]:
    return [entry.correction for entry in evidence if entry.weight > 0]
