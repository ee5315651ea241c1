"""What the records of Cursor's transcripts mean."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.assistants.base import TEXT_LIMIT, Parsed, SessionFacts
from hivemindd.assistants.cursor.assistant import Cursor
from hivemindd.capture.source import Source
from hivemindd.events import (
    AnyEvent,
    Edit,
    Event,
    Interrupt,
    Prompt,
    Reply,
    SkillUsed,
    SubagentStarted,
    ToolCall,
    TurnEnded,
)

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts" / "cursor"
ROOT = "/home/me/.cursor/projects"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda value: st.lists(value, max_size=3) | st.dictionaries(st.text(max_size=8), value),
    max_leaves=8,
)
WORDS = st.sampled_from(
    ["user", "assistant", "text", "tool_use", "turn_ended", "aborted", "Write", "ApplyPatch"]
)
RECORD = st.fixed_dictionaries(
    {},
    optional={
        "role": WORDS | JSON,
        "type": WORDS | JSON,
        "status": WORDS | JSON,
        "error": JSON,
        "message": JSON
        | st.fixed_dictionaries(
            {
                "content": JSON
                | st.lists(
                    JSON
                    | st.fixed_dictionaries(
                        {"type": WORDS | JSON},
                        optional={
                            "text": JSON,
                            "name": WORDS | JSON,
                            "input": JSON | st.dictionaries(st.sampled_from(["path"]), JSON),
                        },
                    ),
                    max_size=3,
                )
            }
        ),
    },
)


def parse(path: Path, state: bytes = b"") -> Parsed:
    """Parse a whole transcript of JSON lines."""
    with Source(path) as source:
        lines = source.read_at(0, path.stat().st_size).split(b"\n")
        return Cursor().parser(path, state, source).feed(enumerate(lines), final=True)


def feed(tmp_path: Path, *records: object) -> Parsed:
    """Write a transcript and parse it."""
    path = tmp_path / "p" / "agent-transcripts" / "s" / "s.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(json.dumps(record).encode() + b"\n" for record in records))
    return parse(path)


def user(text: str) -> dict[str, object]:
    """Return a user record."""
    content = [{"type": "text", "text": f"<user_query>\n{text}\n</user_query>"}]
    return {"role": "user", "message": {"content": content}}


def agent(*blocks: object) -> dict[str, object]:
    """Return an assistant record."""
    return {"role": "assistant", "message": {"content": blocks}}


def text(words: str) -> dict[str, object]:
    """Return a text block."""
    return {"type": "text", "text": words}


def tool(name: str, **given: object) -> dict[str, object]:
    """Return a block of a tool call."""
    return {"type": "tool_use", "name": name, "input": given}


def test_rewritten_file() -> None:
    """Messages that survive a compaction are the same events, though their lines moved."""
    before, after = (
        {
            event.id: event
            for event in parse(next((TRANSCRIPTS / case / "home").rglob("*.jsonl"))).events
        }
        for case in ("incremental", "after-compaction")
    )
    gone = [type(event) for name, event in before.items() if name not in after]

    assert gone == [TurnEnded, Interrupt, TurnEnded]
    assert all(after[name] == event for name, event in before.items() if name in after)
    assert [event.seq for event in after.values()] == sorted(event.seq for event in after.values())


def test_torn_message_keeps_its_number(tmp_path: Path) -> None:
    """A message that was torn does not change the ids of the messages after it."""
    path = tmp_path / "p" / "agent-transcripts" / "s.jsonl"
    path.parent.mkdir(parents=True)
    lines = [json.dumps(record, separators=(",", ":")) for record in (user("a"), user("b"))]
    path.write_text("\n".join(['{"role":"user","mess', *lines]), "utf-8")
    parsed = parse(path)

    assert parsed.malformed == 1
    assert list(parsed.older.values()) == ["s:1:0", "s:2:0"]


def test_equal_lines_are_two_messages(tmp_path: Path) -> None:
    """The same line twice was said twice."""
    parsed = feed(tmp_path, user("go on"), user("go on"))

    assert len({event.id for event in parsed.events}) == 2
    assert list(parsed.older.values()) == ["s:0:0", "s:1:0"]


def test_a_name_depends_on_what_the_person_said(tmp_path: Path) -> None:
    """A message is known by its number and by a person's last words, however they are broken."""
    key = "sk-ant-api03-" + "x7Kq9" * 19
    said = ["add a util", "add a  util\n", "add tests", f"use {key}A", f"use {key}B"]
    parsed = [feed(tmp_path, user(words), agent(text(words))) for words in said]
    same, again, other, secret, another = ({event.id for event in each.events} for each in parsed)

    assert same == again
    assert not same & other
    assert secret == another, "nothing of a secret may be guessed from a name"


def test_subagent() -> None:
    """A subagent's transcript is a side chain of its parent's session, with nobody's words."""
    path = next((TRANSCRIPTS / "subagents").rglob("subagents/*.jsonl"))
    parsed = parse(path)
    parent = path.parent.parent.name

    assert list(parsed.facts) == [parent]
    assert {event.session for event in parsed.events} == {parent}
    assert all(event.sidechain and event.author != "human" for event in parsed.events)
    assert isinstance(parsed.events[0], Prompt)


def test_task_starts_a_subagent(tmp_path: Path) -> None:
    """A task is a tool call, and the start of a subagent."""
    call, started = feed(
        tmp_path, agent(tool("Task", prompt="Look.", subagent_type="explore", description="d"))
    ).events

    assert isinstance(call, ToolCall)
    assert isinstance(started, SubagentStarted)
    assert (started.call, started.agent, started.text) == (call.call, "explore", "Look.")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("[REDACTED]", []),
        ("Done.\n\n[REDACTED]", ["Done."]),
        ("[REDACTED]\n\nDone.\n\n[REDACTED]", ["Done."]),
        ("The log says [REDACTED] twice.", ["The log says [REDACTED] twice."]),
        (" \n", []),
    ],
)
def test_redacted_reasoning(tmp_path: Path, said: str, expected: list[str]) -> None:
    """The placeholder of hidden reasoning is no reply."""
    events = feed(tmp_path, agent(text(said))).events

    assert [event.text for event in events if isinstance(event, Reply)] == expected


@pytest.mark.parametrize(
    ("ended", "kinds"),
    [
        ({"status": "success"}, [TurnEnded]),
        ({"status": "error", "error": "a user error"}, [TurnEnded]),
        (
            {"status": "aborted", "error": "User aborted/interrupted manually."},
            [Interrupt, TurnEnded],
        ),
        ({"status": "aborted"}, [Interrupt, TurnEnded]),
        ({"status": "aborted", "error": "Window closed"}, [TurnEnded]),
        ({}, [TurnEnded]),
    ],
)
def test_turn_ended(tmp_path: Path, ended: dict[str, str], kinds: list[type[Event]]) -> None:
    """A turn that a person aborted is an interruption too."""
    events = feed(tmp_path, user("a"), {"type": "turn_ended", **ended}).events[1:]

    assert [type(event) for event in events] == kinds
    assert [event.author for event in events if isinstance(event, Interrupt)] == ["human"] * (
        len(kinds) - 1
    )


def test_calls_and_edits(tmp_path: Path) -> None:
    """A call that edits is followed by its edits, which point back at it."""
    call, edit = feed(tmp_path, agent(tool("Write", path="/p/a", contents="x\n"))).events

    assert isinstance(call, ToolCall)
    assert isinstance(edit, Edit)
    assert (call.name, call.target, call.input) == (
        "Write",
        "/p/a",
        {"path": "/p/a", "contents": "x\n"},
    )
    assert (edit.call, edit.path, edit.state) == (call.call, "/p/a", "applied")


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/p/.claude/skills/our-tests/SKILL.md", ["our-tests"]),
        ("c:\\p\\.cursor\\skills\\our-tests\\SKILL.md", ["our-tests"]),
        ("/p/SKILL.md.bak", []),
    ],
)
def test_reading_a_skill(tmp_path: Path, path: str, names: list[str]) -> None:
    """A skill was used when its file was read; writing it is no use."""
    events = feed(tmp_path, agent(tool("Read", path=path), tool("Delete", path=path))).events

    assert [event.name for event in events if isinstance(event, SkillUsed)] == names


def test_time_is_inherited(tmp_path: Path) -> None:
    """Records without a time have that of the words before them, the first ones none."""
    stamp = "<timestamp>Friday, May 8, 2026, 6:05 AM (UTC)</timestamp>\n"
    timed = {"role": "user", "message": {"content": f"{stamp}<user_query>\nb\n</user_query>"}}
    parsed = feed(tmp_path, user("a"), timed, agent(text("c")), user("d"))

    assert [event.ts for event in parsed.events] == [0, *([1778220300000] * 3)]


def test_facts(tmp_path: Path) -> None:
    """Facts hold the slug and the first absolute paths, each once, and stay over restarts."""
    calls = [tool("Write", path=f"/p/{number % 30}", contents="") for number in range(60)]
    extra = [tool("Read", path="relative"), tool("Shell", working_directory="/" + "x" * 600)]
    facts = feed(tmp_path, agent(*extra, *calls)).facts["s"]

    assert facts == SessionFacts(slug="p", paths=[f"/p/{number}" for number in range(20)])
    with Source(next(tmp_path.rglob("s.jsonl"))) as source:
        path = source.path
        parser = Cursor().parser(path, b"", source)
        parser.feed([(0, source.read_at(0, 1 << 20).rstrip())], final=False)
        later = Cursor().parser(path, parser.state(), source).feed([], final=True)
    assert later.facts == {"s": facts}


def test_long_texts_are_cut(tmp_path: Path) -> None:
    """Long words, replies and diffs are cut and say how long they were."""
    long = "x" * (TEXT_LIMIT + 1)
    events = feed(
        tmp_path, user(long), agent(text(long), tool("Write", path="/p", contents=long))
    ).events

    assert [event.full_chars > TEXT_LIMIT for event in events] == [True, True, False, True]
    assert all(len(msgspec.json.encode(event)) < TEXT_LIMIT + 1_000 for event in events)


@pytest.mark.parametrize("depth", [300, 900, 100_000])
def test_deep_nesting(tmp_path: Path, depth: int) -> None:
    """An input that is nested too deeply costs at most its own record."""
    path = tmp_path / "p" / "agent-transcripts" / "s.jsonl"
    path.parent.mkdir(parents=True)
    nested = "[" * depth + "]" * depth
    deep = json.dumps(agent(tool("Wait", a=1)), separators=(",", ":")).replace("1", nested)
    path.write_text(f"{deep}\n{json.dumps(user('whole'))}\n", "utf-8")
    last = parse(path).events[-1]

    assert isinstance(last, Prompt)
    assert (last.seq, last.text) == (1_000, "whole")


@given(records=st.lists(RECORD, max_size=5), cut=st.integers(0, 5))
def test_any_record(records: list[object], cut: int) -> None:
    """Whatever the records are: no exception, storable events, and a restart changes nothing."""
    path = TRANSCRIPTS / "damaged/home/.cursor/projects/p/agent-transcripts/s.jsonl"
    lines = [(0, json.dumps(record).encode()) for record in records]
    with Source(next(TRANSCRIPTS.rglob("*.jsonl"))) as source:
        whole = Cursor().parser(path, b"", source).feed(lines, final=True)
        first = Cursor().parser(path, b"", source)
        events = first.feed(lines[:cut], final=False).events
        rest = Cursor().parser(path, first.state(), source).feed(lines[cut:], final=True)

    assert [*events, *rest.events] == whole.events
    assert rest.facts == whole.facts
    assert len({event.id for event in whole.events}) == len(whole.events)
    packed = msgspec.msgpack.encode(whole.events)
    assert len(msgspec.msgpack.decode(packed, type=list[AnyEvent])) == len(whole.events)


@given(lines=st.lists(st.binary(max_size=60), max_size=5))
def test_any_bytes(lines: list[bytes]) -> None:
    """Bytes that are no records are counted and nothing more."""
    with Source(next(TRANSCRIPTS.rglob("*.jsonl"))) as source:
        path = Path(ROOT, "p/agent-transcripts/s.jsonl")
        parsed = Cursor().parser(path, b"", source).feed(enumerate(lines), final=True)

    assert parsed.malformed + sum(parsed.unknown.values()) <= len(lines)
