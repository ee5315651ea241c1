"""The weights file: what the network learned, packed into whole numbers.

Matrices are kept in 8 bits with one scale a row, embeddings in 4 bits with one scale for each
32 values. `benchmarks/train.py` writes the file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from hivemindd.encoder.tokens import Tokenizer
from hivemindd.errors import EncoderError

FORMAT = 2
BLOCK = 32

Floats = NDArray[np.float32]


class Weights:
    """The arrays of one file; matrices are unpacked when they are asked for."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take the packed arrays by name."""
        self._arrays = arrays

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read a weights file.

        Raises:
            EncoderError: it is missing, damaged, or of another format.
        """
        try:
            with file.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            raise EncoderError(
                f"cannot read {file}: {error}: is it a file of benchmarks/train.py?"
            ) from error
        if int(arrays.get("format", np.array(0))) != FORMAT:
            raise EncoderError(f"{file} is of another version: train it anew")
        return cls(arrays)

    @property
    def layers(self) -> int:
        """How many layers the network has."""
        return int(self._arrays["layers"].item())

    def tokenizer(self) -> Tokenizer:
        """Return the tokenizer of the pieces that the embeddings stand for."""
        pieces = self._arrays["pieces"].tobytes().decode().split("\n")
        return Tokenizer(pieces, self._arrays["scores"].tolist())

    def vector(self, name: str) -> Floats:
        """Return a small array that is kept as it is."""
        return self._arrays[name].astype(np.float32)

    def matrix(self, name: str) -> Floats:
        """Return a matrix, unpacked: (outputs, inputs)."""
        return self._arrays[f"{name}.q"].astype(np.float32) * self.vector(f"{name}.s")[:, None]

    def embeddings(self, ids: NDArray[np.int64]) -> Floats:
        """Return the embeddings of some pieces: one row for each number."""
        packed = self._arrays["words.q"][ids].astype(np.uint8)
        blocks = packed.reshape(*packed.shape[:-1], -1, BLOCK // 2)
        values = np.concatenate([blocks & 15, blocks >> 4], axis=-1).astype(np.float32) - 8
        scales = self._arrays["words.s"][ids].astype(np.float32)
        rows: Floats = (values * scales[..., None]).reshape(*packed.shape[:-1], -1)
        return rows


def pack_matrix(name: str, matrix: Floats) -> dict[str, NDArray[np.generic]]:
    """Return a matrix packed as `Weights.matrix` reads it.

    A value becomes one of its two neighbours, the nearer the likelier (stochastic rounding,
    https://arxiv.org/abs/1502.02551). Training that goes on from packed weights moves most of
    them by less than half a step: rounded to the nearest, nearly all of it would be lost.
    """
    scale = np.abs(matrix).max(axis=1) / 127
    scale = np.maximum(scale, 1e-8).astype(np.float16)
    exact = matrix / scale.astype(np.float32)[:, None]
    below = np.floor(exact)
    up = np.random.default_rng(0).random(exact.shape) < exact - below
    whole = (below + up).clip(-127, 127)
    return {f"{name}.q": whole.astype(np.int8), f"{name}.s": scale}


def pack_embeddings(rows: Floats) -> dict[str, NDArray[np.generic]]:
    """Return embeddings packed as `Weights.embeddings` reads them."""
    blocks = rows.reshape(len(rows), -1, BLOCK)
    at = np.abs(blocks).argmax(axis=-1)[..., None]
    scale = (np.take_along_axis(blocks, at, axis=-1)[..., 0] / -8).astype(np.float16)
    divisor = np.where(scale == 0, 1, scale).astype(np.float32)
    whole = (np.rint(blocks / divisor[..., None]) + 8).clip(0, 15).astype(np.uint8)
    half = BLOCK // 2
    packed = whole[..., :half] | (whole[..., half:] << 4)
    return {"words.q": packed.reshape(len(rows), -1), "words.s": scale}
