"""Which lines of a text stand in a fence, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.lessons.fences import Fences


def outside(text: str) -> list[str]:
    """Return what stands outside of fences, line by line."""
    fences = Fences()
    return [line[: fences.outside(line)] for line in text.split("\n")]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\n```\nx\n```\nb", ["a", "", "", "", "b"]),
        ("~~~ sh\nx\n```\n~~~\nb", ["", "", "", "", "b"]),
        ("````\n```\nx\n```\n````\nb", ["", "", "", "", "", "b"]),
        ("```md\n```js\nx\n```\ny\n```\nb", ["", "", "", "", "", "", "b"]),
        ("- ```\n  x\n  ```\nb", ["", "", "", "b"]),
        ("1. - ~~~\nx\n~~~\nb", ["", "", "", "b"]),
        ("it says ```\nx\n```\nb", ["it says ", "", "", "b"]),
        ("```\nx```\nb", ["", "", "b"]),
        ("```x```\nb", ["", "b"]),
        ("use ```pnpm``` here\nb", ["use ```pnpm``` here", "b"]),
        ("```\nx = '```'\n```\nb", ["", "", "", "b"]),
        ("```\nx", ["", ""]),
    ],
)
def test_outside(text: str, left: list[str]) -> None:
    """A fence opens and ends where a reader would say so, whatever the standard says."""
    assert outside(text) == left


@given(st.lists(st.sampled_from(["```", "```js", "~~~", "a", "a ```", "- ```", "````"])))
def test_a_line_is_cut_at_most_once(lines: list[str]) -> None:
    """What stands outside is the beginning of its line."""
    fences = Fences()

    assert all(0 <= fences.outside(line) <= len(line) for line in lines)
