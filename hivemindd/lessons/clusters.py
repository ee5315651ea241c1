"""Average-linkage clustering, also known as UPGMA (https://en.wikipedia.org/wiki/UPGMA)."""

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush


def clusters(
    sizes: Sequence[int], means: Mapping[tuple[int, int], float], *, other: float, least: float
) -> list[list[int]]:
    """Return the places of groups that belong together, in order; each place is in one cluster.

    `sizes` are how many items each group has, `means` by two places (the lower first) how alike
    the groups are, as the mean over the pairs of their items; those that are not in it are as
    alike as `other` says, which is below `least`. The two clusters that are most alike become
    one while they are at least `least` alike; minus infinity keeps two groups apart for good.
    """
    members = {place: [place] for place in range(len(sizes))}
    weights = dict(enumerate(sizes))
    near: dict[int, dict[int, float]] = {place: {} for place in members}
    for (one, two), mean in means.items():
        near[one][two] = near[two][one] = mean
    best = [(-mean, *pair) for pair, mean in means.items() if mean >= least]
    heapify(best)
    while best:
        _, one, two = heappop(best)
        if one not in members or two not in members:
            continue
        made = len(weights)
        members[made] = members.pop(one) + members.pop(two)
        weights[made] = weights[one] + weights[two]
        near[made] = {}
        for third in (near[one].keys() | near[two].keys()) & members.keys():
            mean = (
                weights[one] * near[one].get(third, other)
                + weights[two] * near[two].get(third, other)
            ) / weights[made]
            near[made][third] = near[third][made] = mean
            if mean >= least:
                heappush(best, (-mean, third, made))
    return sorted(sorted(each) for each in members.values())
