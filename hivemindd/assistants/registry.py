"""The assistants that are read: adding one is a package, a fixture folder and a line here."""

from hivemindd.assistants.base import Assistant
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.assistants.codex.assistant import Codex
from hivemindd.assistants.cursor.assistant import Cursor
from hivemindd.errors import UsageError

ASSISTANTS: tuple[Assistant, ...] = (ClaudeCode(), Codex(), Cursor())


def by_name(name: str) -> Assistant:
    """Return the assistant with this name; UsageError when there is none."""
    for assistant in ASSISTANTS:
        if assistant.name == name:
            return assistant
    known = ", ".join(assistant.name for assistant in ASSISTANTS)
    raise UsageError(f"There is no assistant {name!r}; known are {known}.")
