"""Long texts are cut, and never through a secret."""

import pytest

from hivemindd.assistants.base import beginning, cut, cut_values

LIMIT = 1_000
TOKEN = "ghp_" + "k7Qw2ZpX9vRb4TnM" * 2 + "k7Qw"


@pytest.mark.parametrize("before", [*range(700, 760, 7), 1_700, 1_720, 1_740, 1_760])
def test_no_half_of_a_secret_is_left(before: int) -> None:
    """Wherever the edges of the cut fall; the length told is that of the whole text."""
    text = "a " * (before // 2) + TOKEN + " b" * ((2_000 - before) // 2)

    for short, full in (cut(text, LIMIT), (cut_values([text], LIMIT), len(text))):
        assert "characters left out" in str(short)
        assert not any(TOKEN[at : at + 8] in str(short) for at in range(len(TOKEN) - 8))
        assert full == len(text)


def test_a_short_text_is_left_to_who_stores_it() -> None:
    """Nothing is cut, so nothing is lost to the redactor."""
    assert cut(TOKEN, LIMIT) == (TOKEN, 0)
    assert beginning(TOKEN, LIMIT) == TOKEN


def test_a_beginning_has_no_half_of_a_secret() -> None:
    """The target of a call is cut at its end."""
    assert "k7Qw" not in beginning("a" * 990 + f" {TOKEN}", LIMIT)
