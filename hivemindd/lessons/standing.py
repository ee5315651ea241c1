"""Where a lesson stands: counted from its evidence, never asked of a model.

A session and its forks are one conversation, and count as one session.

Support has a weight above 0, an exception weighs 0, a contradiction has a weight below 0.
They are read in the order of (time, correction), so that a person's newest word wins,
whenever it arrived. What moves a lesson from one state to the next:

| from                      | by                                                | to         |
|---------------------------|---------------------------------------------------|------------|
| open                      | support that weighs 3 in all, of two sessions     | promoted   |
| open, promoted            | a contradiction                                   | contested  |
| contested                 | a contradiction of another session                | superseded |
| open, promoted, contested | a contradiction that is an order for good         | superseded |
| contested                 | support, beside which all earlier support counts  | open       |
| superseded                | support, from which the counting begins anew      | open       |
| promoted                  | the loss of evidence that it needs                | open       |
| review                    | what supersedes any other lesson                  | superseded |
| superseded                | support of a rule that a person has to allow      | review     |
| open, to be promoted      | a rule that no person said                        | review     |
| any                       | an exception                                      | the same   |
| any                       | a person who takes it out                         | retired    |
| retired                   | anything                                          | retired    |

What comes to "open" is promoted where the support that counts is enough.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from math import fsum

from hivemindd.records import Evidence, Lesson, LessonState

DIRECTIVE = 3.0
REPEAT = 0.25
SESSION_CAP = 1.5
PROMOTED_AT = 3.0
SESSIONS = 2
OVERRULED_BY = 2


def state_of(evidence: Iterable[Evidence], *, review: bool = False) -> LessonState:
    """Return the state that evidence gives a lesson; `review` where a person must allow it."""
    support, state = _fold(evidence)
    if review and state != "superseded":
        return "review"
    return "promoted" if state == "open" and _is_earned(support) else state


def weigh(lesson: Lesson) -> float:
    """Return the weight of what supports a lesson since it was last overruled.

    In one session the strongest support counts in full and every repeat a quarter, up to a
    cap that only a directive exceeds.
    """
    return _weight(_fold(lesson.evidence)[0])


def tipping(evidence: Iterable[Evidence]) -> Evidence | None:
    """Return the support with which a lesson was first promoted, None when it never was."""
    entries = united(evidence)
    for number, entry in enumerate(entries, start=1):
        if entry.weight > 0 and state_of(entries[:number]) == "promoted":
            return entry
    return None


def united(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Return the evidence in order of time, each correction once."""
    once: dict[str, Evidence] = {}
    for entry in sorted(evidence, key=lambda e: (e.ts, e.correction, e.weight, e.quote, e.session)):
        once.setdefault(entry.correction, entry)
    return list(once.values())


def _is_earned(support: Sequence[Evidence]) -> bool:
    talks = {entry.talk for entry in support}
    return len(talks) >= SESSIONS and _weight(support) >= PROMOTED_AT - 1e-9


def _weight(support: Iterable[Evidence]) -> float:
    ordered = sorted(support, key=lambda entry: (entry.talk, -entry.weight))
    talks = (list(group) for _, group in groupby(ordered, key=lambda entry: entry.talk))
    return fsum(
        max(
            entries[0].weight,
            min(
                SESSION_CAP,
                fsum([entries[0].weight, *(min(REPEAT, e.weight) for e in entries[1:])]),
            ),
        )
        for entries in talks
    )


def _fold(evidence: Iterable[Evidence]) -> tuple[list[Evidence], LessonState]:
    """Return the support that still counts, and open, contested or superseded."""
    support: list[Evidence] = []
    against: set[str] = set()
    state: LessonState = "open"
    for entry in united(evidence):
        if entry.weight > 0:
            support.append(entry)
            against, state = set(), "open"
        elif entry.weight < 0:
            against.add(entry.talk)
            state = "superseded" if state == "superseded" else "contested"
            if entry.weight <= -DIRECTIVE or len(against) >= OVERRULED_BY:
                support, against, state = [], set(), "superseded"
    return support, state
