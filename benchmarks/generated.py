"""Transcripts of Claude Code of any size, for who has no real ones.

    python benchmarks/generated.py FOLDER --megabytes 300 --files 250

What tools read and edit are modules of the standard library, what is said are lines of
their comments, so that sizes and compression are about those of real work. A third of the
lines is progress of tools, from which no event comes, as in real transcripts.
"""

import argparse
import itertools
import random
import sysconfig
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

BEGIN = datetime(2026, 9, 7, 9, tzinfo=UTC)
READ, SAID = 6_000, 400  # characters of a file that is read, of what is said
MODULES = 120
EDITS = 0.3  # of the calls; all others read


@cache
def modules() -> list[str]:
    """Return the sources that tools read."""
    folder = Path(sysconfig.get_path("stdlib"))
    files = sorted(folder.glob("*.py"))[:MODULES]
    return [file.read_text("utf-8", "replace") for file in files]


class Talk:
    """The records of one session, one after the other, without end."""

    def __init__(self, number: int, project: str = "/home/dev/project") -> None:
        """Name the session; the same number gives the same records."""
        self._chance = random.Random(number)
        self.session = self._id()
        self._project = project
        self._parent: str | None = None
        self._turn = False
        self._now = BEGIN + timedelta(minutes=number)
        self._ids = itertools.count()

    def lines(self) -> Iterator[bytes]:
        """Yield encoded records with their newlines."""
        for record in self._records():
            yield msgspec.json.encode(record) + b"\n"

    def say(self, text: str) -> bytes:
        """Return a record of which one event comes."""
        self._turn = not self._turn
        if self._turn:
            record = self._record("user", message=_user(text), origin={"kind": "human"})
        else:
            record = self._answer({"type": "text", "text": text})
        return msgspec.json.encode(record) + b"\n"

    def _records(self) -> Iterator[dict[str, Any]]:
        while True:
            yield self._record("user", message=_user(self._words()), origin={"kind": "human"})
            for _ in range(self._chance.randint(1, 6)):
                yield self._answer({"type": "text", "text": self._words()})
                yield from self._edit() if self._chance.random() < EDITS else self._read()
            yield self._record("system", subtype="turn_duration", durationMs=1000)

    def _read(self) -> Iterator[dict[str, Any]]:
        path, text = self._excerpt(READ)
        call = self._id()
        yield self._answer(_call(call, "Read", file_path=path))
        yield from self._progress(text)
        report = {"type": "text", "file": {"filePath": path, "content": text}}
        yield self._result(call, text, report)

    def _edit(self) -> Iterator[dict[str, Any]]:
        path, text = self._excerpt(4 * READ)
        lines = text.split("\n")
        at = self._chance.randrange(len(lines))
        old, new = lines[at], f"{lines[at]}  # {self._id()}"
        call = self._id()
        yield self._answer(_call(call, "Edit", file_path=path, old_string=old, new_string=new))
        hunk = {"oldStart": at + 1, "oldLines": 1, "newStart": at + 1, "newLines": 1}
        report = {
            "filePath": path,
            "oldString": old,
            "newString": new,
            "originalFile": text,
            "structuredPatch": [{**hunk, "lines": [f"-{old}", f"+{new}"]}],
        }
        yield self._result(call, f"The file {path} has been updated.", report)

    def _progress(self, text: str) -> Iterator[dict[str, Any]]:
        for _ in range(2):
            yield self._record("progress", data={"type": "bash_progress", "output": text})

    def _excerpt(self, size: int) -> tuple[str, str]:
        number = self._chance.randrange(len(modules()))
        text = modules()[number]
        start = self._chance.randrange(max(1, len(text) - size))
        return f"{self._project}/src/module{number}.py", text[start : start + size]

    def _words(self) -> str:
        return " ".join(self._excerpt(SAID)[1].split())

    def _answer(self, block: dict[str, Any]) -> dict[str, Any]:
        message = {"id": f"msg_{self._id()}", "role": "assistant", "content": [block]}
        return self._record("assistant", message=message)

    def _result(self, call: str, output: str, report: dict[str, Any]) -> dict[str, Any]:
        block = {"type": "tool_result", "tool_use_id": call, "content": output}
        return self._record("user", message=_user([block]), toolUseResult=report)

    def _record(self, kind: str, **fields: Any) -> dict[str, Any]:
        self._now += timedelta(seconds=1)
        identity = self._id()
        record = {
            "type": kind,
            "parentUuid": self._parent,
            "isSidechain": False,
            "cwd": self._project,
            "version": "2.1.329",
            "entrypoint": "cli",
            "gitBranch": "main",
            **fields,
            "uuid": identity,
            "timestamp": self._now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "sessionId": self.session,
        }
        self._parent = identity
        return record

    def _id(self) -> str:
        return str(UUID(int=self._chance.getrandbits(128), version=4))


def _user(content: str | list[dict[str, Any]]) -> dict[str, Any]:
    return {"role": "user", "content": content}


def _call(call: str, name: str, **given: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": call, "name": name, "input": given}


def generate(folder: Path, size: int, files: int, *, first: int = 0) -> int:
    """Write transcripts of `size` bytes in all into a folder; return what they hold."""
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for number in range(first, first + files):
        talk, written = Talk(number), 0
        with (folder / f"{talk.session}.jsonl").open("wb") as file:
            for line in talk.lines():
                written += file.write(line)
                if written >= size // files:
                    break
        total += written
    return total


def main() -> None:
    """Write a corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--files", type=int, default=250)
    options = parser.parse_args()
    print(generate(options.folder, options.megabytes * 1_000_000, options.files), "bytes")


if __name__ == "__main__":
    main()
