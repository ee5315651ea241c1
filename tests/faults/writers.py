"""The three assistants as writers: the records of one session, and the log that takes them in."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.clock import SystemClock
from hivemindd.events import AnyEvent, Prompt
from hivemindd.ingest.loop import Ingest
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, read
from hivemindd.log.homes import find_session
from hivemindd.log.opening import open_log
from hivemindd.log.tables import SESSIONS, TALLIES
from hivemindd.records import Session
from tests import rollouts
from tests.records import SESSION, ClaudeSession

Record = dict[str, Any]
WRITERS = ("claude-code", "codex", "cursor")


class Writer:
    """Writes a transcript of one assistant, from its first line on."""

    def __init__(self, assistant: str, home: Path, project: Path) -> None:
        """Name the transcript; what has to stand before all records stands in it at once."""
        self.assistant = assistant
        self._claude = ClaudeSession(home, project)
        self.session = SESSION
        self.path = self._claude.path
        if assistant == "codex":
            self.session = rollouts.THREAD
            self.path = home / ".codex" / "sessions" / "2026" / "11" / "21" / rollouts.NAME
        elif assistant == "cursor":
            slug = str(project).strip("/").replace("/", "-")
            folder = home / ".cursor" / "projects" / slug / "agent-transcripts" / SESSION
            self.path = folder / f"{SESSION}.jsonl"
        self.path.parent.mkdir(parents=True)
        self.write(rollouts.encode([rollouts.meta()]) if assistant == "codex" else b"")

    def record(self, text: str) -> Record:
        """Return the record of a person's words."""
        if self.assistant == "codex":
            return rollouts.said(text)
        if self.assistant == "cursor":
            words = f"<user_query>\n{text}\n</user_query>"
            return {"role": "user", "message": {"content": [{"type": "text", "text": words}]}}
        message = {"role": "user", "content": text}
        record: Record = json.loads(self._claude.line("user", message, origin={"kind": "human"}))
        return record

    def say(self, *texts: str) -> None:
        """Append what a person said."""
        for text in texts:
            self.write(line(self.record(text)))

    def write(self, data: bytes) -> None:
        """Append bytes as they are."""
        with self.path.open("ab") as file:
            file.write(data)


def line(record: Record) -> bytes:
    """Return a record as a line."""
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


class Taken(msgspec.Struct):
    """What the log holds; every look is by a daemon that has just been started."""

    home: Path
    folder: Path

    def take_in(self, *, every: Callable[[], bool] = lambda: False) -> int:
        """Look at all transcripts, again for as long as `every` says; return the new events."""
        log = open_log(self.folder, map_size=1 << 20)
        try:
            places, clock = Places(self.home), SystemClock()
            ingest = Ingest(log, ASSISTANTS, places, clock, every_n_turns=20)
            while True:
                again = every()
                ingest.scan()
                ingest.drain(threading.Event(), final=True)
                if not again:
                    break
            assert ingest.failures == 0
            return ingest.events
        finally:
            log.close()

    def events(self, session: str, assistant: str = "claude-code") -> list[AnyEvent]:
        """Return the events of a session."""
        log = open_log(self.folder, map_size=1 << 20)
        try:
            with log.read() as txn:
                row = find_session(txn, assistant, session)
                packed = blocks(txn, row) if row else []
        finally:
            log.close()
        return [event for _, event in read(packed, BlockCodec())]

    def prompts(self, session: str, assistant: str = "claude-code") -> list[str]:
        """Return the prompts of a session, in their order."""
        events = self.events(session, assistant)
        return [event.text for event in events if isinstance(event, Prompt)]

    def sessions(self) -> list[Session]:
        """Return the rows of all sessions."""
        log = open_log(self.folder, map_size=1 << 20)
        try:
            with log.read() as txn:
                return SESSIONS.rows(txn)
        finally:
            log.close()

    def tallies(self) -> dict[tuple[str, str], int]:
        """Return how often something was not understood, by assistant and what it was."""
        log = open_log(self.folder, map_size=1 << 20)
        try:
            with log.read() as txn:
                return {(row.assistant, row.what): row.count for row in TALLIES.rows(txn)}
        finally:
            log.close()
