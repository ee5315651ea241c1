"""The network: a BERT encoder (https://arxiv.org/abs/1810.04805) with a head of our own.

It reads two texts at once, the first as segment 0 and the second as segment 1. What is pooled
is the mean of the first and the begin mark, as the base model (multilingual-e5) is used to.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hivemindd.encoder.tokens import BEGIN, END, PAD
from hivemindd.encoder.weights import Floats, Weights

HEADS = 12
EPSILON = 1e-12
FIRST_HEAD, FIRST_TAIL = 64, 32
SECOND = 96
BATCH_TOKENS = 1_024
LARGEST = np.float32(80)  # what exp() can still take


class Row(NamedTuple):
    """Two texts as numbers, with begin and end marks; `first` says where the second begins."""

    ids: list[int]
    first: int


class Network:
    """Answers pairs of texts with the raw scores (logits) of its head."""

    def __init__(self, weights: Weights) -> None:
        """Take the weights; only small arrays are unpacked for good."""
        self._weights = weights
        self._tokenizer = weights.tokenizer()
        self._positions = weights.vector("positions")
        self._segments = weights.vector("segments")

    def read(self, texts: Sequence[tuple[str, str]]) -> Floats:
        """Return the scores of the head: (texts, outputs)."""
        rows = [self.row(first, second) for first, second in texts]
        matrix, bias = self._weights.matrix("head"), self._weights.vector("head.b")
        scores = np.zeros((len(rows), len(bias)), np.float32)
        for batch in batches(rows):
            scores[batch] = self._pool([rows[at] for at in batch]) @ matrix.T + bias
        return scores

    def row(self, first: str, second: str) -> Row:
        """Return two texts as numbers; of a long first text the middle is left out."""
        head = self._tokenizer.ids(first)
        if len(head) > FIRST_HEAD + FIRST_TAIL:
            head = head[:FIRST_HEAD] + head[-FIRST_TAIL:]
        tail = self._tokenizer.ids(second)[-SECOND:]
        return Row([BEGIN, *head, END, *tail, END], len(head) + 2)

    def _pool(self, rows: Sequence[Row]) -> Floats:
        length = max(len(row.ids) for row in rows)
        ids = np.full((len(rows), length), PAD, np.int64)
        segments = np.ones((len(rows), length), np.int64)
        for at, row in enumerate(rows):
            ids[at, : len(row.ids)] = row.ids
            segments[at, : row.first] = 0
        real = ids != PAD
        hidden = self._run(ids, segments, real)
        own = ((segments == 0) & real).astype(np.float32)[..., None]
        mean = (hidden * own).sum(axis=1) / own.sum(axis=1)
        return np.concatenate([mean, hidden[:, 0]], axis=-1)

    def _run(
        self, ids: NDArray[np.int64], segments: NDArray[np.int64], real: NDArray[np.bool_]
    ) -> Floats:
        """Return what the last layer says of every piece: (rows, pieces, width)."""
        hidden = self._weights.embeddings(ids)
        hidden = hidden + self._positions[: ids.shape[1]] + self._segments[segments]
        hidden = self._normed("embedded", hidden)
        mask = np.where(real, 0, -1e9).astype(np.float32)[:, None, None, :]
        for layer in range(self._weights.layers):
            name = f"{layer}"
            attended = self._linear(f"{name}.out", self._attend(f"{name}.qkv", hidden, mask))
            hidden = self._normed(f"{name}.attended", hidden + attended)
            inner = _gelu(self._linear(f"{name}.up", hidden))
            hidden = self._normed(f"{name}.done", hidden + self._linear(f"{name}.down", inner))
        return hidden

    def _attend(self, name: str, hidden: Floats, mask: Floats) -> Floats:
        rows, length, width = hidden.shape
        split = self._linear(name, hidden).reshape(rows, length, 3, HEADS, width // HEADS)
        query, key, value = split.transpose(2, 0, 3, 1, 4)
        scores = query @ key.swapaxes(-1, -2) / np.float32(np.sqrt(width // HEADS)) + mask
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        seen: Floats = (scores / scores.sum(axis=-1, keepdims=True)) @ value
        return seen.transpose(0, 2, 1, 3).reshape(rows, length, width)

    def _linear(self, name: str, inputs: Floats) -> Floats:
        outputs: Floats = inputs @ self._weights.matrix(name).T + self._weights.vector(f"{name}.b")
        return outputs

    def _normed(self, name: str, hidden: Floats) -> Floats:
        """Return each piece with mean 0 and variance 1, then scaled and moved as learned."""
        centred = hidden - hidden.mean(axis=-1, keepdims=True)
        spread = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + EPSILON)
        normed: Floats = centred / spread * self._weights.vector(f"{name}.w")
        return normed + self._weights.vector(f"{name}.b")


def batches(rows: Sequence[Row]) -> Iterator[list[int]]:
    """Yield the places of rows of like length that are read together."""
    batch: list[int] = []
    for at in sorted(range(len(rows)), key=lambda at: len(rows[at].ids)):
        if batch and (len(batch) + 1) * len(rows[at].ids) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch


def _gelu(inputs: Floats) -> Floats:
    """Return the activation in its tanh form (https://arxiv.org/abs/1606.08415)."""
    # tanh by way of exp, and cubes by products: both are many times faster in numpy.
    inner = inputs * inputs
    inner *= inputs
    inner *= np.float32(0.044715)
    inner += inputs
    inner *= np.float32(-2 * np.sqrt(2 / np.pi))
    np.exp(np.minimum(inner, LARGEST, out=inner), out=inner)
    inner += 1
    outputs: Floats = np.divide(inputs, inner, out=inner)
    return outputs
