"""Precision, recall and F1 of yes-or-no answers, with bootstrap intervals."""

import random
from collections.abc import Sequence

import msgspec

ROUNDS = 1_000
SEED = 0
LOWER, UPPER = 0.025, 0.975

Answer = tuple[bool, bool]
"""What was said, and what is true."""
Interval = tuple[float, float]


class Score(msgspec.Struct, frozen=True):
    """How good some answers are; None where nothing was there to be counted."""

    precision: float | None
    recall: float | None
    f1: float | None


class Intervals(msgspec.Struct, frozen=True):
    """Where 95 % of the scores of resampled answers lie."""

    precision: Interval | None
    recall: Interval | None
    f1: Interval | None


def score(answers: Sequence[Answer]) -> Score:
    """Return the score of some answers."""
    hits = sum(said and true for said, true in answers)
    return _score(hits, sum(said for said, _ in answers), sum(true for _, true in answers))


def intervals(answers: Sequence[Answer]) -> Intervals:
    """Return the intervals of a score, the same for the same answers in the same order."""
    chance = random.Random(SEED)
    scores = [score(chance.choices(answers, k=len(answers))) for _ in range(ROUNDS)]
    return Intervals(
        precision=_middle([each.precision for each in scores]),
        recall=_middle([each.recall for each in scores]),
        f1=_middle([each.f1 for each in scores]),
    )


def share(part: int, whole: int) -> float | None:
    """Return a share, None of nothing."""
    return part / whole if whole else None


def _score(hits: int, said: int, true: int) -> Score:
    return Score(share(hits, said), share(hits, true), share(2 * hits, said + true))


def _middle(values: Sequence[float | None]) -> Interval | None:
    counted = sorted(value for value in values if value is not None)
    if not counted:
        return None
    last = len(counted) - 1
    return counted[round(LOWER * last)], counted[round(UPPER * last)]
