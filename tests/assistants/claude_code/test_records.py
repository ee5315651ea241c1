"""Lines of a Claude Code transcript become records, whatever state they are in."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.assistants.claude_code.records import (
    Record,
    blocks_of,
    decode,
    is_noise,
    milliseconds,
    text_of,
)
from tests.assistants.claude_code.session import dumped

USER: dict[str, Any] = {
    "parentUuid": None,
    "type": "user",
    "message": {"role": "user", "content": "hello"},
}
SNAPSHOT = {"parentUuid": "u1", "isSidechain": False, "attachment": {"type": "prompt_snapshot"}}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def only(line: bytes) -> Record:
    """Return the one record of a line of which nothing was dropped."""
    records, dropped = decode(line)
    assert len(records) == 1
    assert not dropped
    return records[0]


@pytest.mark.parametrize(
    "record",
    [
        {"type": "api-request-shape", "tools": []},
        {"type": "api-request", "id": 1},
        {"type": "progress", "data": {"type": "bash_progress"}},
        {"parentUuid": "u1", "cwd": "/home/dev", "type": "progress", "data": {"output": "x"}},
        SNAPSHOT,
    ],
)
def test_bulk_is_skipped_unread(record: dict[str, Any]) -> None:
    """What was sent to the API and progress of tools are known by their first bytes."""
    assert is_noise(dumped(record))


@pytest.mark.parametrize(
    "content",
    [
        '"type":"progress"',
        '{"type":"api-request"}',
        [{"type": "tool_use", "input": {"type": "progress"}}],
        [{"type": "tool_use", "input": {"attachment": {"type": "prompt_snapshot"}}}],
    ],
)
def test_text_about_bulk_is_no_bulk(content: object) -> None:
    """A marker inside a message, as text or as a key, does not hide the message."""
    assert not is_noise(dumped({"message": {"content": content}, "type": "user"}))
    assert not is_noise(dumped({"type": "user", "message": {"content": content}}))


@pytest.mark.parametrize("length", [60, 90, 100])
def test_bulk_that_was_torn_hides_no_message(length: int) -> None:
    """Its writer died, and the next append is on the same line."""
    bulk = {"parentUuid": "u0", "type": "progress", "data": {"type": "bash", "output": "x" * 40}}
    whole = dumped({"parentUuid": None} | USER)
    assert is_noise(dumped(bulk))
    assert is_noise(dumped(bulk)[:length])
    assert not is_noise(dumped(bulk)[:length] + whole)
    assert not is_noise(b'{"type":"api-request-shape","tools":["te' + whole)


def test_objects_within_bulk_are_bulk() -> None:
    """The progress of a subagent holds whole messages."""
    for said in ({"type": "user", "message": {}}, [{"type": "user"}, {"type": "assistant"}]):
        assert is_noise(dumped({"parentUuid": "u0", "type": "progress", "data": {"message": said}}))


@given(content=anything, cwd=st.text())
def test_no_conversation_is_bulk(content: object, cwd: str) -> None:
    """No message, folder or report makes a conversational record look like bulk."""
    for kind in ("user", "assistant"):
        said: dict[str, object] = {"cwd": cwd, "message": {"content": content}, "type": kind}
        assert not is_noise(json.dumps(said, separators=(",", ":")).encode())
        done: dict[str, object] = {"cwd": cwd, "type": kind, "toolUseResult": content}
        assert not is_noise(json.dumps(done, separators=(",", ":")).encode())


def test_a_field_of_a_wrong_type_is_lost_alone() -> None:
    """Its neighbours, also those in the same block, stay."""
    blocks: list[object] = [
        {"type": "text", "text": 5},
        "not a block",
        {"type": "tool_result", "tool_use_id": "t1", "content": "out", "is_error": "yes"},
    ]
    record = only(
        dumped(USER | {"cwd": 7, "isMeta": "no", "uuid": "u1", "message": {"content": blocks}})
    )

    assert (record.type, record.uuid, record.cwd, record.is_meta) == ("user", "u1", None, None)
    first, second = blocks_of(record)
    assert (first.type, first.text) == ("text", None)
    assert (second.tool_use_id, second.content, second.is_error) == ("t1", "out", None)


def test_a_report_of_any_type_is_kept_as_it_is() -> None:
    """`toolUseResult` may be an object, a text or a list, also beside a wrong field."""
    for report in ({"a": [1, "é"]}, "Error: no", [1, 2], None):
        for more in ({}, {"cwd": 7}):
            record = only(dumped(USER | {"toolUseResult": report} | more))

            assert msgspec.json.decode(record.tool_use_result) == report


def test_a_torn_record_is_cut_off() -> None:
    """Half a record with a whole one behind it on the same line loses only itself."""
    whole = dumped(USER | {"uuid": "u2"})
    records, dropped = decode(dumped(USER)[:-20] + whole)

    assert [record.uuid for record in records] == ["u2"]
    assert dropped


def test_two_records_on_one_line_are_two() -> None:
    """A newline that was never written costs nothing."""
    records, dropped = decode(dumped(USER | {"uuid": "u1"}) + dumped(USER | {"uuid": "u2"}))

    assert [record.uuid for record in records] == ["u1", "u2"]
    assert not dropped


@pytest.mark.parametrize(
    "text",
    [
        '"\\ud800 half"',
        '"half \\udc00"',
        '"tab\there"',
        '"nul\\u0000"',
    ],
)
def test_odd_text_can_be_encoded_later(text: str) -> None:
    """Half characters are replaced, so that what comes out is UTF-8."""
    record = only(f'{{"type":"user","message":{{"content":{text}}}}}'.encode())

    assert text_of(blocks_of(record)).encode()


@pytest.mark.parametrize(
    "line",
    [
        b"\xef\xbb\xbf" + dumped(USER),
        dumped(USER).replace(b"hello", b"hel\xfflo"),
        b"\0\0\0" + dumped(USER),
        dumped(USER)[:-1] + b',"ttftMs":NaN}',
        dumped(USER)[:-1] + b',"big":123456789012345678901234567890}',
    ],
)
def test_what_only_a_strict_decoder_refuses_is_read(line: bytes) -> None:
    """Byte order marks, bytes that are no UTF-8, NULs and NaN hide no record."""
    assert only(line).type == "user"


@pytest.mark.parametrize(
    "line",
    [b"\0\0\0\0", b"[1,2]", b"17", b'"text"', b"not json", b"[" * 100_000, b'{"a":' * 50_000],
)
def test_what_is_no_record_is_dropped(line: bytes) -> None:
    """Nothing comes back, and the loss is told."""
    assert decode(line) == ([], True)


def test_an_empty_line_is_nothing() -> None:
    """It is neither a record nor a loss."""
    assert decode(b"") == ([], False)


@given(st.dictionaries(st.sampled_from(sorted(Record.__struct_encode_fields__)), anything))
def test_no_record_is_refused(record: dict[str, Any]) -> None:
    """Whatever its fields hold, an object is a record."""
    records, _ = decode(json.dumps(record).encode())

    assert len(records) == 1


@given(st.binary())
def test_no_bytes_break_it(line: bytes) -> None:
    """Decoding never raises."""
    decode(line)


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("2026-11-21T07:38:27.718Z", 1_795_246_707_718),
        ("2026-11-21T07:38:27Z", 1_795_246_707_000),
        ("2026-11-21T08:38:27.718+01:00", 1_795_246_707_718),
        ("2026-11-21T07:38:27.718", 1_795_246_707_718),
        ("yesterday", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_times_are_milliseconds(timestamp: str | None, expected: int) -> None:
    """A timestamp counts in UTC; what is none is 0."""
    assert milliseconds(timestamp) == expected
