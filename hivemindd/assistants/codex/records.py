"""The payloads of a Codex rollout's lines, as far as they are read.

Up to 0.147 (and in older threads that a newer Codex resumes) the text of a conversation
stands in `event_msg`s, from 0.148 in items; tools are `response_item`s in both. What a
struct leaves out is skipped while decoding.
"""

from typing import Any, Generic, TypeVar

import msgspec

from hivemindd.assistants.base import Whole

T = TypeVar("T")


class Line(msgspec.Struct, Generic[T], frozen=True):
    """A line with the payload of its route."""

    payload: T


class ItemEvent(msgspec.Struct, Generic[T], frozen=True):
    """The payload of `item_completed`."""

    item: T


class Nothing(msgspec.Struct, frozen=True):
    """A payload of which only the presence counts."""


class HistoryBase(msgspec.Struct, frozen=True):
    """The point in another file that this one goes on from."""

    thread_id: str = ""
    end_ordinal_exclusive: Whole = 0


class Git(msgspec.Struct, frozen=True):
    """The repository as it was when the thread began."""

    branch: str | None = None


class SessionMeta(msgspec.Struct, frozen=True):
    """The first line; `session_id` is the root thread of a subagent."""

    id: str
    session_id: str | None = None
    cwd: str | None = None
    cli_version: str | None = None
    source: str | dict[str, Any] | None = None
    thread_source: str | None = None
    git: Git | None = None
    forked_from_id: str | None = None
    forked_from_ordinal_exclusive: Whole | None = None
    parent_thread_id: str | None = None
    history_base: HistoryBase | None = None
    subagent_history_start_ordinal: Whole | None = None


class TurnContext(msgspec.Struct, frozen=True):
    """The settings of a turn."""

    cwd: str | None = None
    approval_policy: Any = None
    approvals_reviewer: Any = None


class Attribution(msgspec.Struct, frozen=True):
    """Who started a turn: `user` (a terminal), `exec` (a script), None (an app)."""

    turn_trigger: str | None = None


class TaskStarted(msgspec.Struct, frozen=True):
    """A turn began."""

    turn_attribution: Attribution | None = None


class TaskComplete(msgspec.Struct, frozen=True):
    """A turn came to its end."""

    error: Any = None


class TurnAborted(msgspec.Struct, frozen=True):
    """A turn was cut off: interrupted, replaced, review_ended or budget_limited."""

    reason: str = ""


class RolledBack(msgspec.Struct, frozen=True):
    """A person took turns back (before 0.148)."""

    num_turns: Whole = 0


class UserMessage(msgspec.Struct, frozen=True):
    """A prompt (before 0.148)."""

    message: str = ""
    images: list[Any] | None = None
    local_images: list[Any] | None = None


class AgentMessage(msgspec.Struct, frozen=True):
    """A reply (before 0.148)."""

    message: str = ""


class AgentReasoning(msgspec.Struct, frozen=True):
    """One part of the reasoning (before 0.148)."""

    text: str = ""


class Change(msgspec.Struct, frozen=True):
    """What happened to one file: `update` has a diff of hunks only, the others the content."""

    type: str = ""
    unified_diff: str = ""
    content: str = ""
    move_path: str | None = None


class PatchApplyEnd(msgspec.Struct, frozen=True):
    """A patch was applied, failed or was declined (0.131 to 0.147)."""

    call_id: str
    changes: dict[str, Change] = {}
    success: bool = True
    status: str | None = None


class Spawned(msgspec.Struct, frozen=True):
    """A subagent was started (before 0.148, some clients)."""

    call_id: str
    new_thread_id: str | None = None
    prompt: str = ""


class Activity(msgspec.Struct, frozen=True):
    """A subagent did something (0.145 to 0.147)."""

    event_id: str = ""
    kind: str = ""
    agent_thread_id: str = ""


class Part(msgspec.Struct, frozen=True):
    """A piece of a message: text, or an image by its path."""

    type: str = ""
    text: str | None = None
    path: str | None = None


class TextItem(msgspec.Struct, frozen=True):
    """A UserMessage or AgentMessage."""

    content: list[Part] = []


class ReasoningItem(msgspec.Struct, frozen=True):
    """The reasoning of one step."""

    summary_text: list[str] = []
    raw_content: list[str] = []


class PlanItem(msgspec.Struct, frozen=True):
    """A plan that was put before the person (in older files too)."""

    text: str = ""


class CommandItem(msgspec.Struct, frozen=True):
    """A command that ran: the agent's, or with source `user_shell` a person's `!command`."""

    id: str
    command: list[str] = []
    source: str = ""
    status: str = ""
    aggregated_output: str | None = None
    exit_code: Whole | None = None


class FileChangeItem(msgspec.Struct, frozen=True):
    """A patch; its id is the call's, or `exec-<uuid>` in code mode."""

    id: str
    changes: dict[str, Change] = {}
    status: str | None = None


class ToolItem(msgspec.Struct, frozen=True):
    """An McpToolCall or DynamicToolCall."""

    id: str
    server: str = ""
    tool: str = ""
    arguments: Any = None
    status: str = ""
    result: Any = None
    content_items: Any = None
    error: Any = None


class CollabItem(msgspec.Struct, frozen=True):
    """A tool call that concerns other agents (multi-agent v1)."""

    id: str
    tool: str = ""
    receiver_thread_ids: list[str] = []
    prompt: str | None = None


class ActivityItem(msgspec.Struct, frozen=True):
    """A subagent started or completed (multi-agent v2); the id is the call's."""

    id: str
    kind: str = ""
    agent_thread_id: str = ""


class Message(msgspec.Struct, frozen=True):
    """A message as the model saw it; read only for what it says about skills."""

    role: str = ""
    content: list[Part] = []


class Call(msgspec.Struct, frozen=True):
    """A tool call: `arguments` is a string of JSON, `input` free text."""

    name: str = ""
    call_id: str = ""
    namespace: str | None = None
    arguments: Any = None
    input: Any = None


class ShellCall(msgspec.Struct, frozen=True):
    """A call of the shell that the model has built in."""

    call_id: str | None = None
    action: Any = None


class SearchCall(msgspec.Struct, frozen=True):
    """A search that ran at the provider."""

    id: str | None = None
    action: Any = None


class Output(msgspec.Struct, frozen=True):
    """What a call answered: text, or a list of parts."""

    call_id: str = ""
    output: Any = None


LINES: dict[str, Any] = {
    "session_meta": Line[SessionMeta],
    "turn_context": Line[TurnContext],
    "compacted": Line[Nothing],
    "event_msg:task_started": Line[TaskStarted],
    "event_msg:task_complete": Line[TaskComplete],
    "event_msg:turn_aborted": Line[TurnAborted],
    "event_msg:thread_rolled_back": Line[RolledBack],
    "event_msg:user_message": Line[UserMessage],
    "event_msg:agent_message": Line[AgentMessage],
    "event_msg:agent_reasoning": Line[AgentReasoning],
    "event_msg:agent_reasoning_raw_content": Line[AgentReasoning],
    "event_msg:patch_apply_end": Line[PatchApplyEnd],
    "event_msg:collab_agent_spawn_end": Line[Spawned],
    "event_msg:sub_agent_activity": Line[Activity],
    "item:UserMessage": Line[ItemEvent[TextItem]],
    "item:AgentMessage": Line[ItemEvent[TextItem]],
    "item:Reasoning": Line[ItemEvent[ReasoningItem]],
    "item:Plan": Line[ItemEvent[PlanItem]],
    "item:CommandExecution": Line[ItemEvent[CommandItem]],
    "item:FileChange": Line[ItemEvent[FileChangeItem]],
    "item:McpToolCall": Line[ItemEvent[ToolItem]],
    "item:DynamicToolCall": Line[ItemEvent[ToolItem]],
    "item:CollabAgentToolCall": Line[ItemEvent[CollabItem]],
    "item:SubAgentActivity": Line[ItemEvent[ActivityItem]],
    "response_item:message": Line[Message],
    "response_item:function_call": Line[Call],
    "response_item:custom_tool_call": Line[Call],
    "response_item:local_shell_call": Line[ShellCall],
    "response_item:web_search_call": Line[SearchCall],
    "response_item:function_call_output": Line[Output],
    "response_item:custom_tool_call_output": Line[Output],
}
"""What is read, by route."""
