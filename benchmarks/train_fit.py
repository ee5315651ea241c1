"""The training itself: losses, steps and rates, and what a trained network says of rows."""

import random
import time
from collections.abc import Iterator, Sequence

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel
from train_alike import alike_loss, chosen, workspaces
from train_net import Net
from train_rows import Example

from hivemindd.encoder.network import Row
from hivemindd.encoder.tokens import END, UNKNOWN

DECAY = 0.9
HEAD_RATE = 10.0
WARM_UP = 0.08
LEAST_RATE = 0.02
AVERAGED = 10  # steps between what the mean is made of
UNSURE = 0.5
AUXILIARY = {
    "durable": 0.5,
    "standing": 1.0,
    "other": 0.3,
    "type": 0.2,
    "limit": 0.7,
    "meaning": 1.0,
    "alike": 0.5,
}
BATCHES_SORTED = 20
UNREAD, SHORTENED, VARIED = 0.05, 0.5, 0.5
CHANCE = random.Random(0)

Floats = NDArray[np.float32]


def turn_loss(net: Net, batch: Sequence[Example]) -> Tensor:
    """Return the loss of turns: the correction first, all else helps it."""
    scores = net([_varied(each.row) for each in batch])
    return _said_loss(scores, batch) + _meaning_loss(scores[:, 15:], batch)


def group_loss(net: Net, batch: Sequence[Example]) -> Tensor:
    """Return the loss of corrections of one workspace: which of them are of one group?"""
    rows = [_varied(each.row) if CHANCE.random() < VARIED else each.row for each in batch]
    scores = net(rows)
    alike = alike_loss(scores[:, 15:], [each.group for each in batch])
    return _said_loss(scores, batch) + AUXILIARY["alike"] * alike


def _said_loss(scores: Tensor, batch: Sequence[Example]) -> Tensor:
    weight = torch.tensor([each.weight * (UNSURE if each.turn.unsure else 1.0) for each in batch])
    shares = torch.tensor([each.shares for each in batch])
    others = torch.tensor([each.other for each in batch])
    types = torch.tensor([each.type for each in batch])
    said = functional.binary_cross_entropy_with_logits(scores[:, :3], shares, reduction="none")
    loss = said[:, 0] + AUXILIARY["durable"] * said[:, 1] + AUXILIARY["standing"] * said[:, 2]
    loss = loss + AUXILIARY["other"] * functional.cross_entropy(
        scores[:, 3:7], others, reduction="none"
    )
    by_type = functional.cross_entropy(scores[:, 7:14], types, ignore_index=-1, reduction="none")
    whole = ((loss + AUXILIARY["type"] * by_type) * weight).mean()
    return whole + _limit_loss(scores[:, 14], batch)


def _limit_loss(scores: Tensor, batch: Sequence[Example]) -> Tensor:
    known = [at for at, each in enumerate(batch) if each.limit is not None]
    if not known:
        return scores.new_zeros(())
    limits = torch.tensor([batch[at].limit for at in known])
    loss = functional.binary_cross_entropy_with_logits(scores[known], limits)
    return AUXILIARY["limit"] * loss


def _meaning_loss(scores: Tensor, batch: Sequence[Example]) -> Tensor:
    """Return how far the directions are from those that are known."""
    known = {at: each.meaning for at, each in enumerate(batch) if each.meaning is not None}
    if not known:
        return scores.new_zeros(())
    meanings = torch.tensor(np.stack([*known.values()]))
    found = functional.cosine_similarity(scores[list(known)], meanings)
    return AUXILIARY["meaning"] * (1 - found).mean()


def _varied(row: Row) -> Row:
    """Return a row with some pieces unknown and often less of its second text.

    How much an agent said before must not tell what a person meant.
    """
    first = [UNKNOWN if CHANCE.random() < UNREAD else each for each in row.ids[1 : row.first - 1]]
    second = row.ids[row.first : -1]
    if CHANCE.random() < SHORTENED:
        second = second[len(second) - CHANCE.randint(0, len(second)) :]
    return Row([row.ids[0], *first, END, *second, END], row.first)


def fit(
    net: Net,
    epochs: Sequence[Sequence[Sequence[Example]]],
    *,
    rate: float,
    half: bool = False,
    grouped: Sequence[Example] = (),
) -> Iterator[str]:
    """Train on the batches of each epoch, and say how it went; upper layers move most.

    Beside each batch goes one workspace of what is `grouped`, by turns.

    In the end the network is the mean of what it was in the second half of the steps, which
    does better on what it has not seen (https://arxiv.org/abs/1803.05407). `half` counts in 16
    bits, for processors that can.
    """
    groups = [
        {"params": [each], "lr": rate * _scale(name, len(net.layers))}
        for name, each in net.named_parameters()
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    steps, done = sum(map(len, epochs)), 0
    mean: AveragedModel | None = None

    def pace(step: int) -> float:
        return min((step + 1) / (WARM_UP * steps + 1), max(LEAST_RATE, 1 - step / steps))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, pace)
    torch.set_flush_denormal(True)  # else small numbers make the last epochs slow
    start = time.perf_counter()
    turns = _by_turns(workspaces(grouped))
    for epoch, batches in enumerate(epochs, 1):
        net.train()
        total = 0.0
        for batch in batches:
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                loss = turn_loss(net, batch)
                if members := next(turns, None):
                    loss = loss + group_loss(net, chosen(members, CHANCE))
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item()
            done += 1
            if done > steps // 2 and done % AVERAGED == 0:
                mean = mean or AveragedModel(net)
                mean.update_parameters(net)
        if mean and done == steps:
            net.load_state_dict(mean.module.state_dict())
        seconds = time.perf_counter() - start
        yield f"epoch {epoch}: loss {total / len(batches):.3f}, {seconds:.0f} s"


def _by_turns(members: Sequence[list[Example]]) -> Iterator[list[Example]]:
    """Yield one workspace after the other without end, each time in another order."""
    while members:
        yield from CHANCE.sample(members, len(members))


def _scale(name: str, layers: int) -> float:
    if name.startswith("head."):
        return HEAD_RATE
    depth = layers - 1 - int(name.split(".")[1]) if name.startswith("layers") else layers + 1
    return float(DECAY**depth)


def batched(items: Sequence[Example], size: int, chance: random.Random) -> list[list[Example]]:
    """Return batches of like length, in a random order."""
    mixed = chance.sample(items, len(items))
    batches: list[list[Example]] = []
    for start in range(0, len(mixed), size * BATCHES_SORTED):
        part = mixed[start : start + size * BATCHES_SORTED]
        near = sorted(part, key=lambda each: len(each.row.ids))
        batches += (near[at : at + size] for at in range(0, len(near), size))
    return chance.sample(batches, len(batches))


def judge_turns(net: Net, examples: Sequence[Example]) -> None:
    """Print how well turns are judged that were kept out of the training."""
    scores = predict(net, [each.row for each in examples])
    truth = np.array([bool(each.turn.correction) for each in examples])
    kept = np.array([bool(each.turn.durable) for each in examples])
    click.echo(f"test turns: {len(examples)}, {truth.sum()} corrections, {kept.sum()} durable")
    for threshold in np.arange(-3.5, 1.01, 0.5):
        said = scores[:, 0] > threshold
        hits = (said & truth).sum()
        precision, recall = hits / max(said.sum(), 1), hits / max(truth.sum(), 1)
        f1 = 2 * hits / max(said.sum() + truth.sum(), 1)
        click.echo(
            f"  above {threshold:5.1f}: sent {said.mean():.2f}  P {precision:.2f}  R {recall:.2f}"
            f"  F1 {f1:.3f}  durable R {(said & kept).sum() / max(kept.sum(), 1):.2f}"
        )


def predict(net: Net, rows: Sequence[Row]) -> Floats:
    """Return the scores of rows: (rows, outputs)."""
    net.eval()
    order = sorted(range(len(rows)), key=lambda at: len(rows[at].ids))
    found: dict[int, Floats] = {}
    with torch.no_grad():
        for start in range(0, len(order), 64):
            part = order[start : start + 64]
            scores = net([rows[at] for at in part]).float().numpy()
            found |= dict(zip(part, scores, strict=True))
    return np.stack([found[at] for at in range(len(rows))])
