"""Backfill a corpus of Claude Code transcripts: speed, memory, size of the log.

    python benchmarks/ingest.py [--corpus DIR] [--json]

Without a corpus one of 300 MB is generated. The limit that it is printed beside is msgspec
decoding the same lines into a typed record and doing nothing else with them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import psutil
from corpus import fill_home, report
from process import environment, memory, usage

from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.capture.lines import read_lines
from hivemindd.capture.source import Source
from hivemindd.clock import SystemClock
from hivemindd.ingest.loop import Ingest
from hivemindd.log.opening import open_log
from hivemindd.log.tables import CHECKPOINTS, TALLIES, Txn
from hivemindd.paths import find_paths, make_private

MB = 1_000_000
EVERY = 0.05  # seconds between two looks at the memory of both processes


class _Record(msgspec.Struct):
    type: str = ""
    uuid: str = ""
    timestamp: str = ""


def decode_alone(home: Path) -> float:
    """Return the seconds that typed decoding of every line takes."""
    decoder = msgspec.json.Decoder(_Record)
    start = time.perf_counter()
    for file in sorted(home.rglob("*.jsonl")):
        with Source(file) as source:
            offset, more = 0, True
            while more:
                lines = read_lines(source.read_at, offset)
                for _, line in lines.records:
                    try:
                        decoder.decode(line)
                    except (ValueError, RecursionError):
                        continue
                offset, more = lines.offset, lines.more
    return time.perf_counter() - start


def _forget_checkpoints(txn: Txn) -> None:
    """Make the next run read everything again, so that only event ids tell what is known."""
    for key in [key for key, _ in CHECKPOINTS.scan(txn)]:
        CHECKPOINTS.delete(txn, key)


def ingest(home: Path) -> dict[str, object]:
    """Ingest a home into a fresh log below it and measure."""
    paths = find_paths({"HOME": str(home)})
    make_private(paths.state)
    make_private(paths.log)
    log = open_log(paths.log)
    start = time.perf_counter()
    worker = Ingest(log, ASSISTANTS, Places(home), SystemClock(), every_n_turns=20)
    worker.scan()
    worker.drain(threading.Event(), final=True)
    seconds = time.perf_counter() - start
    events = worker.events
    failed = worker.failures
    log.transact(_forget_checkpoints)
    again = Ingest(log, ASSISTANTS, Places(home), SystemClock(), every_n_turns=20)
    again.scan()
    again.drain(threading.Event(), final=True)
    with log.read() as txn:
        unknown = {
            f"{row.assistant} {row.version} {row.what}": row.count for row in TALLIES.rows(txn)
        }
    disk = log.disk_bytes()
    log.close()
    return {
        "seconds": seconds,
        # Not `ru_maxrss`, which begins with that of the process that has started this one.
        "peak_rss_mb": usage(os.getpid()).peak,
        "disk": disk,
        "events": events,
        "exceptions": failed,
        "added_by_a_second_run": again.events,
        "unknown_records": unknown,
    }


def watch(worker: "subprocess.Popen[bytes]") -> float:
    """Return the most memory, in MB, that a process and its children had at a time."""
    process, most = psutil.Process(worker.pid), 0.0
    while worker.poll() is None:
        with suppress(psutil.Error):  # they end when they like
            most = max(most, memory(worker.pid, *(child.pid for child in process.children())))
        time.sleep(EVERY)
    return most


def measure(home: Path) -> dict[str, Any]:
    """Ingest a home in a process of its own, so that its peak memory is its own."""
    command = [sys.executable, __file__, "--worker", str(home)]
    worker = subprocess.Popen(command, env=environment(home), stdout=subprocess.PIPE)
    both = watch(worker)
    told, _ = worker.communicate()
    if worker.returncode:
        sys.exit(f"the ingest ended with {worker.returncode}")
    got: dict[str, Any] = json.loads(told)
    size = sum(file.stat().st_size for file in (home / ".claude").rglob("*.jsonl"))
    seconds, disk = got.pop("seconds"), got.pop("disk")
    return {
        "mb": round(size / MB, 1),
        "mb_per_s": round(size / MB / seconds, 1),
        "log_ratio": round(disk / size, 3),
        "both_peak_mb": max(both, got["peak_rss_mb"]),
        **got,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="a folder of *.jsonl or *.jsonl.zst")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(ingest(options.worker)))
        return
    with tempfile.TemporaryDirectory(prefix="hivemind-bench-") as folder:
        home = Path(folder)
        count = fill_home(options.corpus, home)
        decode = decode_alone(home)
        got = measure(home)
    limit = {"decode_mb_per_s": round(got["mb"] / decode, 1)}
    report({"transcripts": count, **got, **limit}, as_json=options.json)


if __name__ == "__main__":
    main()
