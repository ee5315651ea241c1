"""Text is cut into the likeliest pieces."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.encoder.tokens import SPACE, UNKNOWN, Tokenizer

PIECES = {SPACE: -2.0, "a": -3.0, "b": -3.5, "ab": -4.0, f"{SPACE}a": -2.5, "ba": -9.0, "c": -5.0}
NAMES = ["<s>", "<pad>", "</s>", "<unk>", *PIECES]


@pytest.fixture
def tokenizer() -> Tokenizer:
    """Return a tokenizer of seven pieces."""
    return Tokenizer(NAMES, [0.0] * 4 + list(PIECES.values()))


@given(st.text("abc ", max_size=7))
def test_cut_is_the_likeliest_of_all(text: str) -> None:
    """No other cut of the text into known pieces has a higher sum of scores."""
    tokenizer = Tokenizer(NAMES, [0.0] * 4 + list(PIECES.values()))
    cut = [NAMES[number] for number in tokenizer.ids(text)]
    words = text.split()
    whole = SPACE + SPACE.join(words) if words else ""
    assert "".join(cut) == whole
    best = max(map(_score, _cuts(whole)), default=0.0)
    assert _score(cut) == pytest.approx(best)


def test_what_no_piece_covers_is_unknown(tokenizer: Tokenizer) -> None:
    """A letter without a piece becomes the unknown piece, and the rest is still cut."""
    numbers = tokenizer.ids("a€b")
    assert UNKNOWN in numbers
    assert [NAMES[number] for number in numbers if number != UNKNOWN] == [f"{SPACE}a", "b"]


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_no_text_has_no_pieces(tokenizer: Tokenizer, text: str) -> None:
    """Nothing but white space is cut into nothing."""
    assert tokenizer.ids(text) == []


def test_forms_of_one_letter_are_the_same(tokenizer: Tokenizer) -> None:
    """Wide letters are read as their plain form (NFKC)."""
    assert tokenizer.ids("\uff41\uff42") == tokenizer.ids("ab")


def _cuts(text: str) -> list[list[str]]:
    """Return every cut of a text into known pieces."""
    found = []
    for marks in product([False, True], repeat=max(0, len(text) - 1)):
        cut, start = [], 0
        for at, split in enumerate([*marks, True], 1):
            if split:
                cut.append(text[start:at])
                start = at
        if all(piece in PIECES for piece in cut):
            found.append(cut)
    return found if text else [[]]


def _score(cut: list[str]) -> float:
    return sum(PIECES[piece] for piece in cut)
