"""How each figure grows: ten times the transcripts, ten thousand sessions, one huge transcript.

    python benchmarks/growth.py [--megabytes 100] [--json]

All of them are generated. Each home is read in a process of its own; then the daemon is
started over what is known, and its status asked for.
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus import PROJECT
from generated import generate
from ingest import MB, measure
from process import HIVEMINDCTL, await_live, environment, running

from hivemindd.paths import find_paths

SESSION = 400_000  # bytes of a usual one
SESSIONS = 10_000
HUGE = 20  # times the base, in one transcript
_RUNS = 3


def homes(megabytes: int) -> Iterator[tuple[str, int, int]]:
    """Yield the name of each home, its size in bytes and its number of transcripts."""
    size = megabytes * MB
    yield "base", size, size // SESSION
    yield "10 x the transcripts", 10 * size, 10 * size // SESSION
    yield f"{SESSIONS:,} sessions", size, SESSIONS
    yield "one transcript", HUGE * size, 1


def look(home: Path) -> dict[str, float]:
    """Start the daemon over a home that is known, and ask for its status."""
    env = environment(home)
    start = time.perf_counter()
    with running(home, env) as daemon:
        await_live(daemon, find_paths(env))
        restart = time.perf_counter() - start
    took = []
    for _ in range(_RUNS):
        start = time.perf_counter()
        command = [*HIVEMINDCTL, "status"]
        subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
        took.append(time.perf_counter() - start)
    return {"restart_s": round(restart, 2), "status_ms": round(1000 * min(took))}


def grow(megabytes: int) -> Iterator[dict[str, Any]]:
    """Yield the figures of each home."""
    for name, size, files in homes(megabytes):
        with tempfile.TemporaryDirectory(prefix="hivemind-growth-") as folder:
            home = Path(folder).resolve()
            generate(home / PROJECT, size, files)
            got = measure(home)
            yield {
                "home": name,
                **{key: got[key] for key in ("mb", "mb_per_s", "peak_rss_mb", "log_ratio")},
                **look(home),
            }


def main() -> None:
    """Measure and print, one line a home."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100, help="of the base (100)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    options = parser.parse_args()
    for row in grow(options.megabytes):
        plain = "  ".join(f"{name} {value}" for name, value in row.items())
        print(json.dumps(row) if options.json else plain, flush=True)


if __name__ == "__main__":
    main()
