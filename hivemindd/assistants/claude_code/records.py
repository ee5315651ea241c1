"""The records of a Claude Code transcript: the fields that are used, of all its versions.

Fields were collected from sessions of 1.0.37 to 2.1.329. Every one may be missing or null;
what is not named here is skipped by the decoder without being built.
"""

import types
import typing
from datetime import UTC, datetime
from typing import Any

import msgspec

from hivemindd.assistants.base import Whole
from hivemindd.assistants.salvage import decode_loosely

_HEAD = 800
_MESSAGE = b'{"parentUuid":'


class Part(msgspec.Struct, gc=False):
    """A piece of a tool's answer."""

    type: str | None = None
    text: str | None = None


class Block(msgspec.Struct):
    """A block of a message: text, thinking, a tool call or a tool's answer."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: dict[str, Any] | None = None
    tool_use_id: str | None = None
    content: str | list[Part] | None = None
    is_error: bool | None = None


class Message(msgspec.Struct):
    """What the API carries."""

    id: str | None = None
    model: str | None = None
    content: str | list[Block] | None = None


class Origin(msgspec.Struct, gc=False):
    """Who a record says that it comes from (2.1.196 and later)."""

    kind: str | None = None


class Attachment(msgspec.Struct, rename="camel"):
    """What the harness put beside a prompt (2.1.104 and later)."""

    type: str | None = None
    filename: str | None = None
    snippet: str | None = None
    prompt: str | list[Block] | None = None
    command_mode: str | None = None
    origin: Origin | None = None
    human_turn: bool | None = None
    names: list[str] | None = None
    content: msgspec.Raw = msgspec.Raw()


class Backup(msgspec.Struct, rename="camel"):
    """A file as it was at a checkpoint; without a name it did not exist."""

    backup_file_name: str | None = None
    version: Whole | None = None
    backup_time: str | None = None
    real_parent_dir: str | None = None


class Snapshot(msgspec.Struct, rename="camel"):
    """A checkpoint: the state of all files that the agent has touched."""

    tracked_file_backups: dict[str, Backup] | None = None
    timestamp: str | None = None


class Worktree(msgspec.Struct, rename="camel"):
    """The worktree that a session was started in."""

    original_cwd: str | None = None


class Compacted(msgspec.Struct):
    """How a compaction came about."""

    trigger: str | None = None


class Record(msgspec.Struct, rename="camel"):
    """One line of a transcript."""

    type: str | None = None
    subtype: str | None = None
    uuid: str | None = None
    parent_uuid: str | None = None
    session_id: str | None = None
    request_session_id: str | None = None
    timestamp: str | None = None
    version: str | None = None
    cwd: str | None = None
    git_branch: str | None = None
    entrypoint: str | None = None
    agent_id: str | None = None
    is_sidechain: bool | None = None
    is_meta: bool | None = None
    is_compact_summary: bool | None = None
    is_visible_in_transcript_only: bool | None = None
    is_api_error_message: bool | None = None
    interrupted_by_shutdown: bool | None = None
    origin: Origin | None = None
    prompt_source: str | None = None
    plan_content: str | None = None
    source_tool_use_id: str | None = msgspec.field(default=None, name="sourceToolUseID")
    tool_denial_kind: str | None = None
    user_feedback: str | None = None
    message: Message | None = None
    tool_use_result: msgspec.Raw = msgspec.Raw()
    attachment: Attachment | None = None
    content: str | list[Block] | None = None
    operation: str | None = None
    reason: str | None = None
    message_id: str | None = None
    snapshot: Snapshot | None = None
    compact_metadata: Compacted | None = None
    worktree_session: Worktree | None = None


_DECODER = msgspec.json.Decoder(Record)


def is_noise(line: bytes) -> bool:
    """Tell from its first bytes whether a line is bulk that no event comes from.

    That is what was sent to the API, and progress of tools: up to three quarters of a
    file. A marker counts only outside every nested object, and it cannot stand inside a
    string, where its quotes would be escaped: a record about such text is never skipped.
    Neither is one that was torn and has a message glued to it.
    """
    if line.startswith(b'{"type":"api-request'):
        return not _is_glued(line)
    for marker in (b'"type":"progress"', b'"attachment":{"type":"prompt_snapshot"'):
        at = line.find(marker, 1, _HEAD)
        if at > 0 and line.find(b"{", 1, at) < 0:
            return not _is_glued(line)
    return False


def _is_glued(line: bytes) -> bool:
    """Tell whether a message opens in a line, whose newline before it was lost.

    No bulk has one within, and to look for those of other kinds takes as long as to decode.
    """
    return line.find(_MESSAGE, 1) > 0


def decode(line: bytes) -> tuple[list[Record], bool]:
    """Return the records that a line holds, and whether a part of it had to be dropped.

    A field of a wrong type is dropped alone. Never raises.
    """
    try:
        return [_DECODER.decode(line)], False
    except (ValueError, RecursionError, msgspec.MsgspecError):
        loose, dropped = decode_loosely(line)
        return [_soften(record, Record) for record in loose], dropped


def milliseconds(timestamp: str | None) -> int:
    """Return an ISO timestamp as ms since 1970 UTC, 0 when there is none."""
    try:
        when = datetime.fromisoformat(timestamp or "")
    except ValueError:
        return 0
    moment = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0, round(moment.timestamp() * 1000))


def text_of(content: str | list[Block] | list[Part] | None) -> str:
    """Return the texts of a message or of a tool's answer, joined by newlines."""
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(item.text for item in content if item.text)


def blocks_of(record: Record) -> list[Block]:
    """Return the blocks of a record's message; a bare text is one text block."""
    content = record.message.content if record.message else None
    if isinstance(content, str):
        return [Block(type="text", text=content)]
    return content or []


def _soften(value: Any, kind: Any) -> Any:
    """Convert a value, leaving out the fields and the items that have a wrong type."""
    if isinstance(value, dict) and (struct := _struct_in(kind)) is not None:
        fields = {}
        for field in msgspec.structs.fields(struct):
            if field.encode_name in value:
                try:
                    fields[field.name] = _soften(value[field.encode_name], field.type)
                except (ValueError, RecursionError, msgspec.MsgspecError):
                    continue
        return struct(**fields)
    if isinstance(value, list) and (item := _item_in(kind)) is not None:
        items = []
        for entry in value:
            try:
                items.append(_soften(entry, item))
            except (ValueError, RecursionError, msgspec.MsgspecError):
                continue
        return items
    if kind is msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(value))
    return msgspec.convert(value, kind)


def _options(kind: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the type itself."""
    if isinstance(kind, types.UnionType):
        return typing.get_args(kind)
    return (kind,)


def _struct_in(kind: Any) -> type[msgspec.Struct] | None:
    """Return the struct that a JSON object stands for here."""
    for option in _options(kind):
        if isinstance(option, type) and issubclass(option, msgspec.Struct):
            return option
    return None


def _item_in(kind: Any) -> Any:
    """Return what the items of a JSON array are here."""
    for option in _options(kind):
        if typing.get_origin(option) is list:
            return typing.get_args(option)[0]
    return None
