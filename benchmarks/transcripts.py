"""Transcripts of three assistants, as Claude Code 2.1, Codex 0.169 and Cursor write them.

All are written in small, with what a session cannot be read without. Every prompt stands at
a whole minute, since Cursor keeps no finer time.
"""

import difflib
import json
import os
from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from groups import Script, Step

from hivemindd.assistants.cursor.folder import slugify

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class Transcript(ABC):
    """One session: `play` writes it, with the files that its agent changes."""

    def __init__(self, home: Path, project: Path, script: Script, begin: datetime) -> None:
        """Name the session after its script; nothing is written yet."""
        self.home = home
        self.project = project
        self.script = script
        name = f"{script.workspace} {script.name} {script.assistant}"
        self.session = str(uuid5(NAMESPACE_OID, name))
        self.begin = self.now = begin
        self.branch = "main"
        self.said: dict[str, int] = {}
        self._lines: list[str] = []
        self._asked = 0

    @property
    @abstractmethod
    def path(self) -> Path:
        """The file of the transcript."""

    def play(self) -> None:
        """Write the transcript; `said` then holds when (ms) the words of each row came."""
        for step in self.script.steps:
            self._play(step)
        self.save()

    def save(self) -> None:
        """Write what was added so far to the file of the transcript."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("".join(f"{line}\n" for line in self._lines), "utf-8")
        moment = self.now.timestamp()
        os.utime(self.path, (moment, moment))

    def _play(self, step: Step) -> None:
        self.ask(step.task)
        action = step.action
        if action.kind == "command":
            self.run(action.text, step.text if step.speaker == "tool" else "")
        elif action.kind == "edit":
            before = self._read(action.path)
            after = (before or "") + (f"{action.text}\n" if action.text or before else "")
            self.change(action.path, after)
        self.say(step.text if step.speaker == "agent" else action.said)
        self.end_turn()
        if step.speaker == "person":
            self.ask(step.text)
            self.said[step.row] = self._asked
            self.say("Changed as you said.")
            self.end_turn()

    def ask(self, text: str) -> None:
        """Add what a person typed, at the next whole minute."""
        self.now = self.now.replace(second=0, microsecond=0) + MINUTE
        self._asked = round(self.now.timestamp() * 1000)
        self.prompt(text)

    def change(self, path: str, after: str) -> None:
        """Add an edit of a file, and make it."""
        self.edit(path, self._read(path), after)
        self.write_file(path, after)

    def _read(self, path: str) -> str | None:
        file = self.project / path
        return file.read_text("utf-8") if file.is_file() else None

    def write_file(self, path: str, text: str) -> None:
        """Write a file of the project, of which no record tells."""
        file = self.project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        moment = self.now.timestamp()
        os.utime(file, (moment, moment))

    def stamp(self) -> str:
        """Return the time of the next record; it takes a second."""
        stamp = self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.now += SECOND
        return stamp

    def write(self, record: dict[str, Any]) -> None:
        """Add a record."""
        self._lines.append(json.dumps(record, separators=(",", ":")))

    def unique(self, kind: str) -> str:
        """Return an id that no other record has."""
        return str(uuid5(NAMESPACE_OID, f"{self.session} {kind} {len(self._lines)}"))

    @abstractmethod
    def prompt(self, text: str) -> None:
        """Add what a person typed."""

    @abstractmethod
    def say(self, text: str) -> None:
        """Add what the agent said."""

    @abstractmethod
    def run(self, command: str, output: str) -> None:
        """Add a command and what it printed."""

    @abstractmethod
    def edit(self, path: str, before: str | None, after: str) -> None:
        """Add an edit of a file, which was not there where `before` is None."""

    @abstractmethod
    def plant(self, record: dict[str, Any]) -> None:
        """Add a record as it is; what all records have is given to it."""

    @abstractmethod
    def end_turn(self) -> None:
        """Add what stands at the end of a turn."""


class ClaudeTranscript(Transcript):
    """A transcript of Claude Code."""

    _parent: str | None = None

    @property
    def path(self) -> Path:
        """The file of the transcript."""
        return self.home / ".claude/projects" / slugify(str(self.project)) / f"{self.session}.jsonl"

    def prompt(self, text: str) -> None:
        """Add what a person typed."""
        message = {"role": "user", "content": text}
        self._record("user", message=message, origin={"kind": "human"})

    def say(self, text: str) -> None:
        """Add what the agent said."""
        self._answer({"type": "text", "text": text})

    def run(self, command: str, output: str) -> None:
        """Add a command and what it printed."""
        call = self._call("Bash", command=command)
        self._result(call, output, {"stdout": output, "stderr": "", "interrupted": False})

    def edit(self, path: str, before: str | None, after: str) -> None:
        """Add an edit of a file, which was not there where `before` is None."""
        file = str(self.project / path)
        call = self._call("Write", file_path=file, content=after)
        report: dict[str, Any] = {
            "type": "create" if before is None else "update",
            "filePath": file,
            "content": after,
            "structuredPatch": [],
            "originalFile": before,
        }
        self._result(call, f"The file {file} has been written.", report)

    def end_turn(self) -> None:
        """Add what stands at the end of a turn."""
        self._record("system", subtype="turn_duration", durationMs=1000)

    def plant(self, record: dict[str, Any]) -> None:
        """Add a record as it is, below the one before it."""
        self._record(record["type"], **record)

    def _call(self, name: str, **given: str) -> str:
        call = f"toolu_{self.unique('call')}"
        self._answer({"type": "tool_use", "id": call, "name": name, "input": given})
        return call

    def _answer(self, block: dict[str, Any]) -> None:
        message = {"id": f"msg_{self.unique('message')}", "role": "assistant", "content": [block]}
        self._record("assistant", message=message)

    def _result(self, call: str, output: str, report: dict[str, Any]) -> None:
        block = {"type": "tool_result", "tool_use_id": call, "content": output}
        message = {"role": "user", "content": [block]}
        self._record("user", message=message, toolUseResult=report)

    def _record(self, kind: str, /, **fields: Any) -> None:
        identity = self.unique("record")
        record = {
            "parentUuid": self._parent,
            "isSidechain": False,
            "cwd": str(self.project),
            "version": "2.1.329",
            "entrypoint": "cli",
            "gitBranch": self.branch,
            **fields,
            "type": kind,
            "uuid": identity,
            "timestamp": self.stamp(),
            "sessionId": self.session,
        }
        self._parent = identity
        self.write(record)


class CodexTranscript(Transcript):
    """A rollout of Codex."""

    _turn = ""

    @property
    def path(self) -> Path:
        """The file of the transcript; its name holds when the session began."""
        day, moment = f"{self.begin:%Y/%m/%d}", f"{self.begin:%Y-%m-%dT%H-%M-%S}"
        return self.home / ".codex/sessions" / day / f"rollout-{moment}-{self.session}.jsonl"

    def prompt(self, text: str) -> None:
        """Add what a person typed, with what stands at the beginning of a turn."""
        if not self._turn:
            head = {"id": self.session, "cwd": str(self.project), "cli_version": "0.169.0"}
            head |= {"source": "cli", "originator": "codex-tui"}
            self._line("session_meta", {**head, "git": {"branch": self.branch}})
        self._turn = self.unique("turn")
        attribution = {"turn_id": self._turn, "turn_trigger": "user"}
        self._event("task_started", turn_id=self._turn, turn_attribution=attribution)
        place = {"turn_id": self._turn, "cwd": str(self.project), "approval_policy": "on-request"}
        self._line("turn_context", place)
        self._item("UserMessage", content=[{"type": "text", "text": text}])

    def say(self, text: str) -> None:
        """Add what the agent said."""
        self._item("AgentMessage", content=[{"type": "Text", "text": text}])

    def run(self, command: str, output: str) -> None:
        """Add a command and what it printed."""
        call, arguments = f"call_{self.unique('call')}", json.dumps({"cmd": command})
        self._answer("function_call", call_id=call, name="exec_command", arguments=arguments)
        answer = f"Wall time: 0.1 seconds\nProcess exited with code 0\nOutput:\n{output}"
        self._answer("function_call_output", call_id=call, output=answer)

    def edit(self, path: str, before: str | None, after: str) -> None:
        """Add an edit of a file, which was not there where `before` is None."""
        call, file = f"call_{self.unique('call')}", str(self.project / path)
        change: dict[str, Any]
        if before is None:
            lines = "".join(f"+{line}\n" for line in after.splitlines())
            patch = f"*** Add File: {path}\n{lines}"
            change = {"type": "add", "content": after}
        else:
            diff = _diff(before, after)
            hunks = "".join("@@\n" if line[:2] == "@@" else line for line in diff)
            patch = f"*** Update File: {path}\n{hunks}"
            change = {"type": "update", "unified_diff": "".join(diff), "move_path": None}
        whole = f"*** Begin Patch\n{patch}*** End Patch\n"
        self._answer("custom_tool_call", call_id=call, name="apply_patch", input=whole)
        self._item("FileChange", id=call, changes={file: change}, status="completed")
        done = "Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:"
        self._answer("custom_tool_call_output", call_id=call, output=f"{done}\n{path}\n")

    def end_turn(self) -> None:
        """Add what stands at the end of a turn."""
        self._event("task_complete", turn_id=self._turn)

    def plant(self, record: dict[str, Any]) -> None:
        """Add a record as it is, with a time."""
        self._line(record["type"], record["payload"])

    def _item(self, kind: str, **fields: Any) -> None:
        item = {"type": kind, "id": self.unique("item"), **fields}
        self._event("item_completed", thread_id=self.session, turn_id=self._turn, item=item)

    def _answer(self, kind: str, **fields: Any) -> None:
        self._line("response_item", {"type": kind, **fields})

    def _event(self, kind: str, **fields: Any) -> None:
        self._line("event_msg", {"type": kind, **fields})

    def _line(self, kind: str, payload: dict[str, Any]) -> None:
        self.write({"timestamp": self.stamp(), "type": kind, "payload": payload})


class CursorTranscript(Transcript):
    """A transcript of Cursor; it records no results and no ids."""

    @property
    def path(self) -> Path:
        """The file of the transcript."""
        return self._data / "agent-transcripts" / self.session / f"{self.session}.jsonl"

    @property
    def _data(self) -> Path:
        return self.home / ".cursor/projects" / slugify(str(self.project))

    def save(self) -> None:
        """Write the transcript, and what Cursor notes when a person trusts a folder."""
        super().save()
        trusted = {"workspacePath": str(self.project), "trustMethod": "user"}
        (self._data / ".workspace-trusted").write_text(json.dumps(trusted), "utf-8")

    def prompt(self, text: str) -> None:
        """Add what a person typed."""
        at = self.now
        clock = f"{at.hour % 12 or 12}:{at:%M} {'AM' if at.hour < 12 else 'PM'} (UTC)"
        stamp = f"{_DAYS[at.weekday()]}, {_MONTHS[at.month - 1]} {at.day}, {at.year}, {clock}"
        marked = f"<timestamp>{stamp}</timestamp>\n<user_query>\n{text}\n</user_query>"
        self._message("user", {"type": "text", "text": marked})

    def say(self, text: str) -> None:
        """Add what the agent said."""
        self._message("assistant", {"type": "text", "text": text})

    def run(self, command: str, output: str) -> None:  # noqa: ARG002  it is not recorded
        """Add a command."""
        self._tool("Shell", command=command)

    def edit(self, path: str, before: str | None, after: str) -> None:
        """Add an edit of a file, which was not there where `before` is None."""
        file = str(self.project / path)
        if before is None:
            self._tool("Write", path=file, contents=after)
        else:
            self._tool("StrReplace", path=file, old_string=before, new_string=after)

    def end_turn(self) -> None:
        """Add what stands at the end of a turn."""
        self.write({"type": "turn_ended", "status": "success"})

    def plant(self, record: dict[str, Any]) -> None:
        """Add a record as it is."""
        self.write(record)

    def _tool(self, name: str, **given: str) -> None:
        self._message("assistant", {"type": "tool_use", "name": name, "input": given})

    def _message(self, role: str, block: dict[str, Any]) -> None:
        self.stamp()
        self.write({"role": role, "message": {"content": [block]}})


WRITERS: dict[str, type[Transcript]] = {
    "claude-code": ClaudeTranscript,
    "codex": CodexTranscript,
    "cursor": CursorTranscript,
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _diff(before: str, after: str) -> list[str]:
    """Return the lines of a unified diff without file headers."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return list(difflib.unified_diff(old, new, n=1))[2:]
