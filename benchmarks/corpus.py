"""What the benchmarks share: a scratch home filled with transcripts, and how a result is told."""

import json
import shutil
import sys
from pathlib import Path

import zstandard
from generated import generate

PROJECT = Path(".claude", "projects", "-benchmark")
_MEGABYTES, _FILES = 300, 250


def fill_home(corpus: Path | None, home: Path) -> int:
    """Lay a folder of `*.jsonl` and `*.jsonl.zst` out as a Claude Code home.

    Without one transcripts are generated. Returns how many there are.
    """
    project = home / PROJECT
    project.mkdir(parents=True)
    if corpus is None:
        generate(project, _MEGABYTES * 1_000_000, _FILES)
        return _FILES
    count = 0
    for file in sorted(corpus.rglob("*.jsonl*")):
        name = file.name.removesuffix(".zst").removesuffix(".jsonl")
        target = project / f"{name}.jsonl"
        if file.name.endswith(".jsonl.zst"):
            with file.open("rb") as source, target.open("wb") as sink:
                zstandard.ZstdDecompressor().copy_stream(source, sink)
        elif file.name.endswith(".jsonl"):
            shutil.copyfile(file, target)
        else:
            continue
        count += 1
    if not count:
        sys.exit(f"{corpus} holds no *.jsonl or *.jsonl.zst")
    return count


def report(result: dict[str, object], *, as_json: bool) -> None:
    """Print one JSON object, or a line per field for people."""
    if as_json:
        print(json.dumps(result))
        return
    width = max(map(len, result))
    for name, value in result.items():
        print(f"{name:{width}}  {value}")
