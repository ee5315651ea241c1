"""An encoder whose answers are written down: what the network would say of some words."""

from collections.abc import Mapping, Sequence

LIKELY, UNLIKELY = 4.0, -6.0
TURN_OUTPUTS = 14


class Scripted:
    """Answers by the words of a text; a word that is not in the script is no correction."""

    def __init__(self, turns: Mapping[str, str] | None = None) -> None:
        """Take by word which of c(orrection), d(urable) and s(tanding) its text is."""
        self._turns = turns or {}
        self.asked = 0

    def read(self, texts: Sequence[tuple[str, str]]) -> list[list[float]]:
        """Return the scores of each pair of texts."""
        self.asked += len(texts)
        return [self._turn(words) for words, _ in texts]

    def _turn(self, words: str) -> list[float]:
        traits = "".join(traits for word, traits in self._turns.items() if word in words)
        said = [LIKELY if trait in traits else UNLIKELY for trait in "cds"]
        return said + [0.0] * (TURN_OUTPUTS - len(said))
