"""The messages of one Cursor transcript as events.

A transcript may be rewritten as a whole, when a session is resumed or compacted: the
messages stay, the marks between them go. So an event is known by the number of its
message and of its block in it, and a line that is no message has no number.

A person may also go back, say a message otherwise and go on from there: under the same
numbers other messages follow. So what the person said last is part of the name as well.
What the agent says is not: other versions of Cursor word it otherwise.
"""

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

import msgspec

from hivemindd.assistants.base import (
    OUTPUT_LIMIT,
    TEXT_LIMIT,
    Parsed,
    SessionFacts,
    cut,
    cut_values,
)
from hivemindd.assistants.cursor.edits import changes
from hivemindd.assistants.cursor.folder import is_absolute
from hivemindd.assistants.cursor.prompt import QUERY, read, words
from hivemindd.events import (
    Author,
    Edit,
    Event,
    Interrupt,
    Prompt,
    PromptOrigin,
    Reply,
    SkillUsed,
    SubagentStarted,
    ToolCall,
    TurnEnded,
)
from hivemindd.redaction.redactor import shared

SEQ_STEP = 1_000
PATHS = 20
LONGEST_PATH = 512
NAME_LIMIT = 80
TARGET_LIMIT = 2_048

_SAID = re.compile(r"~[0-9a-f]+")
_SEPARATOR = re.compile(r"[/\\]")
_REDACTED = re.compile(r"^\[REDACTED\]$\n*", re.MULTILINE)
_TARGETS = (
    *("command", "pattern", "glob_pattern", "query", "search_term", "url", "toolName"),
    *("path", "target_notebook", "target_directory", "description"),
)
_PATHS = ("path", "target_notebook", "target_directory", "working_directory")


class Origin(msgspec.Struct, frozen=True):
    """What the path of a transcript tells; `child` is the id of a subagent."""

    session: str
    slug: str
    child: str = ""


class Progress(msgspec.Struct):
    """How far a transcript was read.

    `messages` and `ends` count the messages, and the turns ended since the last one. `said`
    stands for a person's last words. It has no default: a state of an older version lacks it,
    and the transcript is then read from its beginning.
    """

    said: str
    messages: int = 0
    ends: int = 0
    ts: int = 0
    paths: list[str] = []


class Conversation:
    """Turns messages into events, one after the other."""

    def __init__(self, origin: Origin, progress: Progress) -> None:
        """Go on where `progress` stands."""
        self._origin = origin
        self._base = f"{origin.session}/{origin.child}" if origin.child else origin.session
        self.progress = progress

    def begin(self) -> None:
        """Count one more message, be it readable or not."""
        self.progress.messages += 1
        self.progress.ends = 0

    def message(self, parsed: Parsed, role: str, content: object, *, marked: bool = False) -> None:
        """Add the events of the message that was begun last.

        `marked` says that a person's words count only when they are marked as a query.
        """
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if not isinstance(blocks, list):
            count_unknown(parsed, "message without content")
        elif role == "user":
            self._user(parsed, blocks, marked=marked)
        elif role == "assistant":
            for block, value in enumerate(blocks):
                parsed.events += self._block(parsed, block, value)
        else:
            count_unknown(parsed, f"role {role}")

    def end_turn(self, parsed: Parsed, status: object, error: object) -> None:
        """Add the end of a turn, and the interruption when a person brought it about."""
        last = max(0, self.progress.messages - 1)
        here = {
            "id": f"{self._base}:{last}{self.progress.said}:end{self.progress.ends}",
            "seq": last * SEQ_STEP + SEQ_STEP - 1,
        }
        self.progress.ends += 1
        how = status[:NAME_LIMIT] if isinstance(status, str) else ""
        if how == "aborted" and (not isinstance(error, str) or "user" in error.lower()):
            interrupt = self._shared("human") | here | {"id": f"{here['id']}:interrupt"}
            parsed.events.append(Interrupt(**interrupt))
        parsed.events.append(TurnEnded(**self._shared("harness") | here, status=how))

    def finish(self, parsed: Parsed) -> None:
        """Add what is known about the session so far, and the older ids of its events."""
        facts = SessionFacts(slug=self._origin.slug, paths=list(self.progress.paths))
        parsed.facts = {self._origin.session: facts}
        base = len(self._base)
        for event in parsed.events:
            older = event.id[:base] + _SAID.sub("", event.id[base:], count=1)
            if older != event.id:
                parsed.older[event.id] = older

    def _shared(self, author: Author, block: int = 0) -> dict[str, Any]:
        """Return the fields that all events of a block have."""
        number = max(0, self.progress.messages - 1)
        return {
            "id": f"{self._base}:{number}{self.progress.said}:{block}",
            "ts": self.progress.ts,
            "seq": number * SEQ_STEP + min(block, SEQ_STEP - 1),
            "session": self._origin.session,
            "assistant": "cursor",
            "author": author,
            "sidechain": bool(self._origin.child),
        }

    def _user(self, parsed: Parsed, blocks: list[Any], *, marked: bool) -> None:
        """Add the prompt in a user record, if it holds anybody's words."""
        texts = []
        for block in blocks:
            text = block.get("text") if isinstance(block, dict) else None
            if isinstance(text, str):
                texts.append(text)
            else:
                count_unknown(parsed, f"user {_kind(block)}")
        record = "\n".join(texts)
        text, author, ts = read(record)
        self.progress.ts = ts or self.progress.ts
        self.progress.said = _digest(words(record))
        if self._origin.child:
            # What stands where a person's words would is the task that the parent gave.
            author = "agent"
        elif marked and QUERY not in record:
            author = "harness"
        kept, full = cut(text, TEXT_LIMIT)
        if kept:
            origin: PromptOrigin = "typed" if author == "human" else "headless"
            shared = self._shared(author)
            parsed.events.append(Prompt(**shared, text=kept, origin=origin, full_chars=full))

    def _block(self, parsed: Parsed, number: int, block: Any) -> Iterator[Event]:
        """Yield the events of one block of an assistant's message."""
        match block:
            case {"type": "text", "text": str(text)}:
                # Reasoning follows the answer in the same text and cannot be told from it.
                kept, full = cut(_REDACTED.sub("", text).strip(), TEXT_LIMIT)
                if kept:
                    yield Reply(**self._shared("agent", number), text=kept, full_chars=full)
            case {"type": "tool_use", "name": str(name)}:
                yield from self._tool(self._shared("agent", number), name, block.get("input"))
            case _:
                count_unknown(parsed, f"assistant {_kind(block)}")

    def _tool(self, shared: dict[str, Any], name: str, given: Any) -> Iterator[Event]:
        """Yield a tool call and what follows from its input: results are never recorded."""
        call = shared["id"]
        edits = changes(name, given)
        fields = given if isinstance(given, dict) else {"input": given} if given else {}
        texts = {key: value for key, value in fields.items() if isinstance(value, str)}
        self._remember([edit.path for edit in edits])
        self._remember([texts[key] for key in _PATHS if key in texts])
        targets = [texts[key] for key in _TARGETS if texts.get(key)]
        target = (targets or [edit.path for edit in edits] or [""])[0]
        yield ToolCall(
            **shared,
            call=call,
            name=name[:NAME_LIMIT],
            target=cut(target, TARGET_LIMIT)[0],
            input=_storable(fields),
        )
        for number, edit in enumerate(edits):
            diff, full = cut(edit.diff, TEXT_LIMIT)
            # Whether it was applied or refused is not recorded; most are applied.
            yield Edit(
                **shared | {"id": f"{call}:edit{number}"},
                path=edit.path,
                diff=diff,
                call=call,
                state="applied",
                full_chars=full,
            )
        if name in {"Task", "Subagent"}:
            yield SubagentStarted(
                **shared | {"id": f"{call}:subagent"},
                call=call,
                agent=texts.get("subagent_type", "")[:NAME_LIMIT],
                text=cut(texts.get("prompt", ""), TEXT_LIMIT)[0],
            )
        *_, skill, file = ("", "", *_SEPARATOR.split(texts.get("path", "")))
        if skill and file == "SKILL.md" and name in {"Read", "ReadFile"}:
            yield SkillUsed(**shared | {"id": f"{call}:skill"}, name=skill)

    def _remember(self, paths: list[str]) -> None:
        """Keep the first paths that tell where the session ran."""
        kept = self.progress.paths
        for path in paths:
            new = len(kept) < PATHS and len(path) <= LONGEST_PATH and path not in kept
            if new and is_absolute(path):
                kept.append(path)


def count_unknown(parsed: Parsed, kind: str) -> None:
    """Count a record that no rule knows; Cursor writes no version."""
    key = ("", kind[:NAME_LIMIT])
    parsed.unknown[key] = parsed.unknown.get(key, 0) + 1


def _digest(said: str) -> str:
    """Return what stands for a text, however its lines are broken; it tells no secret of it."""
    text = " ".join(shared().text(said).split())
    return f"~{blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=4).hexdigest()}"


def name_of(kind: object) -> str:
    """Return the type or the role that something has, by which no rule may know it."""
    return kind if isinstance(kind, str) else "without type"


def _kind(block: object) -> str:
    """Name a block that no rule knows."""
    return f"block {name_of(block.get('type') if isinstance(block, dict) else None)}"


def _storable(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a tool's input cut to size, empty when it is more than a log can hold."""
    try:
        kept = {key: cut_values(value, OUTPUT_LIMIT) for key, value in fields.items()}
        msgspec.msgpack.encode(kept)
    except (OverflowError, RecursionError):
        return {}
    return kept
