"""Groups that are alike become clusters."""

from collections.abc import Mapping
from itertools import combinations
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from hivemindd.lessons.clusters import clusters

Means = Mapping[tuple[int, int], float]


OTHER = -9.0


def clustered(means: Means, sizes: list[int], least: float = 0.0) -> list[list[int]]:
    """Return the clusters of groups."""
    return clusters(sizes, means, other=OTHER, least=least)


def test_the_most_alike_come_together() -> None:
    """What is not alike enough stays by itself."""
    means = {(0, 1): 2.0, (0, 2): -3.0, (1, 2): -3.0}
    assert clustered(means, [1, 1, 1]) == [[0, 1], [2]]


def test_one_likeness_alone_joins_no_three() -> None:
    """A chain of which only neighbours are alike is no cluster: the mean of its pairs decides."""
    means = {(0, 1): 2.0, (1, 2): 1.0, (0, 2): -3.0}
    assert clustered(means, [1, 1, 1]) == [[0, 1], [2]]


def test_a_large_group_weighs_more() -> None:
    """The mean is over the pairs of items: of ten that are alike to a third, one is not."""
    means = {(0, 1): 3.0, (0, 2): 1.0, (1, 2): -3.0}
    assert clustered(means, [1, 1, 1]) == [[0, 1], [2]]
    assert clustered(means, [9, 1, 1]) == [[0, 1, 2]]


def test_what_must_stay_apart_does() -> None:
    """Whoever else joins them."""
    means = {(0, 1): 5.0, (1, 2): 5.0, (0, 2): -inf}
    assert clustered(means, [1, 1, 1]) == [[0, 1], [2]]


@st.composite
def _problems(draw: st.DrawFn) -> tuple[list[int], dict[tuple[int, int], float]]:
    """Return up to seven groups, no two pairs of which are equally alike."""
    sizes = draw(st.lists(st.integers(1, 4), max_size=7))
    pairs = list(combinations(range(len(sizes)), 2))
    values = draw(st.permutations(range(-len(pairs), len(pairs) + 1)))
    kept = [each for each in zip(pairs, values, strict=False) if draw(st.integers(0, 3))]
    return sizes, {pair: value + draw(st.sampled_from([0.25, 0.125])) for pair, value in kept}


@given(_problems(), st.sampled_from([-3.0, 0.0, 2.0]))
def test_as_by_hand(problem: tuple[list[int], dict[tuple[int, int], float]], least: float) -> None:
    """The result is that of joining the best pair again and again, counted anew each time."""
    sizes, means = problem
    expected = [[at] for at in range(len(sizes))]

    def mean(one: list[int], other: list[int]) -> float:
        pairs = [(a, b) for a in one for b in other]
        weights = [sizes[a] * sizes[b] for a, b in pairs]
        values = [means.get((min(pair), max(pair)), OTHER) for pair in pairs]
        return sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)

    while True:
        found = [(mean(one, other), one, other) for one, other in combinations(expected, 2)]
        best = max(found, key=lambda each: each[0], default=None)
        if best is None or best[0] < least:
            break
        expected = [each for each in expected if each not in best[1:]] + [best[1] + best[2]]
    assert clustered(means, sizes, least) == sorted(sorted(each) for each in expected)
