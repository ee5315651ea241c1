"""Records of Cursor as they are planted, and how they come between real ones."""

from typing import Any

from tests.planting.place import Dialect
from tests.planting.transcript import Record

ALL = ("incremental", "subagents", "injected", "windows")


def _join(real: list[Record], new: list[Record], at: int, session: Record) -> list[Record]:
    """Put new records between the others: they have nothing in common."""
    del session
    return [*real[:at], *new, *real[at:]]


CURSOR = Dialect("cursor", _join)


def spoken(role: str, *blocks: Record) -> Record:
    """Make a message."""
    return {"role": role, "message": {"content": list(blocks)}}


def said(text: str) -> Record:
    """Make a block of text."""
    return {"type": "text", "text": text}


def asked(text: str, *, before: str = "", after: str = "") -> Record:
    """Make what a person typed, with what Cursor puts around it."""
    return spoken("user", said(f"{before}<user_query>\n{text}\n</user_query>{after}"))


def called(name: str, given: Any) -> list[Record]:
    """Make a call of a tool; what it answers is never recorded."""
    return [spoken("assistant", {"type": "tool_use", "name": name, "input": given})]
