"""Take off what the small model sees in all corrections alike, before `train_subjects.py`.

    python benchmarks/train_centre.py [--groups FILE.jsonl ...] [--weights FILE]

Trained meanings lie in a narrow cone: those of any two corrections have a cosine of .77. In a
workspace of many `hivemindd.lessons.subjects` takes off what they have in common; where there are
three it cannot know it. So the mean over many workspaces goes into the offset of the head.
"""

from pathlib import Path

import click
import numpy as np
from train_subjects import APART, HERE, read_grouped

from hivemindd.encoder.network import Network
from hivemindd.encoder.weights import Weights
from hivemindd.lessons.moments import moment
from hivemindd.lessons.small_model import FIRST_MEANING

SHIPPED = Path(__file__).parents[1] / "hivemindd" / "encoder" / "weights.npz"

FILE = click.Path(path_type=Path, exists=True)


@click.command(help=__doc__)
@click.option("--groups", type=FILE, multiple=True)
@click.option("--weights", type=FILE, default=SHIPPED)
def main(groups: tuple[Path, ...], weights: Path) -> None:
    """Read, and write the weights again."""
    files = groups or [HERE / name for name in APART]
    moments = [moment(correction) for file in files for _, correction in read_grouped(file)]
    meanings = Network(Weights.load(weights)).read(moments)[:, FIRST_MEANING:]
    common = meanings.mean(axis=0)
    lengths = np.linalg.norm(meanings, axis=1)
    click.echo(f"{len(moments)} corrections, of length {lengths.mean():.2f}")
    click.echo(f"{np.linalg.norm(common):.2f} of it is common to all")
    with np.load(weights, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    offset = arrays["head.b"].astype(np.float32)
    offset[FIRST_MEANING:] -= common
    np.savez(weights, **arrays | {"head.b": offset.astype(np.float16)})


if __name__ == "__main__":
    main()
