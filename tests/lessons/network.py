"""The network that ships, run in the process of the test."""

from collections.abc import Sequence
from functools import cache
from typing import Literal

from hivemindd.encoder.network import Network
from hivemindd.encoder.weights import Weights


@cache
def load() -> Network:
    """Load the network once for all tests."""
    return Network(Weights.load())


class InProcess:
    """The network, with a count of the texts that it was asked about."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self.asked = 0

    def read(
        self, texts: Sequence[tuple[str, str]], head: Literal["turn", "pair", "near"]
    ) -> list[list[float]]:
        """Return the scores of each pair of texts."""
        self.asked += len(texts)
        read = load().near(texts) if head == "near" else load().read(texts, head)
        found: list[list[float]] = read.tolist()
        return found
