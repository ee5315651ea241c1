"""Blocks that programs put into prompts are cut out of them, whatever they hold."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.assistants.context import without_blocks

TAGS = re.compile(r"<(/?)(note|file)(?:\s[^<>]{0,20})?>")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a<note>b</note>c", "ac"),
        ('a<file name="x">b</file>c', "ac"),
        ("a<note>b<file>c</note>d", "ad"),
        ("a<note>b<note>c</note>d</note>e", "ae"),
        ("a<note>the <note> tag</note>b", "ab"),
        ("a<note>b</note>c</note>d", "ad"),
        ("a<note>b</note>c<file>d</file>e</note>f", "af"),
        ("a<note>b", "a<note>b"),
        ("a<note>b<file>c</file>d", "a<note>bd"),
        ("a</note>b", "a</note>b"),
        ("a<other>b</other>c", "a<other>b</other>c"),
    ],
)
def test_blocks_are_cut_out(text: str, left: str) -> None:
    """A block ends with the outermost tag, and with a further one; an endless one stays."""
    assert without_blocks(text, TAGS) == left


@given(st.lists(st.sampled_from(["<note>", "</note>", "<file>", "</file>", "a", "b"])))
def test_cutting_only_takes_away(parts: list[str]) -> None:
    """What is left stands in the text, in the same order."""
    rest = iter("".join(parts))

    assert all(character in rest for character in without_blocks("".join(parts), TAGS))


@pytest.mark.parametrize(
    "text",
    [
        "<note>" * 200_000,
        "<note>" * 100_000 + "</note>" * 100_000,
        "<note>a</note>" * 50_000 + "</note>" * 50_000,
        "<note><file>" * 50_000 + "</file>" * 50_000,
    ],
    ids=["endless", "nested", "closed again", "two names"],
)
def test_hostile_tags_cost_little(text: str) -> None:
    """Every tag is looked at a few times: the suite's own limit would end this test."""
    without_blocks(text, TAGS)
