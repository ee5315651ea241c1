"""Blocks between tags: where they end, and what stands outside of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.lessons.blocks import outside_blocks


def left(text: str) -> list[str]:
    """Return the pieces outside of blocks."""
    pieces = (text[start:end].strip() for start, end in outside_blocks(text))
    return [piece for piece in pieces if piece]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a <x-y>b</x-y> c", ["a", "c"]),
        ("a <rules>b</rules> c", ["a", "c"]),
        ("a <b>bold</b> c", ["a <b>bold</b> c"]),
        ("a <div>\nb\n</div> c", ["a", "c"]),
        ("a <x-y z='1'>b</x-y > c", ["a", "c"]),
        ("a <x-y/> c", ["a <x-y/> c"]),
        ("a <x-y>b", ["a"]),
        ("a <p>b", ["a <p>b"]),
        ("a <!-- b --> c <!-- d", ["a", "c <!-- d"]),
        ("a <x-y>b <x-y>c</x-y> d</x-y> e", ["a", "e"]),
        ("a <x-y>b <x-y>c</x-y> d", ["a", "d"]),
        ("a <x-y>b</x-y> c</x-y> d", ["a", "d"]),
        ("a <x-y>b</x-y> c <p-q>d</p-q> e</x-y> f", ["a", "f"]),
        ("a </x-y> b", ["a </x-y> b"]),
        ("<command-name>/x</command-name>\n<command-args>a</command-args>", ["a"]),
        (
            "<command-name>/x</command-name><command-args>a <x-y>b</x-y> c</command-args>",
            ["a", "c"],
        ),
        ("see <command-args>a</command-args>", ["see"]),
    ],
)
def test_outside(text: str, pieces: list[str]) -> None:
    """What a block holds is left out, also where it quotes or closes its own tag."""
    assert left(text) == pieces


@given(st.lists(st.sampled_from(["<a-b>", "</a-b>", "<p>", "</p>", "<!--", "-->", "x", "\n"])))
def test_spans_are_in_order(parts: list[str]) -> None:
    """Spans follow one another and lie in the text."""
    text = "".join(parts)
    edges = [edge for span in outside_blocks(text) for edge in span]

    assert edges == sorted(edges)
    assert not edges or 0 <= edges[0] <= edges[-1] <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "<a-b>" * 50_000 + "</a-b>" * 50_000,
        "<a-b>x</a-b>" * 50_000 + "</a-b>" * 50_000,
        "".join(f"<a-{n}>" for n in range(50_000)) + "</a-1>" * 50_000,
        "<p>" * 50_000 + "</p>" * 50_000,
        "<!--" * 100_000,
    ],
    ids=["nested", "closed again", "names", "single line", "comments"],
)
def test_hostile_tags_cost_little(text: str) -> None:
    """After some hundreds of tags nobody looks: the suite's own limit would end this test."""
    outside_blocks(text)
