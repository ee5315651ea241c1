"""Two assistants in small: a process that appends to transcripts until its stdin ends.

    python benchmarks/writer.py HOME SEED

Claude Code's files get records as 2.1 writes them, Codex's as 0.169 does. Some lines are
written in two parts, some files are copied and the copy is renamed into their place.
Each record holds a sentence that occurs nowhere else.
"""

import itertools
import json
import random
import select
import shutil
import sys
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAUSE = 0.002  # seconds between two actions
MAX_FILES = 12
BEGIN, RENAME, CUT = 0.01, 0.02, 0.2  # shares of actions: a new file, a renamed one, a cut line


class Transcript(ABC):
    """One session of one assistant, and the next record of it."""

    def __init__(self, path: Path, session: str, project: Path) -> None:
        """Name the file and the session."""
        self.path = path
        self.session = session
        self.project = project
        self.count = 0

    def sentence(self) -> str:
        """Return words that occur in no other record."""
        self.count += 1
        return f"line {self.count} of session {self.session}, written before the crash"

    def time(self) -> str:
        """Return a time stamp that grows with every record."""
        minutes, ms = divmod(self.count * 7, 60_000)
        hours, minutes = divmod(minutes, 60)
        return f"2026-11-21T{hours % 24:02}:{minutes:02}:{ms // 1000:02}.{ms % 1000:03}Z"

    @abstractmethod
    def records(self) -> Iterator[dict[str, Any]]:
        """Yield one record after the other."""


class ClaudeTranscript(Transcript):
    """A transcript of Claude Code."""

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield prompts and replies in turn."""
        parent = None
        for role in itertools.cycle(("user", "assistant")):
            text = self.sentence()
            content = text if role == "user" else [{"type": "text", "text": text}]
            identity = str(uuid.uuid5(uuid.NAMESPACE_OID, text))
            yield {
                "parentUuid": parent,
                "isSidechain": False,
                "type": role,
                "message": {"role": role, "content": content},
                "uuid": identity,
                "timestamp": self.time(),
                "cwd": str(self.project),
                "sessionId": self.session,
                "version": "2.1.329",
                "entrypoint": "cli",
                **({"origin": {"kind": "human"}} if role == "user" else {}),
            }
            parent = identity


class CodexTranscript(Transcript):
    """A rollout of Codex."""

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the head, then turns of a prompt and a reply."""
        yield self._line(
            "session_meta",
            {
                "id": self.session,
                "cwd": str(self.project),
                "cli_version": "0.169.0",
                "source": "cli",
            },
        )
        while True:
            turn = {"turn_id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.session}{self.count}"))}
            attribution = {"turn_attribution": {"turn_trigger": "user"}}
            yield self._event("task_started", **turn, **attribution)
            for kind, part in (("UserMessage", "text"), ("AgentMessage", "Text")):
                content = [{"type": part, "text": self.sentence()}]
                yield self._event(
                    "item_completed",
                    thread_id=self.session,
                    **turn,
                    item={"type": kind, "id": f"item_{self.count}", "content": content},
                )
            yield self._event("task_complete", **turn)

    def _line(self, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
        return {"timestamp": self.time(), "type": kind, "payload": payload}

    def _event(self, kind: str, **fields: Any) -> dict[str, Any]:
        return self._line("event_msg", {"type": kind, **fields})


class Writer:
    """Writes to some transcripts, each time to another."""

    def __init__(self, home: Path, seed: int) -> None:
        """Prepare the folders below a home."""
        self._chance = random.Random(seed)
        self._project = home / "project"
        self._claude = home / ".claude" / "projects" / "-project"
        self._codex = home / ".codex" / "sessions" / "2026" / "11" / "21"
        for folder in (self._project, self._claude, self._codex):
            folder.mkdir(parents=True, exist_ok=True)
        self._files: list[tuple[Path, Iterator[dict[str, Any]]]] = []
        for _ in range(3):
            self._begin()

    def _begin(self) -> None:
        """Begin another session."""
        session = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        transcript: Transcript
        if len(self._files) % 2:
            name = f"rollout-2026-11-21T07-37-25-{session}.jsonl"
            transcript = CodexTranscript(self._codex / name, session, self._project)
        else:
            name = f"{session}.jsonl"
            transcript = ClaudeTranscript(self._claude / name, session, self._project)
        self._files.append((transcript.path, transcript.records()))

    def act(self) -> None:
        """Do one thing to one transcript."""
        if self._chance.random() < BEGIN and len(self._files) < MAX_FILES:
            self._begin()
        path, records = self._chance.choice(self._files)
        if self._chance.random() < RENAME and path.exists():
            copy = path.with_suffix(".tmp")
            shutil.copyfile(path, copy)
            copy.rename(path)
            return
        line = json.dumps(next(records), separators=(",", ":")).encode() + b"\n"
        cut = len(line)
        if self._chance.random() < CUT:
            cut = self._chance.randrange(1, len(line))
        with path.open("ab", buffering=0) as file:
            file.write(line[:cut])
            if cut < len(line):
                pause()
                file.write(line[cut:])


def pause() -> bool:
    """Wait a little; tell whether there is more to do, which ends with stdin."""
    return not select.select([sys.stdin], [], [], PAUSE)[0]


def main() -> None:
    """Write until stdin ends; the last line is finished then."""
    writer = Writer(Path(sys.argv[1]), int(sys.argv[2]))
    writer.act()
    print("writing", flush=True)
    while pause():
        writer.act()


if __name__ == "__main__":
    main()
