"""How long it takes until an append is durable, while nothing else is to be done.

    python benchmarks/latency.py [--rate 1000] [--files 400] [--seconds 10] [--json]

The real daemon runs, one process appends, this one watches the log. The limit is the
window in which the daemon gathers appends, and a commit of LMDB on the same disk.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import lmdb
from corpus import PROJECT, report
from durable import TEXT, Watch, appending, begin, read_written
from process import await_live, environment, percentile, running, usage

from hivemindd.log.opening import open_log_readonly
from hivemindd.paths import find_paths

COMMITS = 300


def commits(folder: Path) -> list[float]:
    """Return the ms that each of some commits of a single record takes."""
    took = []
    with lmdb.open(str(folder), map_size=1 << 26) as environment:
        for number in range(COMMITS):
            start = time.perf_counter()
            with environment.begin(write=True) as txn:
                txn.put(number.to_bytes(4, "big"), os.urandom(len(TEXT) // 4))
            took.append(1000 * (time.perf_counter() - start))
    return took


def latency(home: Path, rate: float, files: int, seconds: float) -> dict[str, object]:
    """Let the daemon take in what is appended in a home, and measure."""
    env = environment(home)
    paths = find_paths(env)
    folder = home / PROJECT
    begin(folder, files)
    (home / "limit").mkdir()
    limit = commits(home / "limit")
    with running(home, env) as daemon:
        await_live(daemon, paths)
        log = open_log_readonly(paths.log)
        watch = Watch(log)
        before, start = usage(daemon.pid), time.monotonic()
        with appending(home, folder, files, rate, seconds) as appender:
            watch.until(lambda: appender.poll() is not None)
        used = usage(daemon.pid)
        took = time.monotonic() - start
        written = read_written(home)
        watch.until(lambda: watch.is_complete(written))
        log.close()
    found = watch.latencies(written)
    return {
        "appends": len(found),
        "p50_ms": round(percentile(found, 0.5), 1),
        "p99_ms": round(percentile(found, 0.99), 1),
        "max_ms": round(max(found), 1),
        "cpu_percent": round(100 * (used.cpu - before.cpu) / took, 1),
        "rss_mb": used.rss,
        "commit_p50_ms": round(percentile(limit, 0.5), 2),
        "commit_p99_ms": round(percentile(limit, 0.99), 2),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=1000, help="appends a second (1000)")
    parser.add_argument("--files", type=int, default=400, help="transcripts (400)")
    parser.add_argument("--seconds", type=float, default=10, help="for so long (10)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hivemind-latency-") as folder:
        result = latency(Path(folder).resolve(), options.rate, options.files, options.seconds)
    report(result, as_json=options.json)


if __name__ == "__main__":
    main()
