"""The plain text that older versions of Cursor wrote.

Blocks begin with `user:` or `assistant:` on a line of its own after an empty one. What
stands in a block becomes what the same message is in the newer files, so that a session
that lies in both gives the same events twice. The format has no quoting: a person's words
count only when they stand in a marked query.
"""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from hivemindd.assistants.base import Parsed, SideFiles
from hivemindd.assistants.cursor.conversation import Conversation, Origin, Progress

BLOCK_LIMIT = 8 << 20

_HEADERS = {b"user:": "user", b"assistant:": "assistant"}
_TURN_ENDED = re.compile(rb"Turn ended: (success|error|aborted)\b[.: ]*(.*)")
_THINKING = "[Thinking]"
_CALL = "[Tool call] "
_RESULT = "[Tool result]"
_VALUE = re.compile(r"  ([A-Za-z_]+):(?: (.*))?", re.DOTALL)
# The values of these may hold lines that look like the next value.
_FIELDS = {
    "Write": {"path", "contents"},
    "StrReplace": {"path", "old_string", "new_string", "replace_all"},
    "Delete": {"path"},
}


class TxtProgress(msgspec.Struct):
    """Where the block that is being read lies, by byte offsets.

    `end` is where the last line ended, `given` the end of what has come out already.
    """

    conversation: Progress
    role: str = ""
    start: int = 0
    end: int = 0
    given: int = 0
    closed: bool = True


class TxtParser:
    """Parses a text transcript; a block comes out when it is complete, or on `final`."""

    def __init__(self, origin: Origin, state: bytes, side: SideFiles) -> None:
        """Go on where `state` stands."""
        fresh = TxtProgress(Progress(""))
        self._progress = msgspec.msgpack.decode(state, type=TxtProgress) if state else fresh
        self._conversation = Conversation(origin, self._progress.conversation)
        self._side = side

    def feed(self, records: Iterable[tuple[int, bytes]], *, final: bool) -> Parsed:
        """Parse lines."""
        parsed = Parsed()
        here = self._progress
        for offset, record in records:
            line = record.rstrip(b"\r").removeprefix(b"" if offset else b"\xef\xbb\xbf")
            if not line:
                continue
            # Empty lines are mostly not given to us, so that a gap stands for them.
            apart = here.closed or offset > here.end + 1
            role = _HEADERS.get(line) if apart else None
            ended = _TURN_ENDED.fullmatch(line) if apart and here.role else None
            if role or ended:
                self._give(parsed)
                here.role = role or ""
                here.start = here.given = offset + len(record)
            elif not here.role:
                parsed.malformed += 1
            here.end = offset + len(record)
            here.closed = ended is not None
            if role:
                self._conversation.begin()
            if ended:
                status, error = (part.decode("utf-8", "replace") for part in ended.groups())
                self._conversation.end_turn(parsed, status, error or None)
        if final:
            self._give(parsed)
        self._conversation.finish(parsed)
        return parsed

    def state(self) -> bytes:
        """Return what the next parser needs."""
        return msgspec.msgpack.encode(self._progress)

    def _give(self, parsed: Parsed) -> None:
        """Add the events of the block up to here, if it has any that are new."""
        here = self._progress
        if not here.role or here.end <= here.given:
            return
        here.given = here.end
        size = min(here.end - here.start, BLOCK_LIMIT)
        text = self._side.read_at(here.start, size).decode("utf-8", "replace")
        lines = text.replace("\r\n", "\n").removeprefix("\n").split("\n")
        content = _blocks(lines) if here.role == "assistant" else "\n".join(lines)
        self._conversation.message(parsed, here.role, content, marked=True)


def _without_blank(lines: list[str]) -> list[str]:
    """Drop the one empty line that separates a part from the next."""
    return lines[:-1] if lines and not lines[-1] else lines


def _blocks(lines: list[str]) -> list[dict[str, Any]]:
    """Return the content of an assistant's message as the newer files have it."""
    marks = [number for number, line in enumerate(lines) if line.startswith((_CALL, _RESULT))]
    edges = [*marks, len(lines)]
    text = _text(lines[: edges[0]])
    calls = [
        _call(_without_blank(lines[start:end]))
        for start, end in zip(marks, edges[1:], strict=True)
        if lines[start].startswith(_CALL)
    ]
    return [*text, *calls]


def _text(lines: list[str]) -> list[dict[str, Any]]:
    """Return the text block, answer first and reasoning after it; none without either."""
    thoughts = [line.removeprefix(_THINKING) for line in lines if line.startswith(_THINKING)]
    answer = [line for line in lines if not line.startswith(_THINKING)]
    parts = ["\n".join(part).strip() for part in (answer, thoughts)]
    if not thoughts and not parts[0]:
        return []
    return [{"type": "text", "text": "\n\n".join(filter(None, parts))}]


def _call(lines: list[str]) -> dict[str, Any]:
    """Return a tool call; its values may go over many lines."""
    name, patch, rest = lines[0].removeprefix(_CALL).partition("*** ")
    name = name.strip()
    if patch:
        return {"type": "tool_use", "name": name, "input": "\n".join([patch + rest, *lines[1:]])}
    given: dict[str, str] = {}
    last = ""
    for line in lines[1:]:
        value = _VALUE.fullmatch(line)
        field = value[1] if value else ""
        if value and field not in given and field in _FIELDS.get(name, {field}):
            last = field
            given[last] = value[2] or ""
        elif last:
            given[last] += f"\n{line}"
    return {"type": "tool_use", "name": name, "input": given}
