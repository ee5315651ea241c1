"""Groups of corrections as they are told apart in use: one workspace at a time.

Corrections of one group are taught to mean the same and something else than all others of their
workspace, by supervised contrastive learning (https://arxiv.org/abs/2004.11362). What a workspace
has in common is taken off before, as `hivemindd.lessons.subjects` does. To which group a near miss
is alike is left open. The rule of a group, in words of its own, is now and then one of its members.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor
from torch.nn import functional
from train_rows import Example, Grouped, Labelled, targets

from hivemindd.encoder.network import Network
from hivemindd.lessons.subjects import SMOOTHING

TEMPERATURE = 0.1
MOST = 56  # corrections that are compared at once
LEAST = 6
HALF = 0.5
_NEVER = -1e9


def workspaces(examples: Iterable[Example]) -> list[list[Example]]:
    """Return the examples of each workspace in which some belong together."""
    found: defaultdict[str, list[Example]] = defaultdict(list)
    for each in examples:
        if each.workspace:
            found[each.workspace].append(each)
    return [members for members in found.values() if sum(bool(e.group) for e in members) >= LEAST]


def rule_of(network: Network, row: Grouped) -> Example:
    """Return the rule of a group as one more of its members, of which nothing else is learned."""
    rule = Labelled(user=row.expected_rule or "", correction=True)
    return Example(
        network.row(rule.user, ""),
        *targets(rule),
        rule,
        weight=0.0,
        group=row.group or "",
        workspace=row.workspace,
    )


def chosen(members: Sequence[Example], chance: random.Random) -> list[Example]:
    """Return at most `MOST` of a workspace, whole groups of it and half of their rules."""
    groups: defaultdict[str, list[Example]] = defaultdict(list)
    for each in members:
        if each.weight or chance.random() < HALF:
            groups[each.group].append(each)
    taken: list[Example] = []
    for name in chance.sample(sorted(groups), len(groups)):
        if len(taken) + len(groups[name]) <= MOST:
            taken += groups[name]
    return taken


def alike_loss(directions: Tensor, groups: Sequence[str]) -> Tensor:
    """Return how badly the members of each group are told from the others.

    Args:
        directions: what the network says that they mean, (corrections, dimensions).
        groups: the group of each, empty for a near miss.

    """
    long_one = functional.normalize(directions, dim=1)
    common = long_one.sum(0) / (len(groups) + SMOOTHING)
    apart = functional.normalize(long_one - common, dim=1)
    own = torch.eye(len(groups), dtype=torch.bool)
    alone = torch.tensor([not group for group in groups])
    alike = (apart @ apart.T / TEMPERATURE).masked_fill(own | alone[None, :], _NEVER)
    same = torch.tensor([[bool(a) and a == b for b in groups] for a in groups]) & ~own
    told = same.any(1)
    if not told.any():
        return directions.new_zeros(())
    shares = alike - torch.logsumexp(alike, 1, keepdim=True)
    return -(shares.masked_fill(~same, 0).sum(1)[told] / same.sum(1)[told]).mean()
