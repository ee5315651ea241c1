"""Lines of a Codex rollout: which kind each is, found without decoding where that is possible.

A line is `{timestamp, ordinal?, type, payload}`. Its route is the line's type, for
`event_msg` and `response_item` joined with the payload's type, for a completed item
`item:<type>`. More than four fifths of a rollout are kinds that are not read.
"""

import re
from typing import Any

import msgspec

from hivemindd.assistants.base import Whole
from hivemindd.assistants.codex.records import LINES

UNDECODABLE = (ValueError, RecursionError, msgspec.MsgspecError)


class Head(msgspec.Struct, frozen=True):
    """What a line says about itself before its payload is read."""

    timestamp: str
    ordinal: int | None
    route: str


_KNOWN_LINES = """
    world_state token_usage_record inter_agent_communication
    inter_agent_communication_metadata security_risk_score realtime_item
"""
_KNOWN_EVENTS = """
    background_event collab_agent_interaction_end collab_close_end collab_resume_end
    collab_waiting_end context_compacted deprecation_notice dynamic_tool_call_request
    dynamic_tool_call_response entered_review_mode error exec_command_end
    exited_review_mode guardian_assessment guardian_warning image_generation_end
    item_started mcp_tool_call_end model_reroute model_verification plan_update
    realtime_conversation_closed realtime_conversation_started shutdown_complete
    stream_error task_progress thread_goal_cleared thread_goal_updated
    thread_name_updated thread_settings_applied token_count turn_diff
    turn_moderation_metadata undo_completed undo_started view_image_tool_call warning
    web_search_end
"""
_KNOWN_ITEMS = """
    ContextCompaction EnteredReviewMode ExitedReviewMode Extension HookPrompt
    ImageGeneration ImageView Sleep WebSearch
"""
_KNOWN_RESPONSES = """
    additional_tools agent_message compaction compaction_summary context_compaction
    ghost_snapshot image_generation_call other reasoning tool_search_call
    tool_search_output
"""
IGNORED = frozenset(
    _KNOWN_LINES.split()
    + [f"event_msg:{name}" for name in _KNOWN_EVENTS.split()]
    + [f"item:{name}" for name in _KNOWN_ITEMS.split()]
    + [f"response_item:{name}" for name in _KNOWN_RESPONSES.split()]
)
"""What is known to hold nothing that another record does not hold better."""

_GLUED = b'{"timestamp":"'
_RENAMED = {
    "event_msg:turn_started": "event_msg:task_started",
    "event_msg:turn_complete": "event_msg:task_complete",
}
_HEAD = re.compile(
    rb'\{"timestamp":"([^"\\]*)",(?:"ordinal":(\d{1,18}),)?"type":"(\w+)","payload":\{'
    rb'(?:"type":"(\w+)")?'
)
_ITEM = re.compile(rb'"item":\{"type":"(\w+)"')
_ITEM_WITHIN = 400
_DETAILED = (b"event_msg", b"response_item")


class _AnyItem(msgspec.Struct, frozen=True):
    type: str = ""


class _AnyPayload(msgspec.Struct, frozen=True):
    type: str = ""
    item: _AnyItem | None = None


class _AnyLine(msgspec.Struct, frozen=True):
    payload: _AnyPayload
    type: str = ""
    timestamp: str = ""
    ordinal: Whole | None = None


_ANY = msgspec.json.Decoder(_AnyLine)
_DECODERS = {route: msgspec.json.Decoder(line) for route, line in LINES.items()}


def glance(line: bytes) -> Head | None:
    """Read the head of a line without decoding it; None when it is not written as usual."""
    found = _HEAD.match(line)
    if found is None or not line.endswith(b"}"):
        return None
    stamp, ordinal, kind, detail = found.groups(b"")
    if not detail and kind in _DETAILED:
        return None
    item = b""
    if detail == b"item_completed":
        within = _ITEM.search(line, 0, _ITEM_WITHIN)
        if within is None:
            return None
        item = within[1]
    route = _route(kind.decode(), detail.decode(), item.decode())
    return Head(stamp.decode(errors="replace"), int(ordinal) if ordinal else None, route)


def read_head(line: bytes) -> Head | None:
    """Read the head of a line wherever its keys stand; None when it has none."""
    try:
        any_line = _ANY.decode(line)
    except UNDECODABLE:
        return None
    payload = any_line.payload
    item = payload.item.type if payload.item is not None else ""
    return Head(any_line.timestamp, any_line.ordinal, _route(any_line.type, payload.type, item))


def is_noise(route: str, line: bytes) -> bool:
    """Tell from its route that a line says nothing, unless another one is glued to it."""
    if route == "response_item:message":
        noise = b"<skill" not in line and b"### Available skills" not in line
    else:
        noise = route in IGNORED
    return noise and not is_glued(line)


def is_glued(line: bytes) -> bool:
    """Tell whether the newline before a second record was lost."""
    return line.find(_GLUED, 1) > 0


def read_payload(route: str, line: bytes) -> Any:
    """Decode the payload of a line to the struct of its route.

    None when nobody reads such lines, or when it has another shape.
    """
    decoder = _DECODERS.get(route)
    if decoder is None:
        return None
    try:
        return decoder.decode(line).payload
    except UNDECODABLE:
        return None


def _route(kind: str, detail: str, item: str) -> str:
    if kind == "event_msg" and detail == "item_completed":
        return f"item:{item}"
    if kind in ("event_msg", "response_item"):
        route = f"{kind}:{detail}"
        return _RENAMED.get(route, route)
    return kind
