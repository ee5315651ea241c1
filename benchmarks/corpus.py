"""What the benchmarks share: a scratch home filled with real transcripts."""

import json
import shutil
import sys
from pathlib import Path

import zstandard


def fill_home(corpus: Path, home: Path) -> tuple[int, int]:
    """Lay a folder of `*.jsonl` and `*.jsonl.zst` out as a Claude Code home.

    Returns the number of transcripts and their size in bytes.
    """
    project = home / ".claude" / "projects" / "-benchmark"
    project.mkdir(parents=True)
    count = size = 0
    for file in sorted(corpus.iterdir()):
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
        size += target.stat().st_size
    if not count:
        sys.exit(f"{corpus} holds no *.jsonl or *.jsonl.zst")
    return count, size


def report(result: dict[str, object], *, as_json: bool) -> None:
    """Print one JSON object, or a line per field for people."""
    if as_json:
        print(json.dumps(result))
        return
    width = max(map(len, result))
    for name, value in result.items():
        print(f"{name:{width}}  {value}")
