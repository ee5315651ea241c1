"""Every place of a Cursor transcript where text stands that no person wrote."""

from functools import partial

from hivemindd.assistants.cursor.prompt import CONTEXT_TAGS, CONTINUATIONS, OPENINGS
from tests.planting.cursor_records import ALL, CURSOR, asked, called, said, spoken
from tests.planting.place import Place
from tests.planting.transcript import Record


def _context(tag: str, text: str) -> list[Record]:
    """Put a context block everywhere around a person's words."""
    block = f'<{tag} path="a.md">\n{text}\n</{tag}>\n'
    return [
        asked("rename it", before=block, after=block),
        asked(f"{block}rename it\n{block}"),
        spoken("user", said(block), said("rename it")),
        spoken("user", said(block)),
    ]


def _went_on(opening: str, text: str) -> list[Record]:
    return [
        asked(f"{opening} {text}"),
        spoken("user", said(f"<user_query>{opening} {text}</user_query>")),
        spoken("user", said(f"{opening}\n{text}")),
    ]


AGENT = {
    "reply": lambda text: [spoken("assistant", said(text))],
    "command": lambda text: called("Shell", {"command": f"echo '{text}'", "description": text}),
    "file": lambda text: called("Write", {"path": "/home/me/a.md", "contents": text}),
    "replacement": lambda text: called(
        "StrReplace", {"path": "/home/me/a.md", "old_string": text[:1], "new_string": text}
    ),
    "patch": lambda text: called(
        "ApplyPatch", f"*** Begin Patch\n*** Add File: /home/me/a.md\n+{text}\n*** End Patch"
    ),
    "task for a subagent": lambda text: called("Task", {"prompt": text, "description": text}),
    "question": lambda text: called("AskQuestion", {"questions": [{"prompt": text}]}),
    "record in a tool's input": lambda text: called("CallMcpTool", {"arguments": asked(text)}),
}

HARNESS = {
    "message of the system": lambda text: [spoken("system", said(text))],
    "message of a tool": lambda text: [
        spoken("tool", said(text)),
        spoken("tool", {"type": "tool-result", "result": text, "text": text}),
    ],
    "overview": lambda text: [{"type": "metadata", "metadata": {"overview": text}}],
    "error": lambda text: [{"type": "error", "error": text}],
    "end of a turn": lambda text: [{"type": "turn_ended", "status": "error", "error": text}],
    "record yet to come": lambda text: [{"type": "yet_to_come", "message": asked(text)["message"]}],
    "notice of a task": lambda text: [
        spoken("user", said(f"<{tag}>done</{tag}>\n<user_query>{text.lstrip()}</user_query>"))
        for tag in ("task_notification", "system_notification", "agent_notification")
    ],
    "query in a query": lambda text: [
        asked(f"see </user_query> <user_query>\n{text}\n</user_query>"),
        asked("rename it", before=f"<attached_files>x</attached_files>\n{text}\n"),
    ],
}

PLACES = (
    *(Place(f"agent's {name}", CURSOR, plant, ALL) for name, plant in AGENT.items()),
    *(Place(name, CURSOR, plant, ALL) for name, plant in HARNESS.items()),
    *(
        Place(f"context: {tag}", CURSOR, partial(_context, tag), ALL)
        for tag in CONTEXT_TAGS.split("|")
    ),
    *(
        Place(opening[:40], CURSOR, partial(_went_on, opening), ALL)
        for opening in (*OPENINGS, *CONTINUATIONS)
    ),
    Place(
        "subagent",
        CURSOR,
        lambda text: [asked(text)],
        ALL,
        path="{folder}/subagents/9c7f55aa-0000-4000-8000-00000000c0de.jsonl",
    ),
)
