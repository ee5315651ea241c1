"""Rollouts for tests: lines as Codex writes them, cut to the bones, and what they give."""

import itertools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hivemindd.assistants.base import Parsed
from hivemindd.assistants.codex.assistant import Codex
from hivemindd.events import Event

START = 1_795_246_645_000
THREAD = "01a1fd09-e137-7721-b0c1-2d1991f2af17"
PARENT = "01a1fd00-0000-7000-8000-000000000000"
NAME = f"rollout-2026-11-21T07-37-25-{THREAD}.jsonl"
OLD_TURN = "01a1fd01-0000-7000-8000-000000000000"
OWN_TURN = "01a1fd0a-0000-7000-8000-000000000000"


class Side:
    """The transcript's own bytes."""

    def __init__(self, data: bytes) -> None:
        """Keep the bytes."""
        self.data = data

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes of the transcript."""
        return self.data[offset : offset + length]

    def read_file(self, path: Path, limit: int) -> bytes | None:  # noqa: ARG002 a rollout needs no other file
        """Return nothing."""
        return None


def line(at: int, kind: str, payload: dict[str, Any], **extra: Any) -> dict[str, Any]:
    """Make a line that was written `at` ms after the start."""
    seconds, ms = divmod(at, 1_000)
    minutes, seconds = divmod(seconds, 60)
    stamp = f"2026-11-21T07:{37 + minutes:02}:{25 + seconds:02}.{ms:03}Z"
    return {"timestamp": stamp, **extra, "type": kind, "payload": payload}


def meta(**fields: Any) -> dict[str, Any]:
    """Make the first line of a thread in which a person types."""
    payload = {"id": THREAD, "cwd": "/repo", "cli_version": "0.169.0", "source": "cli"} | fields
    return line(0, "session_meta", payload)


def event(kind: str, at: int = 10, /, **fields: Any) -> dict[str, Any]:
    """Make an `event_msg`."""
    return line(at, "event_msg", {"type": kind, **fields})


def item(kind: str, at: int = 10, /, **fields: Any) -> dict[str, Any]:
    """Make an `item_completed`."""
    payload = {
        "type": "item_completed",
        "thread_id": THREAD,
        "turn_id": OWN_TURN,
        "item": {"type": kind, **fields},
    }
    return line(at, "event_msg", payload)


def response(kind: str, at: int = 10, /, **fields: Any) -> dict[str, Any]:
    """Make a `response_item`."""
    return line(at, "response_item", {"type": kind, **fields})


def said(text: str, at: int = 10) -> dict[str, Any]:
    """Make a UserMessage."""
    return item("UserMessage", at, id="u", content=[{"type": "text", "text": text}])


def started(at: int = 5, trigger: str | None = "user") -> dict[str, Any]:
    """Make the start of a turn."""
    return event("task_started", at, turn_id=OWN_TURN, turn_attribution={"turn_trigger": trigger})


def context(at: int = 6, **fields: Any) -> dict[str, Any]:
    """Make a `turn_context`."""
    return line(at, "turn_context", {"cwd": "/repo", "approval_policy": "on-request"} | fields)


def called(call: str, name: str, arguments: dict[str, Any], at: int = 20) -> dict[str, Any]:
    """Make a function call."""
    return response("function_call", at, name=name, call_id=call, arguments=json.dumps(arguments))


def answered(call: str, output: Any, at: int = 30) -> dict[str, Any]:
    """Make the output of a function call."""
    return response("function_call_output", at, call_id=call, output=output)


def encode(lines: Iterable[dict[str, Any] | bytes]) -> bytes:
    """Write lines as Codex does."""
    return b"".join(
        (one if isinstance(one, bytes) else json.dumps(one, separators=(",", ":")).encode()) + b"\n"
        for one in lines
    )


def split(data: bytes) -> list[tuple[int, bytes]]:
    """Return the lines of a rollout with their offsets."""
    lines = data.removesuffix(b"\n").split(b"\n")
    offsets = itertools.accumulate((len(one) + 1 for one in lines), initial=0)
    return list(zip(offsets, lines, strict=False))


def read(*lines: dict[str, Any] | bytes, name: str = NAME) -> Parsed:
    """Parse lines in one go."""
    data = encode(lines)
    return Codex().parser(Path(name), b"", Side(data)).feed(split(data), final=True)


def only(parsed: Parsed, kind: type[Event]) -> list[Any]:
    """Return the events of one kind."""
    return [one for one in parsed.events if isinstance(one, kind)]


def brief(parsed: Parsed) -> list[tuple[str, str]]:
    """Return kind and author of each event."""
    return [(type(one).__name__, one.author) for one in parsed.events]
