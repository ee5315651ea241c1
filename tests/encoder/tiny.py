"""A network of two small layers with weights by chance: what it says means nothing."""

from pathlib import Path

import numpy as np

from hivemindd.encoder.tokens import SPACE
from hivemindd.encoder.weights import FORMAT, Floats, Weights, pack_embeddings, pack_matrix

WIDTH, INNER, LAYERS, POSITIONS = 96, 192, 2, 256
OUTPUTS = 79
PIECES = ["<s>", "<pad>", "</s>", "<unk>", SPACE, *"abcdefghijklmnopqrstuvwxyz", f"{SPACE}no"]


def write_weights(file: Path) -> Path:
    """Write the network to a file and return it; the same each time."""
    chance = np.random.default_rng(0)

    def spread(*shape: int) -> Floats:
        return (chance.standard_normal(shape) / 4).astype(np.float32)

    arrays = {
        "format": np.array(FORMAT),
        "layers": np.array(LAYERS),
        "pieces": np.frombuffer("\n".join(PIECES).encode(), np.uint8),
        "scores": -np.arange(len(PIECES), dtype=np.float32),
        "positions": spread(POSITIONS, WIDTH),
        "segments": spread(2, WIDTH),
        **pack_embeddings(spread(len(PIECES), WIDTH)),
    }
    shapes = {"head": (OUTPUTS, 2 * WIDTH)}
    for layer in range(LAYERS):
        shapes |= {f"{layer}.qkv": (3 * WIDTH, WIDTH), f"{layer}.out": (WIDTH, WIDTH)}
        shapes |= {f"{layer}.up": (INNER, WIDTH), f"{layer}.down": (WIDTH, INNER)}
    for name, shape in shapes.items():
        arrays |= {**pack_matrix(name, spread(*shape)), f"{name}.b": spread(shape[0])}
    norms = [f"{layer}.{name}" for layer in range(LAYERS) for name in ("attended", "done")]
    for name in ["embedded", *norms]:
        arrays |= {f"{name}.w": 1 + spread(WIDTH), f"{name}.b": spread(WIDTH)}
    np.savez(file, allow_pickle=False, **arrays)
    return file


def load_weights(folder: Path) -> Weights:
    """Return the weights, by way of a file."""
    return Weights.load(write_weights(folder / "weights.npz"))
