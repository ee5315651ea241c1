"""Reads the records of a Claude Code transcript one by one.

The format is internal to Claude Code and changes between versions. A file holds one session,
whose id stands in its records (the file name may differ). A fork copies records with their
uuids, so event ids are made of uuids alone.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from hivemindd.assistants.base import Parsed, SideFiles
from hivemindd.assistants.claude_code import kinds
from hivemindd.assistants.claude_code.files import Files
from hivemindd.assistants.claude_code.folders import below_projects, file_history
from hivemindd.assistants.claude_code.memory import restore
from hivemindd.assistants.claude_code.queue import Queue
from hivemindd.assistants.claude_code.records import Record, decode, is_noise, milliseconds
from hivemindd.assistants.claude_code.turns import Turns
from hivemindd.assistants.claude_code.words import is_headless
from hivemindd.assistants.claude_code.writer import Writer

_ID = 200
_PATH = 4_096


class ClaudeCodeParser:
    """Turns the records of one transcript into events."""

    def __init__(self, path: Path, state: bytes, side: SideFiles) -> None:
        """Start where the parser stood that left this state."""
        memory = restore(state)
        below = below_projects(path)
        files = Files(memory, side, file_history(path))
        self._slug = below[0] if below else ""
        self._name = path.stem
        self._sidechain = path.name.startswith("agent-") or "subagents" in below
        self._memory = memory
        self._writer = Writer()
        self._about: tuple[str | None, ...] = ()
        self._turns = Turns(self._writer, memory, files, Queue(memory, side))

    def feed(self, records: Iterable[tuple[int, bytes]], *, final: bool) -> Parsed:
        """Parse (byte offset, line) pairs; nothing ever waits for the end."""
        del final
        parsed = Parsed()
        told: set[str] = set()
        self._writer.events = parsed.events
        for offset, line in records:
            if is_noise(line):
                continue
            found, dropped = decode(line)
            length = len(line)
            del line  # it may be large, and what was read of it is
            parsed.malformed += dropped
            for record in found:
                self._begin(record, offset, length)
                told.add(self._memory.session)
                try:
                    unknown = self._take(record)
                except (ValueError, RecursionError, msgspec.MsgspecError):
                    parsed.malformed += 1
                    continue
                if unknown:
                    key = self._memory.version, unknown[:80]
                    parsed.unknown[key] = parsed.unknown.get(key, 0) + 1
        for session in told & self._memory.facts.keys():
            parsed.facts[session] = msgspec.structs.replace(self._memory.facts[session])
        return parsed

    def state(self) -> bytes:
        """Return what the next parser of this file needs to know."""
        return msgspec.msgpack.encode(self._memory)

    def _begin(self, record: Record, offset: int, length: int) -> None:
        """Take up what a record tells about itself."""
        memory, writer = self._memory, self._writer
        about = (
            record.session_id,
            record.version,
            record.cwd,
            record.git_branch,
            record.request_session_id,
        )
        if about != self._about:
            self._about = about
            self._learn(record)
        memory.ts = milliseconds(record.timestamp) or memory.ts
        headless = is_headless(record)
        if not memory.spoken:
            facts = memory.facts_of(memory.session)
            facts.headless = facts.headless or headless
            # Records of the harness itself do not say what drives the session.
            headless = facts.headless if record.entrypoint is None else headless
        writer.id = _short(record.uuid) or f"{memory.session}@{offset}"
        writer.ts = memory.ts
        writer.seq = offset
        writer.length = length
        writer.session = memory.session
        writer.sidechain = bool(self._sidechain or record.is_sidechain or record.agent_id)
        writer.headless = headless

    def _learn(self, record: Record) -> None:
        """Take up what a record tells about its session, which most repeat."""
        memory = self._memory
        memory.session = _short(record.session_id) or memory.session or self._name
        memory.cwd = memory.cwd or _short(record.cwd, _PATH)
        memory.version = _short(record.version) or memory.version
        facts = memory.facts_of(memory.session)
        facts.slug = self._slug
        facts.version = _short(record.version) or facts.version
        facts.cwd = facts.cwd or _short(record.cwd, _PATH)
        facts.branch = _short(record.git_branch) or facts.branch
        if record.request_session_id != memory.session:
            facts.parent = _short(record.request_session_id) or facts.parent

    def _take(self, record: Record) -> str:
        """Add the events of a record; return what it is when that is not known."""
        match record.type:
            case "user":
                self._turns.user(record)
            case "assistant":
                self._turns.assistant(record)
            case "attachment":
                return self._turns.attachment(record)
            case "system":
                return self._turns.system(record)
            case "file-history-snapshot":
                self._turns.snapshot(record)
            case "queue-operation":
                self._turns.queued(record)
            case "worktree-state":
                self._in_worktree(record)
            case other if other not in kinds.RECORDS:
                return other or "no type"
        return ""

    def _in_worktree(self, record: Record) -> None:
        """Take up where a session belongs that runs in a worktree of its own."""
        if record.worktree_session and record.worktree_session.original_cwd:
            facts = self._memory.facts_of(self._memory.session)
            facts.cwd = _short(record.worktree_session.original_cwd, _PATH) or facts.cwd


def _short(text: str | None, limit: int = _ID) -> str:
    """Return an id or a path as it is, nothing where it is too long to be one."""
    return text if text and len(text) <= limit else ""
