"""What the small model on this machine makes of corrections; its file is made by training.

It scores a moment (is it a correction, is it worth keeping, an order for good, of which type)
and tells whether two moments ask for the same. `benchmarks/README.md` has its figures.
"""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import chain
from math import exp
from typing import Literal, Protocol

import msgspec

from hivemindd.lessons.moments import moment
from hivemindd.records import Correction, LessonType

TYPES: tuple[LessonType, ...] = ("style", "tool", "file", "approach", "scope", "fact", "process")
KEPT = 512
NEAREST = 12

_FIRST_TYPE = 7


class Encoder(Protocol):
    """Reads pairs of texts with the network; `hivemindd.encoder.process` has the real one."""

    def read(
        self, texts: Sequence[tuple[str, str]], head: Literal["turn", "pair", "near"]
    ) -> list[list[float]]:
        """Return the scores of one head for each pair of texts.

        Raises:
            EncoderError: the network cannot be run.
        """


class Scores(msgspec.Struct, frozen=True):
    """How likely a moment is a correction, worth keeping, an order for good: from 0 to 1."""

    correction: float
    durable: float
    standing: float
    type: LessonType


class SmallModel:
    """Scores corrections; what it has just read it still knows."""

    def __init__(self, encoder: Encoder) -> None:
        """Read with this network."""
        self._encoder = encoder
        self._known: OrderedDict[tuple[str, str], Scores] = OrderedDict()

    def read(self, corrections: Sequence[Correction]) -> list[Scores]:
        """Return the scores of each correction.

        Raises:
            EncoderError: the network cannot be run.
        """
        texts = [moment(each) for each in corrections]
        unread = [text for text in dict.fromkeys(texts) if text not in self._known]
        found = {text: self._known[text] for text in texts if text in self._known}
        found |= zip(unread, map(_scores, self._encoder.read(unread, "turn")), strict=True)
        self._known.update(found)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return [found[text] for text in texts]

    def alike(self, text: str, groups: Sequence[Sequence[str]]) -> list[float]:
        """Return how likely a text asks for the same as each group of texts, from 0 to 1.

        Only the groups that are nearest in meaning are looked at closely; the rest get 0.

        Raises:
            EncoderError: the network cannot be run.
        """
        alike = [0.0] * len(groups)
        pairs = [(text, other) for other in chain(*groups)]
        if not pairs:
            return alike
        distances = iter(self._encoder.read(pairs, "near"))
        near = [max((next(distances)[0] for _ in group), default=-1.0) for group in groups]
        nearest = sorted(range(len(groups)), key=lambda at: -near[at])[:NEAREST]
        closer = [(text, other) for at in nearest for other in groups[at]]
        same = iter(self._encoder.read(closer, "pair"))
        for at in nearest:
            chances = [_share(next(same)) for _ in groups[at]]
            alike[at] = sum(chances) / len(chances) if chances else 0.0
        return alike


def _scores(outputs: Sequence[float]) -> Scores:
    correction, durable, standing = (1 / (1 + exp(-each)) for each in outputs[:3])
    types = outputs[_FIRST_TYPE:]
    return Scores(correction, durable, standing, TYPES[types.index(max(types))])


def _share(outputs: Sequence[float]) -> float:
    """Return the share of the first output (softmax)."""
    most = max(outputs)
    shares = [exp(each - most) for each in outputs]
    return shares[0] / sum(shares)
