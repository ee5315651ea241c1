"""What people and agents do in a Claude Code transcript: prompts, replies, calls, interrupts."""

import re
from typing import Any

import msgspec

from hivemindd.assistants.base import OUTPUT_LIMIT, cut
from hivemindd.assistants.claude_code import kinds
from hivemindd.assistants.claude_code.edits import TOOLS
from hivemindd.assistants.claude_code.files import Files
from hivemindd.assistants.claude_code.memory import NAME, Memory
from hivemindd.assistants.claude_code.queue import Queue
from hivemindd.assistants.claude_code.records import Attachment, Block, Record, blocks_of, text_of
from hivemindd.assistants.claude_code.results import Results
from hivemindd.assistants.claude_code.words import (
    ABORTED,
    INTERRUPTED_TOOL,
    SKILL_BODY,
    command,
    is_marker,
    labelled,
    may_speak,
    spoken,
    without_context,
)
from hivemindd.assistants.claude_code.writer import Writer, joined
from hivemindd.events import (
    Compaction,
    Interrupt,
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

NAMES = 500

_AGENTS = frozenset({"Agent", "Task"})
_TARGETS = (
    "command",
    "file_path",
    "notebook_path",
    "pattern",
    "query",
    "url",
    "skill",
    "path",
    "description",
)
_NUMBERED = re.compile(r"\A\s*\d{1,9}[\t\u2192]")
_LISTED = re.compile(r"^- ([^\s:][^\n]{0,199}?): ", re.MULTILINE)
_NOTHING_SAID = frozenset({"", "(no content)", "No response requested."})
_DEPTH = 32
_WIDEST = 2**63


class Turns:
    """Adds the events of `user`, `assistant`, `attachment` and `system` records."""

    def __init__(self, writer: Writer, memory: Memory, files: Files, queue: Queue) -> None:
        """Add to a writer, and remember what later records need."""
        self._writer = writer
        self._memory = memory
        self._files = files
        self._queue = queue
        self._results = Results(writer, memory, files)

    def user(self, record: Record) -> None:
        """Take a `user` record: a prompt, results of tools, a marker or injected text."""
        if marker := is_marker(record):
            self._interrupted(record, marker)
            return
        blocks = blocks_of(record)
        if any(block.type == "tool_result" for block in blocks):
            self._results.take(record, blocks)
            return
        text = text_of(blocks)
        if record.is_meta:
            self._skill_opened(record, text)
        elif text.startswith("<task-notification>"):
            # A background agent is done: who wrote which file is open again.
            self._memory.bases.clear()
        if self._writer.sidechain or not may_speak(record):
            return
        given = command(without_context(text))
        if given is None:
            # What a program says may sound like one: it is kept, as the program's.
            words = spoken(blocks, labelled=self._writer.headless or labelled(record))
        else:
            self._memory.command = self._writer.id, given.name
            words = given.words
        if words:
            self._queue.prompted(text)
            self._prompt(record, words)

    def assistant(self, record: Record) -> None:
        """Take an `assistant` record: what the agent said, thought and asked for."""
        memory, writer, message = self._memory, self._writer, record.message
        blocks = blocks_of(record)
        if record.is_api_error_message or (message and message.model == "<synthetic>"):
            if any((block.text or "").startswith(ABORTED) for block in blocks):
                writer.add(Interrupt, writer.person)
            return
        memory.refused = False
        reply = (message.id if message else None) or writer.id
        if reply[:NAME] != memory.reply:
            memory.reply, memory.feedback = reply[:NAME], 0
        for number, block in enumerate(blocks):
            suffix = str(number) if number else ""
            if block.type == "tool_use":
                self._called(block, suffix)
            elif block.type == "text" and _says(block.text):
                writer.add(Reply, "agent", suffix, text=block.text)
            elif block.type == "thinking" and _says(block.thinking):
                writer.add(Thought, "agent", suffix, text=block.thinking)

    def attachment(self, record: Record) -> str:
        """Take an `attachment` record; return its type when that is not known."""
        self._memory.attachments = True
        item = record.attachment or Attachment()
        match item.type:
            case "edited_text_file":
                self._noticed(item)
            case "queued_command":
                self._typed_ahead(item)
            case "skill_listing":
                if names := item.names or _listed(item):
                    self._writer.add(SkillListed, "harness", names=names[:NAMES])
            case other if other not in kinds.ATTACHMENTS:
                return f"attachment:{other}"
        return ""

    def system(self, record: Record) -> str:
        """Take a `system` record; return its subtype when that is not known."""
        match record.subtype:
            case "compact_boundary":
                how = record.compact_metadata
                trigger = (how.trigger if how else None) or ""
                self._writer.add(Compaction, "harness", trigger=trigger)
            case "turn_duration":
                self._writer.add(TurnEnded, "harness")
            case other if other not in kinds.SYSTEM:
                return f"system:{other}"
        return ""

    def snapshot(self, record: Record) -> None:
        """Take a checkpoint of files, which the prompt `message_id` caused."""
        if record.snapshot is None or self._writer.sidechain:
            return
        for path, diff in self._files.changed_at(record.snapshot, self._writer.session):
            self._writer.add(
                UserEdit,
                self._writer.person,
                f"file:{path}",
                record.message_id or "",
                path=path,
                diff=diff,
                source="file-history",
            )

    def queued(self, record: Record) -> None:
        """Take a `queue-operation` where no attachment will tell what came of it."""
        writer = self._writer
        if self._memory.attachments or record.reason is not None:
            return
        taken = self._queue.follow(record, writer.seq, writer.length)
        if taken is not None:
            moment = f"{writer.session}@{taken.timestamp}"
            writer.say(taken.text, "queued", suffix="queued", of=moment)

    def _prompt(self, record: Record, words: str) -> None:
        if not self._writer.headless:
            self._memory.spoken = True
            undone, turns = self._memory.prompted(record.parent_uuid or "", self._writer.id)
            if undone:
                self._writer.add(Rewind, "human", "rewind", prompt=undone, turns=turns)
        self._memory.refused = False
        self._writer.say(words, "typed")

    def _interrupted(self, record: Record, marker: str) -> None:
        """Take a marker; the one for tools also follows every refusal without words."""
        refused, self._memory.refused = self._memory.refused, False
        if not record.interrupted_by_shutdown and not (refused and marker == INTERRUPTED_TOOL):
            self._writer.add(Interrupt, self._writer.person)

    def _skill_opened(self, record: Record, text: str) -> None:
        """Take the body of a skill that a person opened by its slash command."""
        uuid, name = self._memory.command
        if text.startswith(SKILL_BODY) and name and record.parent_uuid == uuid:
            self._writer.add(SkillUsed, "human", name=name)

    def _called(self, block: Block, suffix: str) -> None:
        call, name, given = block.id or "", block.name or "", block.input or {}
        self._writer.add(
            ToolCall,
            "agent",
            suffix,
            call=call,
            name=name,
            target=_target(given),
            input={key: _plain(value, 1) for key, value in given.items()},
        )
        if name in TOOLS:
            self._memory.called(call, self._writer.seq, self._writer.length)
        elif name in _AGENTS:
            self._memory.bases.clear()
            agent, task = given.get("subagent_type"), given.get("prompt")
            self._writer.add(
                SubagentStarted,
                "agent",
                joined(suffix, "agent"),
                call=call,
                agent=agent if isinstance(agent, str) else "",
                text=task if isinstance(task, str) else "",
            )

    def _noticed(self, item: Attachment) -> None:
        """Take the harness's remark that a file has changed: only its new lines."""
        if item.filename and item.snippet:
            lines = (_NUMBERED.sub("", line, count=1) for line in item.snippet.split("\n"))
            diff = "\n".join(f"+{line}" for line in lines)
            person = self._writer.person
            self._writer.add(UserEdit, person, path=item.filename, diff=diff, source="notice")

    def _typed_ahead(self, item: Attachment) -> None:
        """Take a prompt that was typed while the agent was busy."""
        if item.command_mode not in {None, "prompt"}:
            return
        human = bool(item.human_turn or (item.origin and item.origin.kind == "human"))
        if not human and (item.origin is not None or self._writer.sidechain):
            return
        if words := spoken(item.prompt, labelled=human):
            self._writer.say(words, "queued")


def _says(text: str | None) -> bool:
    """Tell whether a text of the agent says anything."""
    return text is not None and text.strip() not in _NOTHING_SAID


def _target(given: dict[str, Any]) -> str:
    """Return what a call is about: its command, file, pattern or query."""
    for key in _TARGETS:
        value = given.get(key)
        if value and isinstance(value, str):
            return cut(value, OUTPUT_LIMIT)[0]
    return ""


def _listed(item: Attachment) -> list[str]:
    """Return the names in a listing that has them only as text."""
    try:
        return _LISTED.findall(msgspec.json.decode(item.content, type=str))
    except (ValueError, msgspec.MsgspecError):
        return []


def _plain(value: object, depth: int) -> object:
    """Return a JSON value that every codec can hold: cut strings, no wide numbers, not deep."""
    if isinstance(value, str):
        return cut(value, OUTPUT_LIMIT)[0]
    if isinstance(value, int) and not -_WIDEST <= value < _WIDEST:
        return str(value)
    if isinstance(value, list | dict) and depth >= _DEPTH:
        return "..."
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item, depth + 1) for key, item in value.items()}
    return value
