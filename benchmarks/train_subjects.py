"""Fit the factors of `hivemindd.lessons.subjects` on groups of corrections.

    python benchmarks/train_subjects.py --groups FILE.jsonl [--groups FILE.jsonl ...]

Every two corrections of a workspace are a pair, and the question is whether they are of one
group. A logistic regression over their likenesses answers it; what it found is printed as it
stands in the module. The small model has to be trained before: it gives the meanings.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import click
import msgspec
import numpy as np
from numpy.typing import NDArray
from train_rows import Grouped, read_groups

from hivemindd.encoder.process import Encoder
from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.small_model import SmallModel
from hivemindd.lessons.subjects import LIKENESSES, Subjects
from hivemindd.records import Correction

HERE = Path(__file__).parent / "training" / "groups"
PENALTY = 1.0
STEPS = 30

Floats = NDArray[np.float64]


@click.command(help=__doc__)
@click.option("--groups", type=click.Path(path_type=Path, exists=True), multiple=True)
def main(groups: tuple[Path, ...]) -> None:
    """Read, fit and print."""
    rows = read_groups(groups or sorted(HERE.glob("natural-*.jsonl")))
    pairs = list(_pairs(rows))
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


def _pairs(rows: Sequence[Grouped]) -> Iterator[tuple[tuple[float, ...], bool]]:
    """Yield the likenesses of two corrections of a workspace, and whether they are of one group."""
    workspaces: defaultdict[str, list[tuple[Grouped, Correction]]] = defaultdict(list)
    for row, correction in zip(rows, _read(rows), strict=True):
        workspaces[row.workspace].append((row, correction))
    for members in workspaces.values():
        subjects = Subjects(correction for _, correction in members)
        grouped = [(row, correction) for row, correction in members if row.group]
        for (row, one), (other_row, other) in combinations(grouped, 2):
            yield subjects.likenesses(one.id, other.id), row.group == other_row.group


def _read(rows: Sequence[Grouped]) -> Iterator[Correction]:
    """Yield the rows as corrections with the meaning that the small model sees."""
    encoder = Encoder()
    corrections = [row.correction for row in rows]
    try:
        scores = SmallModel(encoder).read(corrections)
    finally:
        encoder.close()
    for correction, score in zip(corrections, scores, strict=True):
        verdict = msgspec.structs.replace(nothing_learned(correction.id), meaning=score.meaning)
        yield msgspec.structs.replace(correction, verdict=verdict)


if __name__ == "__main__":
    main()
