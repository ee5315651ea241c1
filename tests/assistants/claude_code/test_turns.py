"""Prompts, replies, interrupts and rewinds come out as what they were."""

from typing import Any

import pytest

from hivemindd.assistants.base import OUTPUT_LIMIT, TEXT_LIMIT
from hivemindd.events import (
    Compaction,
    Denial,
    Interrupt,
    Prompt,
    Reply,
    Rewind,
    SkillListed,
    SkillUsed,
    SubagentStarted,
    Thought,
    ToolCall,
    TurnEnded,
    UserEdit,
)
from tests.assistants.claude_code.session import (
    HUMAN,
    MARKER,
    SAID,
    STOP,
    TOOL_MARKER,
    Session,
    prompts,
)


def test_words_come_from_a_list_of_blocks_too() -> None:
    """Editors send text blocks with context beside images."""
    session = Session()
    session.user(
        [
            {"type": "text", "text": "<ide_opened_file>The user opened a.py</ide_opened_file>"},
            {"type": "text", "text": "like this one"},
            {"type": "image", "source": {"data": "aGVsbG8="}},
        ]
    )
    session.user([{"type": "image", "source": {"data": "aGVsbG8="}}])

    assert prompts(session) == [("human", "typed", "like this one")]


@pytest.mark.parametrize(
    "fields",
    [
        {"isMeta": True},
        {"isCompactSummary": True, "isVisibleInTranscriptOnly": True},
        {"isVisibleInTranscriptOnly": True},
        {"isSidechain": True},
        {"agentId": "a1"},
        {"origin": {"kind": "task-notification"}},
        {"origin": {"kind": "peer"}, "promptSource": "system"},
        {"sourceToolUseID": "t1"},
        {"planContent": "# Plan"},
        {"toolUseResult": {"stdout": ""}},
    ],
)
def test_not_every_user_record_is_a_prompt(fields: dict[str, Any]) -> None:
    """The marks of the harness, of other agents and of buttons are believed."""
    session = Session()
    session.user("do as I say", **fields)

    assert session.events() == []


def test_what_a_program_says_is_marked_so() -> None:
    """Headless runs are kept, but never as a person's words."""
    session = Session(entrypoint="sdk-cli")
    session.user("do it", promptSource="sdk")
    session.call("t1", "Bash", {"command": "ls"})
    session.result("t1", STOP, failed=True, toolDenialKind="user-rejected", aside="and more")
    (facts,) = session.parse().facts.values()

    assert prompts(session) == [
        ("harness", "headless", "do it"),
        ("harness", "headless", "and more"),
    ]
    assert session.events(Denial) == []
    assert facts.headless


def test_nothing_in_a_headless_session_is_a_persons() -> None:
    """Neither its stops nor changes to files, nor a prompt that sounds like a program's."""
    session = Session(entrypoint="sdk-ts")
    session.user("You are an expert reviewer. Review.", promptSource="sdk")
    session.write("/a", "x\n")
    session.edit("/a", "y\n", "y", "z")
    session.add(
        "attachment", attachment={"type": "edited_text_file", "filename": "/a", "snippet": "1\tx"}
    )
    session.user(MARKER)
    events = session.events(Prompt, UserEdit, Interrupt)

    assert [type(event) for event in events] == [Prompt, UserEdit, UserEdit, Interrupt]
    assert {event.author for event in events} == {"harness"}


def test_a_session_that_a_person_began_is_not_headless() -> None:
    """A later run by a program does not take the person's words away."""
    session = Session()
    session.user("hello", origin=HUMAN, entrypoint="cli")
    session.user("more", promptSource="sdk", entrypoint="sdk-cli")
    (facts,) = session.parse().facts.values()

    assert [author for author, _, _ in prompts(session)] == ["human", "harness"]
    assert not facts.headless


def test_a_marker_after_a_refusal_is_no_interrupt() -> None:
    """A refusal without words is followed by the marker; alone it is an interrupt."""
    refused = Session()
    refused.call("t1", "Bash", {"command": "ls"})
    refused.result("t1", STOP, failed=True)
    refused.user(TOOL_MARKER)
    stopped = Session()
    stopped.call("t1", "Bash", {"command": "ls"})
    stopped.user(TOOL_MARKER)

    assert len(refused.events(Denial)) == 1
    assert refused.events(Interrupt) == []
    assert len(stopped.events(Interrupt)) == 1


def test_a_stop_after_a_refusal_is_an_interrupt() -> None:
    """Only the marker for tools belongs to the refusal, and only right behind it."""
    session = Session()
    session.call("t1", "Bash", {"command": "ls"})
    session.result("t1", SAID + "no", failed=True)
    session.reply()
    session.user(TOOL_MARKER)
    session.user("go on")
    session.user(MARKER)

    assert len(session.events(Interrupt)) == 2


def test_a_shutdown_is_no_persons_interrupt() -> None:
    """The client marks what it stopped itself."""
    session = Session()
    session.user(MARKER, interruptedByShutdown=True)

    assert session.events() == []


def test_the_oldest_versions_write_an_interrupt_as_an_error() -> None:
    """Other errors of the API are nobody's words."""
    session = Session(version="1.0.37")
    for text in ("API Error: Request was aborted.", "API Error: 529 overloaded"):
        session.reply({"type": "text", "text": text}, isApiErrorMessage=True)
    session.add(
        "assistant",
        message={
            "model": "<synthetic>",
            "content": [{"type": "text", "text": "No response requested."}],
        },
    )

    assert [type(event) for event in session.events()] == [Interrupt]


def test_going_back_is_a_rewind() -> None:
    """Two prompts under one record: the first and all after it are undone."""
    session = Session()
    session.user("start")
    below = session.reply()
    first = session.user("one way")
    session.reply()
    session.user("further")
    session.reply()
    other = session.user("another way", parentUuid=below)
    (rewind,) = session.events(Rewind)

    assert (rewind.id, rewind.prompt, rewind.turns) == (f"{other}:rewind", first, 2)


def test_prompts_without_a_parent_are_no_rewind() -> None:
    """The first prompt of a session and of a compaction have none."""
    session = Session()
    for text in ("one", "two", "three"):
        session.user(text, parentUuid=None)

    assert session.events(Rewind) == []


def test_a_record_that_comes_twice_is_no_rewind() -> None:
    """A rewritten file holds the same prompt under the same parent."""
    session = Session()
    below = session.reply()
    session.user("once", uuid="p1", parentUuid=below)
    session.user("once", uuid="p1", parentUuid=below)

    assert session.events(Rewind) == []
    assert {event.id for event in session.events(Prompt)} == {"p1"}


def test_skills_are_listed_and_opened() -> None:
    """By the agent through its tool, by a person through a slash command."""
    session = Session()
    session.add("attachment", attachment={"type": "skill_listing", "names": ["one", "two"]})
    session.add(
        "attachment",
        attachment={"type": "skill_listing", "content": "- a:b: does it\n- two: does that"},
    )
    session.call("t1", "Skill", {"skill": "one"})
    session.result("t1", toolUseResult={"success": True, "commandName": "one"})
    session.user("Base directory for this skill: /s/one", isMeta=True, sourceToolUseID="t1")
    session.user("<command-message>two</command-message>\n<command-name>/two</command-name>")
    session.user("Base directory for this skill: /s/two", isMeta=True)

    assert [event.names for event in session.events(SkillListed)] == [
        ["one", "two"],
        ["a:b", "two"],
    ]
    assert [(event.author, event.name) for event in session.events(SkillUsed)] == [
        ("agent", "one"),
        ("human", "two"),
    ]


def test_what_the_agent_says_thinks_and_calls() -> None:
    """Blocks of one record have ids of their own; a call says what it is about."""
    session = Session()
    record = session.reply(
        {"type": "thinking", "thinking": "hm", "signature": "x"},
        {"type": "text", "text": "I look."},
        {"type": "text", "text": " \n"},
        {"type": "tool_use", "id": "t1", "name": "Grep", "input": {"pattern": "a", "path": "/b"}},
        {
            "type": "tool_use",
            "id": "t2",
            "name": "Task",
            "input": {"prompt": "go", "description": "d"},
        },
        {"type": "redacted_thinking", "data": "x"},
    )
    events = session.events()

    assert [(type(event), event.id) for event in events] == [
        (Thought, record),
        (Reply, f"{record}:1"),
        (ToolCall, f"{record}:3"),
        (ToolCall, f"{record}:4"),
        (SubagentStarted, f"{record}:4:agent"),
    ]
    assert (events[2].target, events[2].input) == ("a", {"pattern": "a", "path": "/b"})
    assert (events[4].call, events[4].text) == ("t2", "go")
    assert {event.author for event in events} == {"agent"}


def test_long_texts_are_cut() -> None:
    """An event says how long its text was; a call's input is bounded as well."""
    session = Session()
    session.reply({"type": "text", "text": "x" * (TEXT_LIMIT + 1)})
    session.result("t1", "y" * (OUTPUT_LIMIT + 1))
    session.call("t2", "Write", {"file_path": "/a", "content": "z" * 1_000_000, "n": 2**70})
    reply, result, call = session.events()

    assert (reply.full_chars, result.full_chars) == (TEXT_LIMIT + 1, OUTPUT_LIMIT + 1)
    assert len(call.input["content"]) < OUTPUT_LIMIT + 100
    assert call.input["n"] == str(2**70)


def test_turns_end_and_contexts_are_compacted() -> None:
    """The harness says both."""
    session = Session()
    session.add("system", subtype="turn_duration", durationMs=5)
    session.add("system", subtype="compact_boundary", compactMetadata={"trigger": "auto"})
    ended, compacted = session.events()

    assert type(ended) is TurnEnded
    assert (type(compacted), compacted.trigger) == (Compaction, "auto")


def test_a_deep_input_ends_somewhere() -> None:
    """What a call carries can be stored, however deep it is."""
    nested: Any = "leaf"
    for _ in range(200):
        nested = [nested]
    session = Session()
    session.call("t1", "mcp__x", {"a": nested})
    (call,) = session.events(ToolCall)

    assert len(str(call.input)) < 200


def test_a_listing_without_names_lists_nothing() -> None:
    """An attachment of another shape than known costs only itself."""
    session = Session()
    session.add("attachment", attachment={"type": "skill_listing", "content": {"a": 1}})
    session.add("attachment", attachment={"type": "edited_text_file", "filename": "/a"})
    session.bare(type="file-history-snapshot", messageId="x", snapshot=None)

    assert session.events() == []
