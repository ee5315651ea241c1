"""A transcript is read record by record, whatever is between the records."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.assistants.base import SessionFacts
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.assistants.claude_code.records import Attachment, Record
from hivemindd.events import Prompt
from tests.assistants.claude_code.session import MARKER, PATH, SAID, STOP, Session, Side, joined

odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


blocks = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["text", "thinking", "tool_use", "tool_result", "x"])},
        optional={
            "text": st.sampled_from(["hi", "", STOP, MARKER[0]["text"]]) | odd,
            "thinking": odd,
            "id": st.sampled_from(["t1", "t2"]) | odd,
            "name": st.sampled_from(["Edit", "Write", "Task"]) | odd,
            "input": st.dictionaries(st.sampled_from(["file_path", "content", "command"]), odd)
            | odd,
            "tool_use_id": st.sampled_from(["t1", "t2"]) | odd,
            "content": st.sampled_from([STOP, SAID + "no"]) | odd,
            "is_error": st.booleans() | odd,
        },
    ),
    max_size=3,
)


attachments = st.fixed_dictionaries(
    {"type": st.sampled_from(["edited_text_file", "queued_command", "skill_listing", "x"])},
    optional=dict.fromkeys(sorted(Attachment.__struct_encode_fields__[1:]), odd),
)


reports = st.dictionaries(
    st.sampled_from(
        [
            "structuredPatch",
            "filePath",
            "content",
            "oldString",
            "newString",
            "originalFile",
            "edits",
        ]
    ),
    odd,
)


records_of_any_kind = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            [
                "user",
                "assistant",
                "attachment",
                "system",
                "queue-operation",
                "file-history-snapshot",
                "worktree-state",
                "x",
            ]
        )
    },
    optional=dict.fromkeys(sorted(Record.__struct_encode_fields__[1:]), odd)
    | {
        "message": st.fixed_dictionaries({"content": blocks | st.text(max_size=5)}),
        "attachment": attachments,
        "toolUseResult": reports | odd,
        "operation": st.sampled_from(["enqueue", "dequeue", "remove", "popAll"]),
        "content": st.text(max_size=5),
    },
)


@given(st.lists(records_of_any_kind, max_size=8))
def test_no_record_breaks_it(records: list[dict[str, Any]]) -> None:
    """Records with anything in their fields give events that encode, and a state."""
    data, lines = joined([json.dumps(record).encode() for record in records])
    parser = ClaudeCode().parser(PATH, b"", Side(data))
    parsed = parser.feed(lines, final=True)

    assert msgspec.msgpack.encode(parsed.events)
    assert ClaudeCode().parser(PATH, parser.state(), Side(data)).state() == parser.state()


def test_the_session_is_the_records_own() -> None:
    """A file may be named after another session, or hold records of two."""
    session = Session()
    session.user("one")
    session.user("two", sessionId="s2", cwd="/elsewhere")
    parsed = session.parse()

    assert [event.session for event in parsed.events] == ["s1", "s2"]
    assert {name: facts.cwd for name, facts in parsed.facts.items()} == {
        "s1": "/home/dev/work",
        "s2": "/elsewhere",
    }


def test_facts_name_the_folder_that_a_session_began_in() -> None:
    """A later `cd` moves nothing; a worktree of Claude Code's own belongs to its repository."""
    moved = Session()
    moved.user("one")
    moved.user("two", cwd="/home/dev/work/sub", gitBranch="next", version="2.1.301")
    apart = Session(cwd="/home/dev/work/.claude/worktrees/x")
    apart.user("one")
    apart.bare(
        type="worktree-state", sessionId="s1", worktreeSession={"originalCwd": "/home/dev/work"}
    )
    apart.bare(type="worktree-state", sessionId="s1", worktreeSession=None)

    assert moved.parse().facts["s1"] == SessionFacts(
        cwd="/home/dev/work", version="2.1.301", branch="next", slug="-home-dev-work"
    )
    assert apart.parse().facts["s1"].cwd == "/home/dev/work"


def test_what_is_unknown_is_counted() -> None:
    """By version and type; what is known to say nothing is not counted."""
    session = Session(version="9.9.9")
    session.user("hello")
    session.bare(type="telepathy")
    session.bare(type="telepathy")
    session.add("attachment", attachment={"type": "hologram"})
    session.add("attachment", attachment={"type": "date"})
    session.add("system", subtype="dream")
    session.add("system", subtype="api_error")
    session.bare(type="last-prompt", leafUuid="x")
    session.bare(type="custom-title", customTitle="x")
    session.bare(nothing=1)
    session.raw(b"[]")
    parsed = session.parse()

    assert parsed.unknown == {
        ("9.9.9", "telepathy"): 2,
        ("9.9.9", "attachment:hologram"): 1,
        ("9.9.9", "system:dream"): 1,
        ("9.9.9", "no type"): 1,
    }
    assert parsed.malformed == 1
    assert len(parsed.events) == 1


def test_a_broken_record_costs_no_neighbour() -> None:
    """Records before it, behind it and glued to it are read."""
    session = Session()
    session.user("one")
    session.user("two")
    session.lines[1] = b"\0\0\0"
    session.user("three")
    session.lines[2] = session.lines[0][:60] + session.lines[2]
    session.user("four")
    parsed = session.parse()

    assert [event.text for event in parsed.events if type(event) is Prompt] == [
        "one",
        "three",
        "four",
    ]
    assert parsed.malformed == 2


def test_what_is_glued_to_bulk_is_read() -> None:
    """Half a report of progress is lost, and counted; the prompt behind it is not."""
    session = Session()
    session.user("one")
    session.lines[0] = (
        b'{"parentUuid":"u0","type":"progress","data":{"output":"comp' + session.lines[0]
    )
    parsed = session.parse()

    assert [event.text for event in parsed.events if type(event) is Prompt] == ["one"]
    assert parsed.malformed == 1


def test_events_are_ordered_by_their_place() -> None:
    """`seq` is the offset of the record, and times may run backwards."""
    session = Session()
    session.user("one", timestamp="2026-11-21T07:00:05.000Z")
    session.user("two", timestamp="2026-11-21T07:00:01.000Z")
    session.user("three", timestamp=None)
    events = session.events()

    assert [event.seq for event in events] == [offset for offset, _ in joined(session.lines)[1]]
    assert [event.ts % 60_000 for event in events] == [5_000, 1_000, 1_000]
