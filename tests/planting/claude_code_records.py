"""Records of Claude Code as they are planted, and how they come between real ones."""

from typing import Any
from uuid import NAMESPACE_OID, uuid5

from tests.planting.place import Dialect
from tests.planting.transcript import Record

LABELLED = ("tui4", "tui1", "ver-2.1.248")
UNLABELLED = ("ver-1.0.128", "ver-2.1.42", "ver-2.1.104")
ALL = LABELLED + UNLABELLED

TYPED: Record = {"origin": {"kind": "human"}, "promptSource": "typed"}
REFUSED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it "
    "was a file edit, the new_string was NOT written to the file). To tell you how to proceed, "
    "the user said:\n"
)

_COMMON = ("sessionId", "cwd", "version", "gitBranch", "userType", "entrypoint")


def _join(real: list[Record], new: list[Record], at: int, session: Record) -> list[Record]:
    """Hang new records below the one before them, and say of all what the session is."""
    told = next(record for record in real if record.get("cwd"))
    common = {name: told[name] for name in _COMMON if name in told} | {"isSidechain": False}
    parents = [record["uuid"] for record in real[:at] if "uuid" in record]
    parent = parents[-1] if parents else None
    added = []
    for number, record in enumerate(new):
        uuid = str(uuid5(NAMESPACE_OID, f"planted {number}"))
        stamp = {"timestamp": told["timestamp"], "uuid": uuid, "parentUuid": parent}
        added.append(common | stamp | record)
        parent = uuid
    whole = [*real[:at], *added, *real[at:]]
    return [record | session for record in whole] if session else whole


CLAUDE_CODE = Dialect("claude-code", _join)


def user(content: Any, **fields: Any) -> Record:
    """Make what stands where a person speaks."""
    return {"type": "user", "message": {"role": "user", "content": content}} | fields


def assistant(*blocks: Record, **fields: Any) -> Record:
    """Make what stands where the agent speaks."""
    message = {"role": "assistant", "id": "msg_planted", "model": "m", "content": list(blocks)}
    return {"type": "assistant", "message": message} | fields


def called(name: str, **given: Any) -> Record:
    """Make a call of a tool."""
    return assistant({"type": "tool_use", "id": "toolu_planted", "name": name, "input": given})


def answered(content: Any, *beside: Record, failed: bool = False, **fields: Any) -> Record:
    """Make the answer of a tool, with blocks beside it."""
    block = {"type": "tool_result", "tool_use_id": "toolu_planted", "content": content}
    return user([block | {"is_error": failed}, *beside], **fields)


def said(text: str) -> Record:
    """Make a block of text."""
    return {"type": "text", "text": text}


def attached(kind: str, text: str, **fields: Any) -> Record:
    """Make what the harness puts beside a prompt, with a text in all its fields."""
    names = ("content", "stdout", "stderr", "text", "prompt", "message", "snippet", "filename")
    inner = {"blockingError": {"blockingError": text}, "names": [text], "lines": [text]}
    return {
        "type": "attachment",
        "attachment": {"type": kind} | dict.fromkeys(names, text) | inner | fields,
        "rendered": [{"content": f"<system-reminder>\n{text}\n</system-reminder>"}],
    }


def edited(text: str) -> list[Record]:
    """Make an edit by the agent, and its report."""
    patch = {"oldStart": 1, "oldLines": 0, "newStart": 1, "newLines": 1, "lines": [f"+{text}"]}
    report = {
        "type": "update",
        "filePath": "/home/dev/a.md",
        "content": text,
        "originalFile": text[:1],
        "structuredPatch": [patch],
    }
    return [
        called("Write", file_path="/home/dev/a.md", content=text),
        answered(f"Updated:\n1\t{text}", toolUseResult=report),
    ]
