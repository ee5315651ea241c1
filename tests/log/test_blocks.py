"""Blocks: bounded, in order, and the same events again."""

from hypothesis import given
from hypothesis import strategies as st

from hivemindd.events import Edit, Event, Interrupt, Prompt, SkillListed, ToolCall
from hivemindd.log.blocks import BLOCK_BYTES, BLOCK_EVENTS, BlockCodec, split
from tests.log.make import make_event

EVENTS: list[Event] = [
    make_event(1, "späße \U0001f600 \x00 \u2028"),
    Prompt(id="2", ts=0, seq=1, session="s", assistant="codex", author="human", text="", call="c"),
    ToolCall(
        id="3",
        ts=-1,
        seq=2**40,
        session="s",
        assistant="codex",
        author="agent",
        call="c",
        name="shell",
        input={"deep": [{"a": None, "b": 1.5, "c": True}], "n": 2**60},
    ),
    Edit(
        id="4",
        ts=1,
        seq=3,
        session="s",
        assistant="codex",
        author="agent",
        path="a.py",
        diff="@@\n-a\n+b\n",
        state="declined",
        sidechain=True,
    ),
    Interrupt(id="5", ts=1, seq=4, session="s", assistant="codex", author="human"),
    SkillListed(id="6", ts=1, seq=5, session="s", assistant="codex", author="harness", names=[]),
]


def test_events_come_back_as_they_were() -> None:
    """Kind, author and every field survive; the transcript's path comes with them."""
    codec = BlockCodec()
    packed = codec.pack("/a/b.jsonl", [codec.encode_event(event) for event in EVENTS])

    assert codec.read(packed) == ("/a/b.jsonl", EVENTS)


def test_a_block_can_be_packed_again() -> None:
    """Unpacked events are still encoded, so that merging does not touch them."""
    codec = BlockCodec()
    encoded = [codec.encode_event(event) for event in EVENTS]
    block = codec.unpack(codec.pack("/a", encoded))

    assert [bytes(event) for event in block.events] == encoded
    assert codec.read(codec.pack("/a", [bytes(event) for event in block.events]))[1] == EVENTS


def test_similar_events_share_their_space() -> None:
    """A block is much smaller than its events."""
    codec = BlockCodec()
    events = [codec.encode_event(make_event(number, "run the tests " * 5)) for number in range(64)]

    assert len(codec.pack("/a", events)) * 5 < sum(map(len, events))


@given(st.lists(st.integers(0, BLOCK_BYTES * 2), max_size=200))
def test_blocks_are_bounded_and_in_order(sizes: list[int]) -> None:
    """No block is larger than it may be, but for a single event that is."""
    events = [b"x" * size for size in sizes]
    parts = split(events)

    assert [event for part in parts for event in part] == events
    for part in parts:
        assert 0 < len(part) <= BLOCK_EVENTS
        assert len(part) == 1 or sum(map(len, part)) <= BLOCK_BYTES
