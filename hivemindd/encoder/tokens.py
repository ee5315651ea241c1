"""Cuts text into the pieces that the network knows, after Kudo's unigram language model.

The pieces and their scores are those of XLM-RoBERTa (SentencePiece, "nmt_nfkc"), without the
ones that only scripts beyond ours need; see https://arxiv.org/abs/1804.10959.
"""

import unicodedata
from collections.abc import Sequence

SPACE = "\u2581"
BEGIN, PAD, END, UNKNOWN = 0, 1, 2, 3
RESERVED = 4
LONGEST_PIECE = 16
UNKNOWN_COST = 10.0


class Tokenizer:
    """Turns text into the numbers of pieces; a piece's number is its row of the embeddings."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float]) -> None:
        """Take the pieces in the order of their rows; the first four are reserved."""
        known = list(zip(pieces, scores, strict=True))[RESERVED:]
        self._known = {
            piece: (number, score) for number, (piece, score) in enumerate(known, RESERVED)
        }
        self._unknown = min(score for _, score in known) - UNKNOWN_COST

    def ids(self, text: str) -> list[int]:
        """Return the likeliest cut of a text, without begin and end; empty for no text."""
        words = unicodedata.normalize("NFKC", text).split()
        return self._cut(SPACE + SPACE.join(words)) if words else []

    def _cut(self, text: str) -> list[int]:
        """Return the cut with the highest sum of scores (Viterbi)."""
        length = len(text)
        best = [0.0] + [float("-inf")] * length
        came: list[tuple[int, int]] = [(0, UNKNOWN)] * (length + 1)
        for start in range(length):
            reached = best[start]
            if reached + self._unknown > best[start + 1]:
                best[start + 1] = reached + self._unknown
                came[start + 1] = (start, UNKNOWN)
            for end in range(start + 1, min(length, start + LONGEST_PIECE) + 1):
                found = self._known.get(text[start:end])
                if found is not None and reached + found[1] > best[end]:
                    best[end] = reached + found[1]
                    came[end] = (start, found[0])
        cut = []
        while length:
            length, number = came[length]
            cut.append(number)
        return cut[::-1]
