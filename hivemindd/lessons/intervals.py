"""Rates of what either happens in a session or does not, each with a 95 % interval.

A single rate has the interval of Wilson (1927), "Probable inference, the law of succession,
and statistical inference", J. Am. Stat. Assoc. 22: 209-212. A difference of two has the
hybrid score interval of Newcombe (1998), "Interval estimation for the difference between
independent proportions", Statistics in Medicine 17: 873-890, method 10. A weighted mean of
several is put together in the same way: Zou, Huang & Zhang (2009), "A note on confidence
interval estimation for a linear function of binomial proportions", Computational Statistics
& Data Analysis 53: 1080-1085. All hold for few sessions and for rates near 0, which is
where a skill that works ends up.
"""

from collections.abc import Sequence
from math import fsum, sqrt
from statistics import NormalDist

import msgspec

CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """A number and the bounds between which it lies with a confidence of 95 %."""

    value: float
    low: float
    high: float


class Rate(Interval, frozen=True, kw_only=True):
    """How often something happened: in `hits` of `trials`, as a share from 0 to 1."""

    hits: int
    trials: int


def rate(hits: int, trials: int) -> Rate:
    """Return a share with its interval; of no trials nothing is known, and 0 is its value."""
    if not trials:
        return Rate(value=0.0, low=0.0, high=1.0, hits=0, trials=0)
    share, square = hits / trials, _Z * _Z / trials
    middle = (share + square / 2) / (1 + square)
    half = _Z / (1 + square) * sqrt(share * (1 - share) / trials + square / trials / 4)
    return Rate(
        value=share,
        low=min(share, max(0.0, middle - half)),
        high=max(share, min(1.0, middle + half)),
        hits=hits,
        trials=trials,
    )


def mean(rates: Sequence[Rate], weights: Sequence[float]) -> Rate:
    """Return the weighted mean of rates; weights that are all 0 count as equal."""
    if not any(each.trials for each in rates):
        return rate(0, 0)
    whole = fsum(weights)
    shares = [weight / whole for weight in weights] if whole else [1 / len(rates)] * len(rates)
    parts = list(zip(rates, shares, strict=True))
    value = fsum(share * each.value for each, share in parts)
    below = sqrt(fsum((share * (each.value - each.low)) ** 2 for each, share in parts))
    above = sqrt(fsum((share * (each.high - each.value)) ** 2 for each, share in parts))
    return Rate(
        value=value,
        low=max(0.0, value - below),
        high=min(1.0, value + above),
        hits=sum(each.hits for each in rates),
        trials=sum(each.trials for each in rates),
    )


def difference(one: Rate, other: Rate) -> Interval:
    """Return by how much a rate is above another."""
    value = one.value - other.value
    below = sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2)
    above = sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2)
    return Interval(value=value, low=value - below, high=value + above)
