"""The event: one record of any assistant, in one shape.

Every event is frozen and carries the label `author` for ever: only what a human
typed or changed by hand may later become a lesson.
"""

from typing import Any, Literal

import msgspec

Author = Literal["human", "agent", "tool", "harness"]
PromptOrigin = Literal["typed", "queued", "feedback", "comment", "answer", "headless"]
EditState = Literal["applied", "failed", "declined"]

COARSE = frozenset({"cursor"})
"""Who tells the time of a person's words alone, to the `MINUTE` (ms), or none at all.

All that follows bears the time of those words, and what nothing tells that of the file.
"""
MINUTE = 60_000


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """What every kind of event has.

    `id` is derived from the assistant's own record id, so that the same record read
    twice (resumed, forked or rewritten file) is the same event. `ts` is ms since 1970
    UTC, or the nearest known time. `seq` is the byte offset of the record in its
    transcript (the message number where a file is rewritten as a whole): order by it,
    since timestamps are not monotonic. `full_chars` is the length of the main text
    before it was cut, 0 when it was not.
    """

    id: str
    ts: int
    seq: int
    session: str
    assistant: str
    author: Author
    sidechain: bool = False
    full_chars: int = 0


class Prompt(Event, frozen=True, kw_only=True, tag="prompt"):
    """A person's words (or a program's, with origin `headless`).

    `call` names the tool call that the words answer, for feedback, comment and answer.
    """

    text: str
    origin: PromptOrigin = "typed"
    call: str = ""


class Reply(Event, frozen=True, kw_only=True, tag="reply"):
    """Text that the agent showed."""

    text: str


class Thought(Event, frozen=True, kw_only=True, tag="thought"):
    """Reasoning that the agent recorded."""

    text: str


class ToolCall(Event, frozen=True, kw_only=True, tag="tool_call"):
    """A tool that the agent asked for; `target` is its command, path or query."""

    call: str
    name: str
    target: str = ""
    input: dict[str, Any] = {}


class ToolResult(Event, frozen=True, kw_only=True, tag="tool_result"):
    """What a tool answered."""

    call: str
    output: str
    failed: bool = False
    exit_code: int | None = None


class Edit(Event, frozen=True, kw_only=True, tag="edit"):
    """A file that the agent changed, or tried to: a unified diff without file headers."""

    path: str
    diff: str
    call: str = ""
    state: EditState = "applied"


class Denial(Event, frozen=True, kw_only=True, tag="denial"):
    """A person refused a tool call; `feedback` holds their words where they gave any."""

    call: str
    feedback: str = ""


class Interrupt(Event, frozen=True, kw_only=True, tag="interrupt"):
    """A person stopped the agent in the middle of a turn."""


class Rewind(Event, frozen=True, kw_only=True, tag="rewind"):
    """A person went back; `prompt` is the id of the first prompt that was abandoned.

    `turns` is the number of turns taken back, 0 when the transcript does not say.
    """

    prompt: str = ""
    turns: int = 0


class UserEdit(Event, frozen=True, kw_only=True, tag="user_edit"):
    """A file that changed outside the agent.

    `source` says how it is known: `file-history` and `original-file` have an exact
    diff, `notice` (the assistant's own remark) only the new lines. It need not have
    been a person: formatters and branch switches look the same.
    """

    path: str
    diff: str
    source: Literal["file-history", "original-file", "notice"]


class Compaction(Event, frozen=True, kw_only=True, tag="compaction"):
    """The assistant summarised its context."""

    trigger: str = ""


class SubagentStarted(Event, frozen=True, kw_only=True, tag="subagent"):
    """The agent started another agent."""

    call: str = ""
    agent: str = ""
    text: str = ""


class SkillListed(Event, frozen=True, kw_only=True, tag="skill_listed"):
    """Skills that the agent could see from here on."""

    names: list[str]


class SkillUsed(Event, frozen=True, kw_only=True, tag="skill_used"):
    """A skill was opened, by the agent or (author `human`) by a person."""

    name: str


class TurnEnded(Event, frozen=True, kw_only=True, tag="turn_ended"):
    """The agent finished its turn."""

    status: str = ""


AnyEvent = (
    Prompt
    | Reply
    | Thought
    | ToolCall
    | ToolResult
    | Edit
    | Denial
    | Interrupt
    | Rewind
    | UserEdit
    | Compaction
    | SubagentStarted
    | SkillListed
    | SkillUsed
    | TurnEnded
)


class Outline(msgspec.Struct, frozen=True, array_like=True):
    """What the row of a session needs to know of an event, whatever stands in it."""

    kind: str
    ts: int
    session: str
    assistant: str
    author: Author
    sidechain: bool = False


def outline(event: Event) -> Outline:
    """Return the outline of an event."""
    kind = str(event.__struct_config__.tag)
    return Outline(kind, event.ts, event.session, event.assistant, event.author, event.sidechain)
