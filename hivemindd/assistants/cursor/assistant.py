"""Cursor, the editor and its command line: what it writes under `~/.cursor/projects`.

The format is that of Cursor's own writer as of 2026. It records no tool results, no ids
and no folder, the time only beside a person's words, and it rewrites files in place.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from hivemindd.assistants.base import Parsed, Parser, Places, SessionFacts, SideFiles
from hivemindd.assistants.cursor import folder as cursor_folder
from hivemindd.assistants.cursor.conversation import (
    Conversation,
    Origin,
    Progress,
    count_unknown,
)
from hivemindd.assistants.cursor.txt import TxtParser
from hivemindd.assistants.salvage import decode_loosely

FOLDER = "agent-transcripts"
SUBAGENTS = "subagents"

_MESSAGE = b'{"role":'


class Cursor:
    """Reads the transcripts of the editor and of `cursor-agent`."""

    name = "cursor"
    programs = frozenset({"cursor-agent"})

    def roots(self, places: Places) -> list[Path]:
        """Return the folder of all projects."""
        return [cursor_folder.data_folder(places) / "projects"]

    def is_transcript(self, path: Path) -> bool:
        """Know `<slug>/agent-transcripts/[<id>/[subagents/]]<id>.jsonl`, or `.txt`."""
        project, inside = _split(path)
        hidden = any(part.startswith(".") for part in (project, *inside))
        if not project or hidden or path.suffix not in {".jsonl", ".txt"}:
            return False
        match inside:
            case [_]:
                return True
            case [session, _]:
                return path.stem == session
            case [_, middle, _]:
                return middle == SUBAGENTS
        return False

    def parser(self, path: Path, state: bytes, side: SideFiles) -> Parser:
        """Make the parser that fits the file's suffix."""
        project, inside = _split(path)
        child = path.stem if SUBAGENTS in inside[1:-1] else ""
        origin = Origin(session=inside[0] if child else path.stem, slug=project, child=child)
        if path.suffix == ".txt":
            return TxtParser(origin, state, side)
        return JsonParser(origin, state)

    def locate(self, facts: SessionFacts, known: Iterable[str], places: Places) -> str | None:
        """Find the folder by the project's slug."""
        return cursor_folder.locate(facts, known, places)


class JsonParser:
    """Parses a transcript of JSON lines."""

    def __init__(self, origin: Origin, state: bytes) -> None:
        """Go on where `state` stands."""
        progress = msgspec.msgpack.decode(state, type=Progress) if state else Progress()
        self._conversation = Conversation(origin, progress)

    def feed(self, records: Iterable[tuple[int, bytes]], *, final: bool) -> Parsed:  # noqa: ARG002 - no line waits for another
        """Parse lines."""
        parsed = Parsed()
        for _, line in records:
            for record in self._decode(parsed, line):
                self._record(parsed, record)
        parsed.facts = self._conversation.facts()
        return parsed

    def state(self) -> bytes:
        """Return what the next parser needs."""
        return msgspec.msgpack.encode(self._conversation.progress)

    def _decode(self, parsed: Parsed, line: bytes) -> list[dict[str, Any]]:
        """Return the records in a line, mostly one."""
        try:
            record = msgspec.json.decode(line)
        except (ValueError, RecursionError):
            records, dropped = decode_loosely(line)
        else:
            records, dropped = ([record], False) if isinstance(record, dict) else ([], True)
        if dropped:
            parsed.malformed += 1
            if line.startswith(_MESSAGE):
                # A torn message keeps its number, or the next ones would change their ids
                # when the file is written anew.
                self._conversation.begin()
        return records

    def _record(self, parsed: Parsed, record: dict[str, Any]) -> None:
        """Add the events of one record."""
        match record:
            case {"role": role}:
                self._conversation.begin()
                message = record.get("message")
                content = message.get("content") if isinstance(message, dict) else None
                self._conversation.message(parsed, str(role), content)
            case {"type": "turn_ended"}:
                self._conversation.end_turn(parsed, record.get("status"), record.get("error"))
            case {"type": "metadata" | "error"}:
                pass
            case _:
                count_unknown(parsed, f"record {record.get('type', 'without type')}")


def _split(path: Path) -> tuple[str, list[str]]:
    """Return the project of a transcript and the path parts inside its folder."""
    parts = path.parts
    if FOLDER not in parts[1:]:
        return "", []
    at = len(parts) - 1 - parts[::-1].index(FOLDER)
    return parts[at - 1], list(parts[at + 1 :])
