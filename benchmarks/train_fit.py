"""The training itself: losses, steps and rates, and what a trained network says of rows."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from train_net import Net
from train_rows import SAME, Example, Pair

from hivemindd.encoder.network import Row, alone

DECAY = 0.9
HEAD_RATE = 10.0
WARM_UP = 0.08
LEAST_RATE = 0.02
TEMPERATURE = 0.05
UNSURE = 0.5
AUXILIARY = {"durable": 0.5, "standing": 0.3, "other": 0.3, "type": 0.2, "near": 0.2}
BATCHES_SORTED = 20

Item = TypeVar("Item", Example, Pair)
Floats = NDArray[np.float32]


def turn_loss(net: Net, batch: Sequence[Example]) -> Tensor:
    """Return the loss of turns: the correction first, all else helps it."""
    scores = net([each.row for each in batch])
    weight = torch.tensor([UNSURE if each.turn.unsure else 1.0 for each in batch])
    shares = torch.tensor([each.shares for each in batch])
    others = torch.tensor([each.other for each in batch])
    types = torch.tensor([each.type for each in batch])
    said = functional.binary_cross_entropy_with_logits(scores[:, :3], shares, reduction="none")
    loss = said[:, 0] + AUXILIARY["durable"] * said[:, 1] + AUXILIARY["standing"] * said[:, 2]
    loss = loss + AUXILIARY["other"] * functional.cross_entropy(
        scores[:, 3:7], others, reduction="none"
    )
    by_type = functional.cross_entropy(scores[:, 7:], types, ignore_index=-1, reduction="none")
    return ((loss + AUXILIARY["type"] * by_type) * weight).sum() / weight.sum()


def pair_loss(net: Net, batch: Sequence[Pair]) -> Tensor:
    """Return the loss of pairs, and of how near to each other those are that are the same."""
    targets = torch.tensor([each.target for each in batch])
    loss = functional.cross_entropy(net([each.row for each in batch]), targets)
    same = [each.row for each in batch if each.target == SAME]
    if len(same) > 1:
        ones = net([alone(row) for row in same], embed=True)
        twos = net([_second(row) for row in same], embed=True)
        alike = ones @ twos.T / TEMPERATURE
        loss = loss + AUXILIARY["near"] * functional.cross_entropy(alike, torch.arange(len(same)))
    return loss


def _second(row: Row) -> Row:
    ids = [row.ids[0], *row.ids[row.first :]]
    return Row(ids, len(ids))


def fit(
    net: Net,
    epochs: Sequence[Sequence[Item]],
    loss_of: Callable[[Net, Sequence[Item]], Tensor],
    *,
    batch: int,
    rate: float,
) -> Iterator[str]:
    """Train on the items of each epoch, and say how it went; lower layers move less than upper."""
    chance = random.Random(0)
    groups = [
        {"params": [each], "lr": rate * _scale(name, len(net.layers))}
        for name, each in net.named_parameters()
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = sum(len(items) // batch + 1 for items in epochs)

    def pace(step: int) -> float:
        return min((step + 1) / (WARM_UP * steps + 1), max(LEAST_RATE, 1 - step / steps))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, pace)
    torch.set_flush_denormal(True)  # else small numbers make the last epochs slow
    start = time.perf_counter()
    for epoch, items in enumerate(epochs, 1):
        net.train()
        work = list(batched(items, batch, chance))
        chance.shuffle(work)
        total = 0.0
        for each in work:
            with torch.autocast("cpu", torch.bfloat16):
                loss = loss_of(net, each)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item()
        seconds = time.perf_counter() - start
        yield f"epoch {epoch}: loss {total / len(work):.3f}, {seconds:.0f} s"


def _scale(name: str, layers: int) -> float:
    if name.startswith("head."):
        return HEAD_RATE
    depth = layers - 1 - int(name.split(".")[1]) if name.startswith("layers") else layers + 1
    return float(DECAY**depth)


def batched(items: Sequence[Item], size: int, chance: random.Random) -> Iterator[list[Item]]:
    """Yield batches of like length, in a random order."""
    mixed = list(items)
    chance.shuffle(mixed)
    for start in range(0, len(mixed), size * BATCHES_SORTED):
        part = mixed[start : start + size * BATCHES_SORTED]
        near = sorted(part, key=lambda each: len(each.row.ids))
        yield from (near[at : at + size] for at in range(0, len(near), size))


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


def judge_pairs(net: Net, pairs: Sequence[Pair]) -> None:
    """Print how well pairs of workspaces are told apart that were kept out of the training."""
    scores = predict(net, [each.row for each in pairs])
    sure = np.exp(scores - scores.max(1, keepdims=True))
    sure = (sure / sure.sum(1, keepdims=True))[:, SAME]
    truth = np.array([each.target for each in pairs])
    click.echo(f"test pairs: {len(pairs)}, {(truth == SAME).sum()} the same")
    for threshold in (0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95):
        said = sure > threshold
        hits = (said & (truth == SAME)).sum()
        click.echo(
            f"  above {threshold:.2f}: P {hits / max(said.sum(), 1):.2f}"
            f"  R {hits / (truth == SAME).sum():.2f}  near {said[truth == 1].mean():.3f}"
            f"  apart {said[truth == 2].mean():.4f}"
        )


def predict(net: Net, rows: Sequence[Row]) -> Floats:
    """Return the scores of rows: (rows, outputs)."""
    net.eval()
    order = sorted(range(len(rows)), key=lambda at: len(rows[at].ids))
    found: dict[int, Floats] = {}
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for start in range(0, len(order), 64):
            part = order[start : start + 64]
            scores = net([rows[at] for at in part]).float().numpy()
            found |= dict(zip(part, scores, strict=True))
    return np.stack([found[at] for at in range(len(rows))])
