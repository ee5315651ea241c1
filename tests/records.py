"""Transcripts for tests: records of Claude Code as 2.1.329 writes them, cut to the bones."""

import json
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

SESSION = "5e551000-0000-4000-8000-000000000001"


class ClaudeSession:
    """Appends records to one transcript of a scratch home."""

    def __init__(self, home: Path, project: Path, session: str = SESSION) -> None:
        """Name the transcript; it is created by the first append."""
        self.project = project
        self.session = session
        self.path = home / ".claude" / "projects" / "-project" / f"{session}.jsonl"
        self.written = 0
        self._parent: str | None = None

    def prompt(self, text: str, **fields: Any) -> str:
        """Append what a person typed; return the record's id."""
        fields = {"origin": {"kind": "human"}, **fields}
        return self._append("user", {"role": "user", "content": text}, **fields)

    def reply(self, text: str) -> str:
        """Append what the agent said."""
        return self._append(
            "assistant", {"role": "assistant", "content": [{"type": "text", "text": text}]}
        )

    def call(self, name: str, **arguments: Any) -> str:
        """Append a tool call; return its call id."""
        call = f"toolu_{self.session[-4:]}_{self.written:04d}"
        block = {"type": "tool_use", "id": call, "name": name, "input": arguments}
        self._append("assistant", {"role": "assistant", "content": [block]})
        return call

    def result(self, call: str, output: str) -> str:
        """Append what a tool answered."""
        block = {"type": "tool_result", "tool_use_id": call, "content": output}
        return self._append(
            "user", {"role": "user", "content": [block]}, toolUseResult={"stdout": output}
        )

    def reject(self, call: str, words: str) -> str:
        """Append the rejection of a tool call with a person's words."""
        text = (
            "The user doesn't want to proceed with this tool use. The tool use was rejected "
            "(eg. if it was a file edit, the new_string was NOT written to the file). "
            f"To tell you how to proceed, the user said:\n{words}"
        )
        block = {"type": "tool_result", "tool_use_id": call, "is_error": True, "content": text}
        return self._append(
            "user",
            {"role": "user", "content": [block]},
            toolUseResult=f"Error: {text}",
            toolDenialKind="user-rejected",
            userFeedback=words,
        )

    def interrupt(self) -> str:
        """Append the marker of an interrupt."""
        block = {"type": "text", "text": "[Request interrupted by user]"}
        return self._append("user", {"role": "user", "content": [block]})

    def line(self, kind: str, message: dict[str, Any], **fields: Any) -> bytes:
        """Return the next record as a line, without writing it."""
        self.written += 1
        minute, second = divmod(self.written, 60)
        identity = str(uuid5(NAMESPACE_OID, f"{self.session} {self.written}"))
        record = {
            "parentUuid": self._parent,
            "isSidechain": False,
            "type": kind,
            "message": message,
            "uuid": identity,
            "timestamp": f"2026-11-21T08:{minute % 60:02d}:{second:02d}.000Z",
            "cwd": str(self.project),
            "sessionId": self.session,
            "version": "2.1.329",
            "entrypoint": "cli",
            **fields,
        }
        self._parent = identity
        return json.dumps(record, separators=(",", ":")).encode() + b"\n"

    def _append(self, kind: str, message: dict[str, Any], **fields: Any) -> str:
        self.write(self.line(kind, message, **fields))
        return self._parent or ""

    def write(self, data: bytes) -> None:
        """Append bytes as they are."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(data)
