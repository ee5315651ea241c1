"""What the small model on this machine makes of corrections; its file is made by training.

It scores a moment: is it a correction, is it worth keeping, an order for good, of which type.
`benchmarks/README.md` says how it was trained, and how well it reads.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from math import exp, hypot
from struct import pack
from typing import Protocol

import msgspec

from hivemindd.lessons.moments import moment
from hivemindd.records import Correction, LessonType

TYPES: tuple[LessonType, ...] = ("style", "tool", "file", "approach", "scope", "fact", "process")
KEPT = 512

_FIRST_TYPE = 7
_LIMIT = _FIRST_TYPE + len(TYPES)
FIRST_MEANING = _LIMIT + 1
"""Where in what the network answers the meaning begins."""


class Encoder(Protocol):
    """Reads pairs of texts with the network; `hivemindd.encoder.process` has the real one."""

    def read(self, texts: Sequence[tuple[str, str]]) -> list[list[float]]:
        """Return the scores of each pair of texts.

        Raises:
            EncoderError: the network cannot be run.
        """


class Scores(msgspec.Struct, frozen=True):
    """How likely a moment is a correction, worth keeping, an order for good, a limit: 0 to 1.

    A limit says where some rule does not hold. `meaning` is a direction: signed bytes of
    length 127 together, near to that of words that mean the same.
    """

    correction: float
    durable: float
    standing: float
    type: LessonType
    limit: float
    meaning: bytes


class SmallModel:
    """Scores corrections; what it has just read it still knows. Threads may share it."""

    def __init__(self, encoder: Encoder) -> None:
        """Read with this network."""
        self._encoder = encoder
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str], Scores] = OrderedDict()

    def read(self, corrections: Sequence[Correction]) -> list[Scores]:
        """Return the scores of each correction.

        Raises:
            EncoderError: the network cannot be run.
        """
        texts = [moment(each) for each in corrections]
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        unread = [text for text in dict.fromkeys(texts) if text not in found]
        found |= zip(unread, map(_scores, self._encoder.read(unread)), strict=True)
        with self._lock:
            self._known.update(found)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return [found[text] for text in texts]


def _scores(outputs: Sequence[float]) -> Scores:
    correction, durable, standing, limit = (_share(outputs[at]) for at in (0, 1, 2, _LIMIT))
    types = outputs[_FIRST_TYPE:_LIMIT]
    kind = TYPES[types.index(max(types))]
    return Scores(correction, durable, standing, kind, limit, _packed(outputs[FIRST_MEANING:]))


def _share(logit: float) -> float:
    return 1 / (1 + exp(-logit))


def _packed(direction: Sequence[float]) -> bytes:
    length = hypot(*direction) or 1.0
    return pack(f"{len(direction)}b", *(round(127 * each / length) for each in direction))
