"""What others feel of a backfill: a live append, `hivemindctl status`, the machine.

    python benchmarks/fairness.py [--corpus DIR] [--rate 200] [--json]

The real daemon reads a long history while 20 transcripts grow and it is asked for its status
over the socket; then another reads the same while the command is run. Only what happened before
it was through counts. The daemon is nicer than all of these, so they may make it wait.
"""

import argparse
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
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

LIVE = PROJECT.with_name("-live")
FILES = 20
LONGEST = 120.0
EVERY = 0.1


class Asker:
    """Asks for the status again and again, in a thread of its own, until the daemon is live.

    With `commands` a person does so, in processes that take half of a small machine.
    """

    def __init__(
        self, daemon: "subprocess.Popen[bytes]", paths: Paths, *, commands: bool = False
    ) -> None:
        """Begin to ask."""
        self.answers: list[float] = []
        self.commands: list[float] = []
        self.live = threading.Event()
        self._daemon, self._paths = daemon, paths
        self._commanding = commands
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def wait(self) -> None:
        """Wait until the daemon is live; then nobody asks any more."""
        self._thread.join()

    def _run(self) -> None:
        env = environment(self._paths.home)
        while not self.live.wait(EVERY):
            start = time.perf_counter()
            if status(self._daemon, self._paths).get("live"):
                self.live.set()
                return
            self.answers.append(1000 * (time.perf_counter() - start))
            if self._commanding:
                start = time.perf_counter()
                command = [*HIVEMINDCTL, "status"]
                subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
                self.commands.append(1000 * (time.perf_counter() - start))


@contextmanager
def backfill(home: Path, corpus: Path | None) -> Iterator[tuple["subprocess.Popen[bytes]", Paths]]:
    """Have a daemon begin to read a history in a home."""
    env = environment(home)
    paths = find_paths(env)
    fill_home(corpus, home)
    begin(home / LIVE, FILES)
    with running(home, env) as daemon:
        await_answer(daemon, paths)
        wait((paths.log / "data.mdb").exists)
        yield daemon, paths


def appended(home: Path, corpus: Path | None, rate: float) -> dict[str, object]:
    """Append to transcripts, and ask the daemon, while it reads a history."""
    with backfill(home, corpus) as (daemon, paths):
        process = psutil.Process(daemon.pid)
        log = open_log_readonly(paths.log)
        with appending(home, home / LIVE, FILES, rate, LONGEST):
            watch, asker, start = Watch(log), Asker(daemon, paths), time.monotonic()
            watch.until(asker.live.is_set)
            took = time.monotonic() - start
            asker.wait()
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
        "peak_rss_mb": used.peak,
        "nice": nice,
        "io_class": disk,
    }


def asked(home: Path, corpus: Path | None) -> dict[str, object]:
    """Run `hivemindctl status` while the daemon reads a history."""
    with backfill(home, corpus) as (daemon, paths):
        asker = Asker(daemon, paths, commands=True)
        asker.wait()
    return {
        "status_p50_ms": round(percentile(asker.commands, 0.5), 1),
        "status_max_ms": round(max(asker.commands, default=0), 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="a folder of *.jsonl or *.jsonl.zst")
    parser.add_argument("--rate", type=float, default=200, help="live appends a second (200)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    result: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="hivemind-fair-") as folder:
        result |= appended(Path(folder).resolve(), options.corpus, options.rate)
    with tempfile.TemporaryDirectory(prefix="hivemind-fair-") as folder:
        result |= asked(Path(folder).resolve(), options.corpus)
    report(result, as_json=options.json)


if __name__ == "__main__":
    main()
