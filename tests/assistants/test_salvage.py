"""What is still found in damaged lines."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.assistants.salvage import TRIES, decode_loosely

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
RECORDS = st.dictionaries(st.text(max_size=8), VALUES, max_size=5)


def written(record: dict[str, Any]) -> bytes:
    """Return a record as an assistant writes it."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode(
        errors="surrogatepass"
    )


def test_whole_record() -> None:
    """A good line gives its record, and nothing is called damaged."""
    assert decode_loosely(b' {"a": {"b": [1, "x"]}} \r') == ([{"a": {"b": [1, "x"]}}], False)


@pytest.mark.parametrize("line", [b"", b" \t\r"])
def test_blank_line(line: bytes) -> None:
    """A blank line holds no record and is no damage either."""
    assert decode_loosely(line) == ([], False)


def test_record_behind_a_torn_one() -> None:
    """The record that was glued to half a record comes out, the half counts as damage."""
    torn = b'{"timestamp":"t1","payload":{"items":[{"a":1},{"b":2}],"text":"half a sen'
    whole = b'{"timestamp":"t2","payload":{"c":{"d":3}}}'

    assert decode_loosely(torn + whole) == (
        [{"timestamp": "t2", "payload": {"c": {"d": 3}}}],
        True,
    )


def test_records_without_a_newline_between_them() -> None:
    """Two whole records on one line are both kept, and no damage is done."""
    assert decode_loosely(b'{"a":1}{"b":2}') == ([{"a": 1}, {"b": 2}], False)


def test_record_before_a_torn_one() -> None:
    """A whole record is kept when the rest of the line is torn."""
    assert decode_loosely(b'{"a":1}{"b":') == ([{"a": 1}], True)


def test_nested_object_is_no_record() -> None:
    """An object inside a torn record is never taken for a record."""
    assert decode_loosely(b'{"a":{"b":1},"c":[{"d":2}') == ([], True)


@pytest.mark.parametrize("line", [b"hello", b"[1,2]", b'"text"', b"12", b'[{"a":1}]', b"{"])
def test_no_record(line: bytes) -> None:
    """What is no JSON object gives nothing and is damage."""
    assert decode_loosely(line) == ([], True)


@pytest.mark.parametrize(
    ("line", "record"),
    [
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'\x00\x00{"a":1}\x00', {"a": 1}),
        (b'{"a":"x\x00y"}', {"a": "x\0y"}),
        (b'{"a":"\xff\xfe"}', {"a": "��"}),
        (b'{"a":NaN,"b":-Infinity}', {"a": None, "b": None}),
        (rb'{"a":"\ud83d","\udc00":1}', {"a": "�", "�": 1}),
        (rb'{"a":"\ud83d\ude00"}', {"a": "😀"}),
    ],
    ids=["bom", "nul-around", "nul-inside", "bad-utf8", "nan", "lone-surrogate", "pair"],
)
def test_text_that_is_no_clean_json(line: bytes, record: dict[str, Any]) -> None:
    """Bytes and numbers that JSON does not have are replaced, and the record is kept."""
    assert decode_loosely(line) == ([record], False)


def test_only_nuls() -> None:
    """A run of NULs, as a power loss leaves it, is damage."""
    assert decode_loosely(b"\0" * 64) == ([], True)


def test_deep_nesting() -> None:
    """A line that nests too deep for the decoder is damage, not an error."""
    depth = 100_000

    assert decode_loosely(b'{"a":' * depth + b"1" + b"}" * depth) == ([], True)


def test_work_is_bounded() -> None:
    """A record behind more openings than are tried is given up."""
    torn = b'{"a":{"a":' + b'[0 {"b":1},' * (TRIES + 1)

    assert decode_loosely(torn + b'{"c":1}') == ([], True)


def test_a_record_opens_like_its_line() -> None:
    """The openings that look like the start of a record are tried before all others."""
    torn = b'{"timestamp":"t",' + b'"x":[0 {"b":1},' * (TRIES + 1)

    assert decode_loosely(torn + b'{"timestamp":"u"}') == ([{"timestamp": "u"}], True)


@given(RECORDS)
def test_agrees_with_the_strict_decoder(record: dict[str, Any]) -> None:
    """A record that was written whole is read back."""
    assert decode_loosely(written(record)) == ([record], False)


@given(st.lists(RECORDS, min_size=1, max_size=3), RECORDS, st.data())
def test_torn_prefix(
    records: list[dict[str, Any]], torn: dict[str, Any], data: st.DataObject
) -> None:
    """Whole records survive any half record before them."""
    half = written({"timestamp": "t"} | torn)
    end = data.draw(st.integers(1, len(half) - 1))
    whole = [{"timestamp": number} | record for number, record in enumerate(records)]

    found, damaged = decode_loosely(half[:end] + b"".join(map(written, whole)))

    assert found == whole
    assert damaged


@given(st.binary(max_size=200))
def test_never_raises(line: bytes) -> None:
    """Whatever the bytes are, what comes back can be written again."""
    for record in decode_loosely(line)[0]:
        assert msgspec.json.encode(record)
