"""Sessions and events for tests of their life."""

from typing import Any

from hivemindd.assistants.base import SessionFacts
from hivemindd.events import (
    Author,
    Event,
    Outline,
    Prompt,
    Reply,
    ToolCall,
    ToolResult,
    TurnEnded,
    outline,
)
from hivemindd.records import Session

IDLE_AFTER = 300.0
END_AFTER = 1800.0
FACTS = SessionFacts(cwd="/project", version="2.1.329")


def make_session(**fields: object) -> Session:
    """Return a session of Claude Code; fields override."""
    session = Session(id="s", assistant="claude-code", workspace="w")
    for name, value in fields.items():
        setattr(session, name, value)
    return session


def make_event(
    kind: str, ts: int = 1000, *, sidechain: bool = False, author: Author = "human"
) -> Outline:
    """Return the outline of an event of a kind; a prompt may come from others than a person."""
    common: dict[str, Any] = {
        "id": kind,
        "ts": ts,
        "seq": 0,
        "session": "s",
        "assistant": "claude-code",
        "sidechain": sidechain,
    }
    return outline(_made(kind, common, author))


def _made(kind: str, common: dict[str, Any], author: Author) -> Event:
    match kind:
        case "prompt":
            return Prompt(**common, author=author, text="please")
        case "reply":
            return Reply(**common, author="agent", text="done")
        case "call":
            return ToolCall(**common, author="agent", call="c", name="Bash")
        case "result":
            return ToolResult(**common, author="tool", call="c", output="")
        case _:
            return TurnEnded(**common, author="harness")
