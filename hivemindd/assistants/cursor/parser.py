"""Reads the records of a transcript of Cursor one by one."""

from collections.abc import Iterable
from typing import Any

import msgspec

from hivemindd.assistants.base import Parsed
from hivemindd.assistants.cursor.conversation import (
    Conversation,
    Origin,
    Progress,
    count_unknown,
    name_of,
)
from hivemindd.assistants.salvage import decode_loosely

_MESSAGE = b'{"role":'


class JsonParser:
    """Parses a transcript of JSON lines."""

    def __init__(self, origin: Origin, state: bytes) -> None:
        """Go on where `state` stands."""
        progress = msgspec.msgpack.decode(state, type=Progress) if state else Progress("")
        self._conversation = Conversation(origin, progress)

    def feed(self, records: Iterable[tuple[int, bytes]], *, final: bool) -> Parsed:  # noqa: ARG002 - no line waits for another
        """Parse lines."""
        parsed = Parsed()
        for _, line in records:
            for record in self._decode(parsed, line):
                self._record(parsed, record)
        self._conversation.finish(parsed)
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
                self._conversation.message(parsed, name_of(role), content)
            case {"type": "turn_ended"}:
                self._conversation.end_turn(parsed, record.get("status"), record.get("error"))
            case {"type": "metadata" | "error"}:
                pass
            case _:
                count_unknown(parsed, f"record {name_of(record.get('type'))}")
