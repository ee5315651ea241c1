"""An encoder whose answers are written down: what the network would say of some words."""

from collections.abc import Mapping, Sequence

LIKELY, MAYBE, UNLIKELY = 4.0, -0.5, -6.0
TURN_OUTPUTS = 14
MEANING = 8


class Scripted:
    """Answers by the words of a text; a word that is not in the script is no correction."""

    def __init__(
        self, turns: Mapping[str, str] | None = None, meanings: Sequence[Sequence[str]] = ()
    ) -> None:
        """Take by word which of c(orrection), d(urable), s(tanding) and l(imit) its text is.

        A correction may be a mere m(aybe). `meanings` are words each that mean the same; others
        mean nothing.
        """
        self._turns = turns or {}
        self._meanings = meanings
        self.asked = 0

    def read(self, texts: Sequence[tuple[str, str]]) -> list[list[float]]:
        """Return the scores of each pair of texts."""
        self.asked += len(texts)
        return [self._turn(words) for words, _ in texts]

    def _turn(self, words: str) -> list[float]:
        traits = "".join(traits for word, traits in self._turns.items() if word in words)
        said = [LIKELY if trait in traits else UNLIKELY for trait in "cds"]
        said[0] = MAYBE if "m" in traits else said[0]
        limit = LIKELY if "l" in traits else UNLIKELY
        meaning = [0.0] * MEANING
        for at, alike in enumerate(self._meanings):
            meaning[at] = float(any(word in words for word in alike))
        return [*said, *[0.0] * (TURN_OUTPUTS - len(said)), limit, *meaning]
