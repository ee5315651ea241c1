"""Real transcripts as skeletons: records are put between theirs, and the whole is read anew."""

import json
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from hivemindd.assistants.base import Parsed
from hivemindd.assistants.registry import by_name
from hivemindd.capture.lines import read_lines
from hivemindd.capture.source import Source

TRANSCRIPTS = Path(__file__).parent.parent / "transcripts"

Record = dict[str, Any]


class Skeleton(msgspec.Struct, frozen=True):
    """A transcript of a fixture: where it lies in its home, its lines, and what they hold."""

    assistant: str
    path: str
    lines: list[bytes]
    records: list[Record]

    def at(self, path: str) -> "Skeleton":
        """Return it as it would lie at another path of the home."""
        return msgspec.structs.replace(self, path=path)


@cache
def skeleton(assistant: str, case: str) -> Skeleton:
    """Read the longest transcript of a fixture."""
    home = TRANSCRIPTS / assistant / case / "home"
    found = [
        path
        for path in home.rglob("*")
        if path.is_file() and by_name(assistant).is_transcript(path)
    ]
    path = max(found, key=lambda path: path.stat().st_size)
    lines = path.read_bytes().rstrip(b"\n").split(b"\n")
    records = [json.loads(line) for line in lines] if path.suffix == ".jsonl" else []
    return Skeleton(assistant, path.relative_to(home).as_posix(), lines, records)


def parse(home: Path, skeleton: Skeleton, lines: Sequence[bytes]) -> Parsed:
    """Write lines where a skeleton lies in a home, and read the file as it is read for real."""
    path = write(home, skeleton, lines)
    with Source(path) as source:
        records = read_lines(source.read_at, 0, budget=sys.maxsize).records
        return by_name(skeleton.assistant).parser(path, b"", source).feed(records, final=True)


def write(home: Path, skeleton: Skeleton, lines: Sequence[bytes]) -> Path:
    """Write lines where a skeleton lies in a home; return the file."""
    path = home / skeleton.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path
