"""Rates and their intervals, against the figures of those who published them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.lessons.intervals import difference, mean, rate

counts = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted)


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_a_rate_has_the_interval_of_wilson(hits: int, trials: int, low: float, high: float) -> None:
    """Table I of Newcombe (1998), "Two-sided confidence intervals for the single proportion"."""
    found = rate(hits, trials)

    assert (found.value, found.hits, found.trials) == (hits / trials, hits, trials)
    assert [found.low, found.high] == pytest.approx([low, high], abs=5e-5)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
    ],
)
def test_a_difference_has_the_interval_of_newcombe(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    """Table II of Newcombe (1998), method 10."""
    found = difference(rate(*one), rate(*other))

    assert [found.low, found.high] == pytest.approx([low, high], abs=5e-5)


def test_of_no_trials_nothing_is_known() -> None:
    """Anything is possible, alone and among others that know as little."""
    none = rate(0, 0)

    assert (none.low, none.high) == (0.0, 1.0)
    assert mean([none, none], [0, 0]) == none


@given(counts, counts)
def test_an_interval_holds_its_value(one: list[int], other: list[int]) -> None:
    """And a rate stays between never and always."""
    rates = [rate(*one), rate(*other)]

    for found in (*rates, mean(rates, [1, 3])):
        assert 0 <= found.low <= found.value <= found.high <= 1
    change = difference(*rates)
    assert change.low <= change.value <= change.high


def test_the_mean_of_one_is_itself() -> None:
    """Its interval too."""
    one = rate(3, 17)
    found = mean([one], [17])

    assert (found.hits, found.trials) == (3, 17)
    assert [found.value, found.low, found.high] == pytest.approx([one.value, one.low, one.high])


def test_the_mean_lies_in_its_interval() -> None:
    """Of three unlike rates that weigh differently, in 95 % of histories."""
    chance = random.Random(20)
    shares, sizes, weights = (0.05, 0.3, 0.6), (12, 30, 20), (5, 1, 3)
    true = sum(s * w for s, w in zip(shares, weights, strict=True)) / sum(weights)
    held = 0
    for _ in range(1_000):
        drawn = [
            rate(sum(chance.random() < share for _ in range(size)), size)
            for share, size in zip(shares, sizes, strict=True)
        ]
        found = mean(drawn, weights)
        held += found.low <= true <= found.high

    assert held >= 930
