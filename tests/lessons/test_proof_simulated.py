"""Histories with a known effect: it is found again, and none is found where there is none."""

import random
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from hivemindd.lessons.intervals import Interval, difference
from hivemindd.lessons.proof import Proof
from tests.lessons.histories import live

RUNS = 1_000
BACKFILLED = 15

each_history = pytest.mark.parametrize(
    ("rules", "at_once"), [(1, 0), (3, 0), (1, BACKFILLED), (1, 4 * BACKFILLED)]
)


class Lived(NamedTuple):
    """A proof, and the true mean rates before and since."""

    proof: Proof
    before: float
    after: float


def live_many(seed: int, factors: Sequence[float], rules: int = 1, at_once: int = 0) -> list[Lived]:
    """Live through many histories; a factor is what the skill makes of the chance of a break."""
    chance = random.Random(seed)
    found: list[Lived] = []
    while len(found) < RUNS:
        before = [chance.uniform(0.04, 0.6) for _ in range(rules)]
        factor = chance.choice(factors)
        after = [share * factor for share in before]
        later = chance.randint(5, 60)
        proof = live(chance, before, after, later=later, at_once=at_once)
        if proof is not None:
            # Rules count by their sessions since: one that came first has a few more.
            weights = {rule.lesson: rule.after.trials for rule in proof.rules}
            mean = sum(before[int(name[1:])] * weights[name] for name in weights)
            mean /= sum(weights.values())
            found.append(Lived(proof, mean, mean * factor))
    return found


def share(facts: Sequence[bool]) -> float:
    """Return the share of what is true."""
    return sum(facts) / len(facts)


def holds(interval: Interval, true: float) -> bool:
    """Tell whether the truth lies within an interval."""
    return interval.low <= true <= interval.high


@each_history
def test_a_known_effect_lies_within_its_interval(rules: int, at_once: int) -> None:
    """So do the rates before and since, though rules are written when things are bad."""
    found = live_many(7, (0.0, 0.1, 0.3, 0.5, 1.0, 1.5), rules, at_once)

    assert share([holds(each.proof.change, each.after - each.before) for each in found]) >= 0.93
    assert share([holds(each.proof.before, each.before) for each in found]) >= 0.93
    assert share([holds(each.proof.after, each.after) for each in found]) >= 0.93


@each_history
def test_no_effect_is_not_taken_for_one(rules: int, at_once: int) -> None:
    """In about one history of twenty, and praise is no more than its share of that."""
    outcomes = [each.proof.outcome for each in live_many(8, (1.0,), rules, at_once)]

    assert share([outcome in {"worked", "worse"} for outcome in outcomes]) <= 0.065
    assert share([outcome == "worked" for outcome in outcomes]) <= 0.04


def test_counting_from_the_first_correction_would_praise_what_does_nothing() -> None:
    """Regression to the mean: why the rate before takes in the whole history."""
    found = [each.proof for each in live_many(8, (1.0,))]
    naive = [difference(proof.after, proof.learning).high < 0 for proof in found]

    assert share(naive) > 0.08
    assert all(proof.learning.value >= proof.before.value for proof in found)


def test_a_strong_effect_is_seen() -> None:
    """What is never said again in 20 sessions has worked; the more so, the more they are."""
    chance = random.Random(9)
    seen = {
        later: share(
            [
                proof.outcome == "worked"
                for _ in range(200)
                if (proof := live(chance, [0.4], [0.0], later=later)) is not None
            ]
        )
        for later in (5, 20, 60)
    }

    assert seen[20] > 0.7
    assert seen[5] < seen[20] < seen[60]
