"""Two assistants in small: a process that appends to transcripts until its stdin ends.

    python benchmarks/writer.py HOME SEED [PAUSE]

Claude Code's files get records as 2.1 writes them, Codex's as 0.169 does. Some lines are
written in two parts, some files are copied and the copy is renamed into their place.
Each record holds a sentence that its session holds nowhere else; some are corrections, so
that there is something to learn. After some sessions of a project the next one begins.
"""

import itertools
import json
import os
import random
import select
import shutil
import subprocess
import sys
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PAUSE = 0.01  # seconds between two actions
OPEN = 4  # sessions at once
SHORTEST, LONGEST = 4, 12  # turns of a session
SESSIONS = 10  # of a project
RULES, SAID = 4, 2  # that a project has, and of which a session is reminded
RENAME, CUT = 0.02, 0.2  # shares of actions: a renamed file, a cut line
BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)

CORRECTIONS = (
    "no, use pnpm instead of npm in this repo",
    "use pytest, not unittest",
    "please use httpx instead of requests",
    "use ruff instead of flake8",
    "we use zod here, not yup",
    "use vitest instead of jest",
    "use postgres, not sqlite",
    "use structlog instead of print",
    "use uv instead of pip",
    "use tailwind instead of bootstrap",
)


class Transcript(ABC):
    """One session of one assistant, and its records."""

    def __init__(self, path: Path, session: str, project: Path, said: Mapping[int, str]) -> None:
        """Name the file and the session; `said` are corrections by the turn they are said in."""
        self.path = path
        self.session = session
        self.project = project
        self.said = said
        self.count = 0

    def sentence(self) -> str:
        """Return words that occur in no other record of the session."""
        self.count += 1
        plain = f"line {self.count} of session {self.session}, written before the crash"
        return self.said.get(self.count, plain)

    def time(self) -> str:
        """Return a time stamp that grows with every record."""
        begin = BEGIN + timedelta(seconds=int(self.session[:6], 16))
        moment = begin + timedelta(seconds=self.count)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    @abstractmethod
    def records(self, turns: int) -> Iterator[dict[str, Any]]:
        """Yield one record after the other, of so many turns."""


class ClaudeTranscript(Transcript):
    """A transcript of Claude Code."""

    def records(self, turns: int) -> Iterator[dict[str, Any]]:
        """Yield prompts and replies in turn."""
        parent = None
        for role in ("user", "assistant") * turns:
            text = self.sentence()
            content = text if role == "user" else [{"type": "text", "text": text}]
            identity = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.session} {self.count}"))
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

    def records(self, turns: int) -> Iterator[dict[str, Any]]:
        """Yield the head, then turns of a prompt and a reply."""
        head = {"id": self.session, "cwd": str(self.project), "cli_version": "0.169.0"}
        yield self._line("session_meta", {**head, "source": "cli"})
        for _ in range(turns):
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
        self._home = home
        self._chance = random.Random(seed)
        self._numbers = itertools.count()
        self._open: list[tuple[Path, Iterator[dict[str, Any]]]] = []
        self._claude = home / ".claude" / "projects"
        self._codex = home / ".codex" / "sessions" / "2026" / "11" / "21"
        for folder in (self._claude, self._codex):
            folder.mkdir(parents=True, exist_ok=True)

    def _begin(self) -> None:
        """Begin another session."""
        number = next(self._numbers)
        project = self._project(number // SESSIONS)
        first = number // SESSIONS * 3
        rules = [CORRECTIONS[(first + place) % len(CORRECTIONS)] for place in range(RULES)]
        turns = self._chance.randint(SHORTEST, LONGEST)
        # A person speaks in every second sentence; what they say first corrects nothing.
        moments = self._chance.sample(range(3, 2 * turns, 2), SAID)
        said = dict(zip(moments, self._chance.sample(rules, SAID), strict=True))
        session = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        transcript: Transcript
        if number % 2:
            path = self._codex / f"rollout-2026-11-21T07-37-25-{session}.jsonl"
            transcript = CodexTranscript(path, session, project, said)
        else:
            path = self._claude / f"-{project.name}" / f"{session}.jsonl"
            path.parent.mkdir(exist_ok=True)
            transcript = ClaudeTranscript(path, session, project, said)
        self._open.append((path, transcript.records(turns)))

    def _project(self, number: int) -> Path:
        project = self._home / "code" / f"project{number}"
        if not project.exists():
            command = ["git", "init", "--quiet", "--template=", str(project)]
            subprocess.run(command, env={"HOME": str(self._home), **_PATH}, check=True)
        return project

    def act(self) -> None:
        """Do one thing to one transcript."""
        while len(self._open) < OPEN:
            self._begin()
        place = self._chance.randrange(OPEN)
        path, records = self._open[place]
        if self._chance.random() < RENAME and path.exists():
            copy = path.with_suffix(".tmp")
            shutil.copyfile(path, copy)
            copy.rename(path)
            return
        record = next(records, None)
        if record is None:
            del self._open[place]
            return
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        cut = len(line)
        if self._chance.random() < CUT:
            cut = self._chance.randrange(1, len(line))
        with path.open("ab", buffering=0) as file:
            file.write(line[:cut])
            if cut < len(line):
                wait(PAUSE / 2)
                file.write(line[cut:])


_PATH = {"PATH": os.environ["PATH"]}


def wait(seconds: float) -> bool:
    """Wait a little; tell whether there is more to do, which ends with stdin."""
    return not select.select([sys.stdin], [], [], seconds)[0]


def main() -> None:
    """Write until stdin ends; the last line is finished then."""
    writer = Writer(Path(sys.argv[1]), int(sys.argv[2]))
    pause = float(sys.argv[3]) if len(sys.argv) > 3 else PAUSE
    writer.act()
    print("writing", flush=True)
    while wait(pause):
        writer.act()


if __name__ == "__main__":
    main()
