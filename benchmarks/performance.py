"""All targets for speed in one table, each beside its limit that was measured in the same run.

    python benchmarks/performance.py [--corpus DIR] [--agentsview PROGRAM] [--growth]

Prints the table and writes `docs/performance.md`. Without a corpus transcripts are generated.
`--growth` adds what becomes of the figures with much more to read; it takes minutes.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from corpus import PROJECT, fill_home
from generated import Talk
from ingest import MB, measure
from process import CHECKOUT, environment

from hivemindd.ingest.loop import WINDOW

DOCUMENT = CHECKOUT / "docs" / "performance.md"
LINE = 50 * MB


class Row(NamedTuple):
    """A line of the table. `limit` is measured; a figure above `target` is bad unless `more`."""

    what: str
    figure: float
    unit: str
    target: float
    limit: str
    more: bool = False

    @property
    def is_met(self) -> bool:
        """Tell whether the target is met."""
        return self.figure >= self.target if self.more else self.figure <= self.target

    def render(self) -> str:
        """Return a line of Markdown."""
        sign, mark = ("≥" if self.more else "≤"), ("yes" if self.is_met else "**no**")
        return (
            f"| {self.what} | {self.figure:g} {self.unit} | {sign} {self.target:g} | {mark} "
            f"| {self.limit} |"
        )


def script(name: str, *words: object) -> dict[str, Any]:
    """Run a benchmark and return its object."""
    print(f"{name} ...", file=sys.stderr)
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "benchmarks" / name), *map(str, words), "--json"],
        stdout=subprocess.PIPE,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def backfill(corpus: Path | None, peer: str | None) -> Iterator[Row]:
    """Yield the rows of a backfill, with another program's on the same files."""
    got = script("ingest.py", *(("--corpus", corpus) if corpus else ()))
    speed, decode = got["mb_per_s"], got["decode_mb_per_s"]
    yield Row("backfill", speed, "MB/s", 150, f"decoding alone {decode} MB/s", more=True)
    share = round(speed / decode, 2)
    yield Row("backfill, of decoding alone", share, "", 0.15, "1", more=True)
    if peer:
        theirs = agentsview(corpus, peer)
        times, limit = round(speed / theirs, 1), f"agentsview {theirs:.0f} MB/s"
        yield Row("backfill, of agentsview's", times, "x", 3, limit, more=True)
    alone, both = got["peak_rss_mb"], got["both_peak_mb"]
    yield Row("peak memory of a backfill", alone, "MB", 80, f"{imported()} MB imported")
    limit = f"{alone} MB, the daemon; what both share counts once"
    yield Row("the same, with the second process", both, "MB", 80, limit)
    yield Row(
        "log, of the transcripts", got["log_ratio"], "", 0.25, f"{zstd(corpus)} zstd -1 alone"
    )


def agentsview(corpus: Path | None, program: str) -> float:
    """Return the MB/s at which agentsview takes in the same files."""
    with tempfile.TemporaryDirectory(prefix="hivemind-peer-") as folder:
        home = Path(folder).resolve()
        fill_home(corpus, home)
        size = sum(file.stat().st_size for file in (home / PROJECT).iterdir())
        start = time.perf_counter()
        env = {"HOME": str(home), "PATH": os.environ["PATH"]}
        subprocess.run([program, "sync"], env=env, capture_output=True, check=True)
        took = time.perf_counter() - start
        # It leaves a server behind.
        subprocess.run([program, "serve", "stop"], env=env, capture_output=True, check=True)
    return size / MB / took


def imported() -> float:
    """Return the MB that a process takes which has only imported the daemon."""
    code = "import hivemindd.daemon; print(open('/proc/self/status').read())"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env=environment(Path("/")),
        capture_output=True,
        check=True,
    )
    peak = done.stdout.partition(b"VmHWM:")[2].split()[0]
    return round(int(peak) / 1024, 1)


def zstd(corpus: Path | None) -> float:
    """Return what zstd makes of whole transcripts, as a share of them."""
    import zstandard  # noqa: PLC0415  used here alone

    compressor, before, after = zstandard.ZstdCompressor(level=1), 0, 0
    with tempfile.TemporaryDirectory(prefix="hivemind-zstd-") as folder:
        fill_home(corpus, Path(folder))
        for file in (Path(folder) / PROJECT).iterdir():
            data = file.read_bytes()
            before, after = before + len(data), after + len(compressor.compress(data))
    return round(after / before, 3)


def live() -> Iterator[Row]:
    """Yield the rows of a daemon that follows what is written, and of one that waits."""
    got = script("latency.py", "--rate", 1000)
    limit = f"one commit {got['commit_p99_ms']} ms, window {1000 * WINDOW:.0f} ms"
    yield Row("append to durable at 1,000/s, p50", got["p50_ms"], "ms", 50, limit)
    yield Row("append to durable at 1,000/s, p99", got["p99_ms"], "ms", 50, limit)
    got = script("idle.py")
    yield Row("idle, processor", got["cpu_percent"], "%", 0.2, "0")
    yield Row("idle, wake-ups a second", got["wakeups_per_s"], "", 10, "0")
    yield Row("idle, memory", got["rss_mb"], "MB", 45, f"{imported()} MB imported")
    limit = f"imports and a walk {got['import_and_walk_s']} s"
    yield Row("start to live, 10,000 known transcripts", got["restart_s"], "s", 1, limit)
    got = script("status.py")
    limit = f"Python with click {got['python_ms']} ms"
    yield Row("`hivemindctl status`, 10,000 sessions", got["status_ms"], "ms", 120, limit)


def fair(corpus: Path | None) -> Iterator[Row]:
    """Yield the rows of what is felt during a backfill."""
    got = script("fairness.py", *(("--corpus", corpus) if corpus else ()))
    yield Row("append to durable in a backfill, p99", got["p99_ms"], "ms", 50, "the row above")
    yield Row("answer of the daemon in a backfill, p99", got["answer_p99_ms"], "ms", 100, "-")
    yield Row("priority for the processor", got["nice"], "nice", 10, got["io_class"], more=True)


def long_line() -> Row:
    """Return the row of a transcript with a line of 50 MB."""
    with tempfile.TemporaryDirectory(prefix="hivemind-line-") as folder:
        home = Path(folder).resolve()
        (home / PROJECT).mkdir(parents=True)
        talk = Talk(0)
        (home / PROJECT / f"{talk.session}.jsonl").write_bytes(talk.say("word " * (LINE // 5)))
        peak = measure(home)["peak_rss_mb"]
    return Row("memory for a line of 50 MB", peak, "MB", 200, "50 MB, the line")


def grown() -> Iterator[str]:
    """Yield the lines of the table of growth."""
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "benchmarks" / "growth.py"), "--json"],
        stdout=subprocess.PIPE,
        check=True,
    )
    names = ("mb", "mb_per_s", "peak_rss_mb", "log_ratio", "restart_s", "status_ms")
    yield "| | MB | MB/s | peak memory, MB | log | start, s | status, ms |"
    yield "|---|---|---|---|---|---|---|"
    for line in done.stdout.splitlines():
        row = msgspec.json.decode(line)
        yield f"| {row['home']} | {' | '.join(str(row[name]) for name in names)} |"


def render(rows: list[Row], growth: list[str], corpus: Path | None) -> str:
    """Return the document."""
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    files = "real transcripts" if corpus else "generated transcripts (`benchmarks/generated.py`)"
    return "\n".join(
        (
            "# Speed",
            "",
            "Written by `python benchmarks/performance.py`: every figure and the limit beside it",
            f"are from one run, on {machine}, with {files}.",
            "",
            "| what | measured | target | met | limit |",
            "|---|---|---|---|---|",
            *(row.render() for row in rows),
            *(("", "## Growth", "", *growth) if growth else ()),
            "",
        )
    )


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="a folder of *.jsonl or *.jsonl.zst")
    parser.add_argument("--agentsview", help="the program to compare with (PyPI: agentsview)")
    parser.add_argument("--growth", action="store_true", help="measure growth too")
    parser.add_argument("--out", type=Path, default=DOCUMENT, help="docs/performance.md")
    options = parser.parse_args()
    rows = [*backfill(options.corpus, options.agentsview), long_line(), *live()]
    rows += fair(options.corpus)
    text = render(rows, list(grown()) if options.growth else [], options.corpus)
    options.out.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
