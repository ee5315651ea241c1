"""Fit the factors of `hivemindd.lessons.subjects` on groups of corrections.

    python benchmarks/train_subjects.py --groups FILE.jsonl [--groups FILE.jsonl ...]

Every two corrections of a workspace are a pair, and the question is whether they are of one
group. A logistic regression over their likenesses answers it; what it found is printed as it
stands in the module. The small model has to be trained before: it gives the meanings.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import click
import msgspec
import numpy as np
from groups import plan, read_corrections
from learned import read_learned
from numpy.typing import NDArray
from scratch import lay_out, learn, open_learned

from hivemindd.encoder.process import Encoder
from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.small_model import SmallModel
from hivemindd.lessons.subjects import LIKENESSES, Subjects
from hivemindd.records import Correction

HERE = Path(__file__).parent / "training" / "groups"
# What was trained with would flatter meanings.
APART = ("heldout.jsonl", "heldout-ordinary.jsonl", "heldout-natural.jsonl")
PATIENCE = 900.0
PENALTY = 1.0
STEPS = 30

Floats = NDArray[np.float64]


@click.command(help=__doc__)
@click.option("--groups", type=click.Path(path_type=Path, exists=True), multiple=True)
def main(groups: tuple[Path, ...]) -> None:
    """Read, fit and print."""
    files = groups or [HERE / name for name in APART]
    pairs = [pair for file in files for pair in _pairs(file)]
    likenesses = np.array([found for found, _ in pairs])
    same = np.array([together for _, together in pairs], np.float64)
    factors = fit(likenesses, same)
    click.echo(f"{len(pairs)} pairs, {same.mean():.1%} of one group")
    click.echo(f"LIKENESSES = {LIKENESSES}")
    click.echo(f"FACTORS = ({', '.join(f'{each:.2f}' for each in factors[:-1])})")
    click.echo(f"OFFSET = {factors[-1]:.2f}")


def fit(inputs: Floats, truth: Floats) -> Floats:
    """Return the factors of each input and the offset: Newton's method, the offset is free."""
    inputs = np.column_stack([inputs, np.ones(len(inputs))])
    factors = np.zeros(inputs.shape[1])
    penalty = PENALTY * np.diag([*[1.0] * (inputs.shape[1] - 1), 0.0])
    for _ in range(STEPS):
        share = 1 / (1 + np.exp(-inputs @ factors))
        slope = inputs.T @ (truth - share) - penalty @ factors
        curve = (inputs * (share * (1 - share))[:, None]).T @ inputs + penalty
        factors = factors + np.linalg.solve(curve, slope)
    return factors


def _pairs(file: Path) -> Iterator[tuple[tuple[float, ...], bool]]:
    """Yield the likenesses of two corrections of a workspace, and whether they are of one group."""
    workspaces: defaultdict[str, list[tuple[str, Correction]]] = defaultdict(list)
    for group, correction in read_grouped(file):
        workspaces[correction.workspace].append((group, correction))
    for members in workspaces.values():
        subjects = Subjects(correction for _, correction in members)
        grouped = [(group, correction) for group, correction in members if group]
        for (group, one), (other_group, other) in combinations(grouped, 2):
            yield subjects.likenesses(one.id, other.id), group == other_group


def read_grouped(file: Path) -> list[tuple[str, Correction]]:
    """Return groups and corrections as the daemon mines them, with the meaning of their words."""
    rows = read_corrections(file)
    groups = {row.id: row.group for row in rows}
    with tempfile.TemporaryDirectory(prefix="hivemind-subjects-") as folder:
        home = Path(folder).resolve()
        transcripts = lay_out(home, plan(rows, []))
        learn(home, {}, patience=PATIENCE)
        with open_learned(home) as log:
            learned = read_learned(log, home, transcripts)
    found = [each for each in learned.corrections if each.id in learned.traced]
    encoder = Encoder()
    try:
        scores = SmallModel(encoder).read(found)
    finally:
        encoder.close()
    meant = []
    for correction, score in zip(found, scores, strict=True):
        verdict = msgspec.structs.replace(nothing_learned(correction.id), meaning=score.meaning)
        group = groups.get(learned.traced[correction.id], "")
        meant.append((group, msgspec.structs.replace(correction, verdict=verdict)))
    return meant


if __name__ == "__main__":
    main()
