"""A Claude Code transcript built record by record, as the tests of its parser need it."""

import json
from pathlib import Path
from typing import Any

from hivemindd.assistants.base import Parsed
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.events import Event, Prompt

HOME = Path("/home/dev")
PATH = HOME / ".claude/projects/-home-dev-work/session.jsonl"
REJECTED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it "
    "was a file edit, the new_string was NOT written to the file). "
)
HUMAN = {"kind": "human"}
TOOL_MARKER = [{"type": "text", "text": "[Request interrupted by user for tool use]"}]
MARKER = [{"type": "text", "text": "[Request interrupted by user]"}]
STOP = REJECTED + "STOP what you are doing and wait for the user to tell you how to proceed."
SAID = REJECTED + "To tell you how to proceed, the user said:\n"


class Side:
    """The bytes of one transcript, and files that exist only here."""

    def __init__(self, data: bytes, files: dict[Path, bytes] | None = None) -> None:
        """Keep the bytes; `files` are those beside the transcript."""
        self._data = data
        self._files = files or {}
        self.asked: list[Path] = []

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes of the transcript."""
        return self._data[offset : offset + length]

    def read_file(self, path: Path, limit: int) -> bytes | None:
        """Return a file when it is there and small enough, and remember the question."""
        self.asked.append(path)
        data = self._files.get(path)
        return data if data is not None and len(data) <= limit else None


class Session:
    """Records that hang together; each method returns the uuid of what it adds."""

    def __init__(self, **common: Any) -> None:
        """Start an empty session; `common` fields go into every record."""
        self.lines: list[bytes] = []
        self.files: dict[Path, bytes] = {}
        self._common = {
            "sessionId": "s1",
            "cwd": "/home/dev/work",
            "version": "2.1.300",
            "gitBranch": "main",
            "isSidechain": False,
        } | common
        self._last: str | None = None

    def raw(self, line: bytes) -> None:
        """Add a line as it is."""
        self.lines.append(line)

    def bare(self, **fields: Any) -> None:
        """Add a record that has nothing but these fields."""
        self.raw(dumped(fields))

    def add(self, kind: str, **fields: Any) -> str:
        """Add a record below the last one."""
        number = len(self.lines) + 1
        uuid = str(fields.get("uuid", f"u{number}"))
        when = f"2026-11-21T07:{number // 60:02}:{number % 60:02}.000Z"
        own = {"parentUuid": self._last, "type": kind, "uuid": uuid, "timestamp": when}
        self.raw(dumped(own | self._common | fields))
        self._last = uuid
        return uuid

    def user(self, content: Any, **fields: Any) -> str:
        """Add what stands where a person speaks."""
        return self.add("user", message={"role": "user", "content": content}, **fields)

    def reply(self, *blocks: dict[str, Any], reply: str = "", **fields: Any) -> str:
        """Add an answer of the agent, by default a short text."""
        content = list(blocks) or [{"type": "text", "text": "Done."}]
        message = {"role": "assistant", "id": reply or f"m{len(self.lines)}", "content": content}
        return self.add("assistant", message=message, **fields)

    def call(self, call: str, name: str, given: dict[str, Any], **fields: Any) -> str:
        """Add a tool call."""
        block = {"type": "tool_use", "id": call, "name": name, "input": given}
        return self.reply(block, **fields)

    def result(
        self, call: str, output: Any = "ok", *, failed: bool = False, aside: str = "", **fields: Any
    ) -> str:
        """Add the result of a tool call, with what a person said beside it."""
        content = [
            {"type": "tool_result", "tool_use_id": call, "content": output, "is_error": failed}
        ]
        if aside:
            content.append({"type": "text", "text": aside})
        return self.user(content, **fields)

    def write(self, path: str, content: str, **fields: Any) -> str:
        """Add a Write that created a file, and its result."""
        call = f"w{len(self.lines)}"
        self.call(call, "Write", {"file_path": path, "content": content})
        report: dict[str, Any] = {
            "type": "create",
            "filePath": path,
            "content": content,
            "structuredPatch": [],
            "originalFile": None,
        }
        return self.result(call, toolUseResult=report, **fields)

    def edit(self, path: str, before: str, old: str, new: str, **fields: Any) -> str:
        """Add an Edit without a patch, and its result."""
        call = f"e{len(self.lines)}"
        self.call(call, "Edit", {"file_path": path, "old_string": old, "new_string": new})
        report = {
            "filePath": path,
            "oldString": old,
            "newString": new,
            "originalFile": before,
            "structuredPatch": [],
            "replaceAll": False,
        }
        return self.result(call, toolUseResult=report, **fields)

    def checkpoint(
        self,
        message: str,
        version: int,
        content: str | None,
        backup: str = "65c59b8edd1569e8",
        saved: str = "2026-11-21T09:00:00.000Z",
    ) -> None:
        """Add a checkpoint of calc.py; without content the backup is not there."""
        name = f"{backup}@v{version}"
        if content is not None:
            self.files[HOME / ".claude/file-history/s1" / name] = content.encode()
        files = {"calc.py": {"backupFileName": name, "version": version, "backupTime": saved}}
        self.bare(
            type="file-history-snapshot",
            messageId=message,
            snapshot={"messageId": message, "trackedFileBackups": files, "timestamp": saved},
            isSnapshotUpdate=False,
        )

    def parse(self, path: Path = PATH) -> Parsed:
        """Parse it in one go."""
        data, records = joined(self.lines)
        parser = ClaudeCode().parser(path, b"", Side(data, self.files))
        return parser.feed(records, final=True)

    def events(self, *kinds: type[Event], path: Path = PATH) -> list[Any]:
        """Return its events, only those of some kinds where any are named."""
        return [event for event in self.parse(path).events if not kinds or type(event) in kinds]


def dumped(record: Any) -> bytes:
    """Return a record as Claude Code writes it."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def joined(lines: list[bytes]) -> tuple[bytes, list[tuple[int, bytes]]]:
    """Return a transcript's bytes, and its lines with their offsets."""
    records, offset = [], 0
    for line in lines:
        records.append((offset, line))
        offset += len(line) + 1
    return b"".join(line + b"\n" for line in lines), records


def prompts(session: Session) -> list[tuple[str, str, str]]:
    """Return author, origin and words of all prompts of a session."""
    return [(event.author, event.origin, event.text) for event in session.events(Prompt)]
