"""Text that no person wrote, planted everywhere in real transcripts: it is never a person's.

The places of each assistant are told in `tests/planting`; what a person says by each of the
channels there is found, so that the search can be trusted.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.planting import claude_code, codex, cursor
from tests.planting.learning import labelled, own
from tests.planting.marker import MARKERS, Foreign, foreign
from tests.planting.people import CHANNELS
from tests.planting.place import Place, Spot, encode, planted, spots
from tests.planting.transcript import TRANSCRIPTS, Record, parse, skeleton

PLACES = (*claude_code.PLACES, *codex.PLACES, *cursor.PLACES)
ASSISTANTS = ("claude-code", "codex", "cursor")

Leaf = tuple[str | int, ...]

# Older transcripts of Cursor are plain text.
TEXT_BLOCKS = {
    "reply": "assistant:\n{}\n",
    "thinking": "assistant:\n[Thinking] {}\nDone.\n",
    "call": "assistant:\n[Tool call] Write\n  path: /home/me/a.md\n  contents: {}\n",
    "answer of a tool": "assistant:\n[Tool result] Read\n{}\n",
    "words beside a query": "user:\n<rules>\n{}\n</rules>\n<user_query>\ngo on\n</user_query>\n",
    "words without a mark": "user:\n{}\n",
}


@pytest.fixture(scope="module", name="home")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give one home for all: transcripts are written over each other, which costs least."""
    return tmp_path_factory.mktemp("planted")


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.id)
@settings(max_examples=4)
@given(data=st.data())
def test_planted_text_is_no_persons(home: Path, place: Place, data: st.DataObject) -> None:
    """Whatever stands there, no prompt of a person holds any of it, not even as a quotation."""
    text = data.draw(foreign(imitating=True))
    parsed = planted(home, place, text.text, data.draw(spots(place)))

    assert not text.marker.is_in(labelled(parsed.events))


@pytest.mark.parametrize("place", CHANNELS, ids=lambda place: place.id)
@settings(max_examples=4)
@given(data=st.data())
def test_words_of_a_person_are_found(home: Path, place: Place, data: st.DataObject) -> None:
    """By whichever channel, a person's own words are in a prompt or a refusal of theirs."""
    marker = data.draw(MARKERS)
    spot = Spot(data.draw(st.sampled_from(place.cases)), data.draw(st.floats(0, 1)))
    parsed = planted(home, place, f"no, {marker.text}", spot)

    assert any(marker.text in text for text in own(parsed.events))


@pytest.mark.parametrize("assistant", ASSISTANTS)
@settings(max_examples=30)
@given(data=st.data())
def test_no_other_field_speaks(home: Path, assistant: str, data: st.DataObject) -> None:
    """A text in any field of any real record is no person's, but for those where people speak."""
    case = data.draw(st.sampled_from(cases(assistant)))
    real = skeleton(assistant, case)
    at = data.draw(st.integers(0, len(real.lines) - 1))
    record = real.records[at]
    fields = [leaf for leaf in leaves(record) if not is_spoken(record, leaf)]
    leaf = data.draw(st.sampled_from(fields or [()]))
    text = data.draw(foreign(imitating=True))
    put = text.text if data.draw(st.booleans()) else f"{value_at(record, leaf)} {text.text}"
    changed = encode(with_leaf(record, leaf, put)) if leaf else real.lines[at]
    parsed = parse(home, real, [*real.lines[:at], changed, *real.lines[at + 1 :]])

    assert not text.marker.is_in(labelled(parsed.events))


@pytest.mark.parametrize("block", TEXT_BLOCKS.values(), ids=TEXT_BLOCKS)
@settings(max_examples=8)
@given(text=foreign(), data=st.data())
def test_planted_text_in_plain_text(
    home: Path, block: str, text: Foreign, data: st.DataObject
) -> None:
    """In Cursor's older format only a marked query speaks."""
    real = skeleton("cursor", "txt-flat")
    heads = [at for at, line in enumerate(real.lines) if line in {b"user:", b"assistant:"}]
    at = data.draw(st.sampled_from(heads))
    planted = block.replace("{}", text.text).encode().split(b"\n")
    parsed = parse(home, real, [*real.lines[:at], *planted, *real.lines[at:]])

    assert not text.marker.is_in(labelled(parsed.events))


def test_query_in_plain_text_is_found(home: Path) -> None:
    """There too, a person's query is theirs."""
    real = skeleton("cursor", "txt-flat")
    query = [b"user:", b"<user_query>", b"never use zebrafish", b"</user_query>", b""]

    assert "never use zebrafish" in own(parse(home, real, [*query, *real.lines]).events)


@cache
def cases(assistant: str) -> list[str]:
    """Return the fixtures of an assistant that hold a transcript of JSON lines.

    Those of Codex 0.25 are not read, and the damaged ones of Cursor are no JSON.
    """
    homes = sorted((TRANSCRIPTS / assistant).glob("*/home"))
    names = {home.parent.name for home in homes if any(home.rglob("*.jsonl"))}
    return sorted(names - {"old-0.25.0", "damaged", "txt-beside-jsonl"})


def is_spoken(record: Record, leaf: Leaf) -> bool:
    """Tell whether people speak by a field: it is one of these, of all that there are."""
    payload = record.get("payload") or {}
    match leaf:
        case ("userFeedback",) | ("attachment", "prompt"):
            return True
        case ("message", "content") | ("message", "content", int(), "text"):
            return "user" in {record.get("type"), record.get("role")}
        case ("payload", "message"):
            return bool(payload.get("type") == "user_message")
        case ("payload", "item", "content", int(), "text"):
            return bool(payload["item"].get("type") == "UserMessage")
    return False


def leaves(value: Any, above: Leaf = ()) -> Iterator[Leaf]:
    """Yield where the texts in a JSON value stand."""
    if isinstance(value, str):
        yield above
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*above, key))


def value_at(value: Any, leaf: Leaf) -> Any:
    """Return what stands at a leaf."""
    for key in leaf:
        value = value[key]
    return value


def with_leaf(value: Any, leaf: Leaf, text: str) -> Any:
    """Return a JSON value with another text at a leaf."""
    if not leaf:
        return text
    items = value.items() if isinstance(value, dict) else enumerate(value)
    changed = {
        key: with_leaf(inner, leaf[1:], text) if key == leaf[0] else inner for key, inner in items
    }
    return changed if isinstance(value, dict) else list(changed.values())
