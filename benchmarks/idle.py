"""What the daemon costs while nothing happens, and how soon it is live after a start.

    python benchmarks/idle.py [--transcripts 10000] [--seconds 30] [--json]

All transcripts are known to the log. The limit of a start is Python that imports what the
daemon needs, and a walk that looks at each transcript.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corpus import report
from process import await_live, environment, running, usage
from status import fill

from hivemindd.paths import find_paths

SETTLE = 75.0  # by then it has looked twice in vain, and does so less often


def walk(home: Path) -> float:
    """Return the seconds that looking at each file of a home takes."""
    start = time.perf_counter()
    for parent, _, names in os.walk(home):
        for name in names:
            os.lstat(f"{parent}/{name}")
    return time.perf_counter() - start


def imports(env: dict[str, str]) -> float:
    """Return the seconds that a process takes to import the daemon."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-P", "-c", "import hivemindd.daemon"], env=env, check=True)
    return time.perf_counter() - start


def idle(home: Path, transcripts: int, seconds: float) -> dict[str, object]:
    """Start the daemon over a log that knows all, and measure."""
    env = environment(home)
    paths = find_paths(env)
    fill(paths, transcripts)
    imports(env)  # whatever has to be compiled is compiled
    limit = imports(env) + walk(home)
    start = time.perf_counter()
    with running(home, env) as daemon:
        await_live(daemon, paths)
        restart = time.perf_counter() - start
        time.sleep(SETTLE)
        before, start = usage(daemon.pid), time.perf_counter()
        time.sleep(seconds)
        used, took = usage(daemon.pid), time.perf_counter() - start
    return {
        "transcripts": transcripts,
        "restart_s": round(restart, 2),
        "import_and_walk_s": round(limit, 2),
        "cpu_percent": round(100 * (used.cpu - before.cpu) / took, 2),
        "wakeups_per_s": round((used.wakeups - before.wakeups) / took, 1),
        "rss_mb": used.rss,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transcripts", type=int, default=10_000, help="known ones (10000)")
    parser.add_argument("--seconds", type=float, default=30, help="of doing nothing (30)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hivemind-idle-") as folder:
        result = idle(Path(folder).resolve(), options.transcripts, options.seconds)
    report(result, as_json=options.json)


if __name__ == "__main__":
    main()
