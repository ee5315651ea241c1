"""What the small model on this machine makes of corrections; its file is made by training.

It scores a moment: is it a correction, is it worth keeping, an order for good, of which type.
`benchmarks/README.md` says how it was trained, and how well it reads.
"""

from collections import OrderedDict
from collections.abc import Sequence
from math import exp
from typing import Protocol

import msgspec

from hivemindd.lessons.moments import moment
from hivemindd.records import Correction, LessonType

TYPES: tuple[LessonType, ...] = ("style", "tool", "file", "approach", "scope", "fact", "process")
KEPT = 512

_FIRST_TYPE = 7


class Encoder(Protocol):
    """Reads pairs of texts with the network; `hivemindd.encoder.process` has the real one."""

    def read(self, texts: Sequence[tuple[str, str]]) -> list[list[float]]:
        """Return the scores of each pair of texts.

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
        found |= zip(unread, map(_scores, self._encoder.read(unread)), strict=True)
        self._known.update(found)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return [found[text] for text in texts]


def _scores(outputs: Sequence[float]) -> Scores:
    correction, durable, standing = (1 / (1 + exp(-each)) for each in outputs[:3])
    types = outputs[_FIRST_TYPE:]
    return Scores(correction, durable, standing, TYPES[types.index(max(types))])
