"""An encoder whose answers are written down: what the network would say of some words."""

from collections.abc import Mapping, Sequence
from typing import Literal

LIKELY, UNLIKELY = 4.0, -6.0
TURN_OUTPUTS = 14


class Scripted:
    """Answers by the words of a text; a word that is not in the script is no correction."""

    def __init__(self, turns: Mapping[str, str] | None = None, same: str = "") -> None:
        """Take by word which of c(orrection), d(urable) and s(tanding) its text is.

        Two texts ask for the same where both hold the word `same`.
        """
        self._turns = turns or {}
        self._same = same
        self.asked = 0

    def read(
        self, texts: Sequence[tuple[str, str]], head: Literal["turn", "pair", "near"]
    ) -> list[list[float]]:
        """Return the scores of each pair of texts."""
        self.asked += len(texts)
        if head == "turn":
            return [self._turn(words) for words, _ in texts]
        alike = [bool(self._same) and self._same in one and self._same in two for one, two in texts]
        if head == "near":
            return [[0.9 if each else 0.1] for each in alike]
        return [[LIKELY, 0.0, 0.0] if each else [UNLIKELY, 0.0, 0.0] for each in alike]

    def _turn(self, words: str) -> list[float]:
        traits = "".join(traits for word, traits in self._turns.items() if word in words)
        said = [LIKELY if trait in traits else UNLIKELY for trait in "cds"]
        return said + [0.0] * (TURN_OUTPUTS - len(said))
