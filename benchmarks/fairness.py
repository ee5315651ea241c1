"""What others feel of a backfill: a live append, `hivemindctl status`, the machine.

    python benchmarks/fairness.py [--corpus DIR] [--rate 50] [--json]

The real daemon reads a long history while 20 transcripts grow and its status is asked for.
Only what happened before it was through counts.
"""

import argparse
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import psutil
from corpus import PROJECT, fill_home, report
from durable import Watch, appending, begin, read_written
from process import (
    HIVEMINDCTL,
    await_answer,
    environment,
    percentile,
    running,
    status,
    usage,
    wait,
)

from hivemindd.log.opening import open_log_readonly
from hivemindd.paths import Paths, find_paths

FILES = 20
LONGEST = 120.0
EVERY = 0.1


class Asker:
    """Asks for the status again and again, in a thread of its own, until the daemon is live."""

    def __init__(self, daemon: "subprocess.Popen[bytes]", paths: Paths) -> None:
        """Begin to ask."""
        self.answers: list[float] = []
        self.commands: list[float] = []
        self.live = threading.Event()
        self._daemon, self._paths = daemon, paths
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self.live.set()
        self._thread.join()

    def _run(self) -> None:
        env = environment(self._paths.home)
        while not self.live.wait(EVERY):
            start = time.perf_counter()
            told = status(self._daemon, self._paths)
            if told.get("live"):
                self.live.set()
                return
            self.answers.append(1000 * (time.perf_counter() - start))
            if len(self.answers) % 5 == 0:
                start = time.perf_counter()
                command = [*HIVEMINDCTL, "status"]
                subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
                self.commands.append(1000 * (time.perf_counter() - start))


def fairness(home: Path, corpus: Path | None, rate: float) -> dict[str, object]:
    """Let the daemon read a history in a home, and measure what lives beside it."""
    env = environment(home)
    paths = find_paths(env)
    fill_home(corpus, home)
    live = home / PROJECT.with_name("-live")
    begin(live, FILES)
    with running(home, env) as daemon:
        await_answer(daemon, paths)
        wait((paths.log / "data.mdb").exists)
        process = psutil.Process(daemon.pid)
        log = open_log_readonly(paths.log)
        with appending(home, live, FILES, rate, LONGEST):
            watch, asker, start = Watch(log), Asker(daemon, paths), time.monotonic()
            watch.until(asker.live.is_set)
            took = time.monotonic() - start
            asker.stop()
        found = watch.latencies(read_written(home))
        log.close()
        used = usage(daemon.pid)
        nice, disk = process.nice(), str(process.ionice().ioclass)
    return {
        "backfill_s": round(took, 1),
        "appends": len(found),
        "p50_ms": round(percentile(found, 0.5), 1),
        "p99_ms": round(percentile(found, 0.99), 1),
        "max_ms": round(max(found, default=0), 1),
        "answers": len(asker.answers),
        "answer_p99_ms": round(percentile(asker.answers, 0.99), 1),
        "status_p50_ms": round(percentile(asker.commands, 0.5), 1),
        "status_max_ms": round(max(asker.commands, default=0), 1),
        "peak_rss_mb": used.peak,
        "nice": nice,
        "io_class": disk,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="a folder of *.jsonl or *.jsonl.zst")
    parser.add_argument("--rate", type=float, default=50, help="live appends a second (50)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hivemind-fair-") as folder:
        result = fairness(Path(folder).resolve(), options.corpus, options.rate)
    report(result, as_json=options.json)


if __name__ == "__main__":
    main()
