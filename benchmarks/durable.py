"""How long an append takes to be durable: a process that appends, and who watches the log.

    python benchmarks/durable.py FOLDER FILES RATE SECONDS

As a script it appends to FILES transcripts in FOLDER, RATE records a second, and prints
when it wrote each (ns of the monotonic clock, which all processes share).
"""

import json
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from generated import Talk
from process import environment

from hivemindd.log.store import Log
from hivemindd.log.tables import SESSIONS, Table

TEXT = "the quick brown fox jumps over the lazy dog " * 34  # a record of 2 KB
FIRST = 1_000_000  # of the sessions, far from those of a backfill
OUTPUT = "appended.json"
_POLL = 0.001


class _Head(msgspec.Struct, gc=False):
    id: str
    events: int = 0


_HEADS = Table(SESSIONS.name, _Head)


def begin(folder: Path, files: int) -> None:
    """Write the first record of each transcript."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(FIRST, FIRST + files):
        talk = Talk(number, str(folder))
        (folder / f"{talk.session}.jsonl").write_bytes(talk.say(TEXT))


def append(folder: Path, files: int, rate: float, seconds: float) -> dict[str, list[int]]:
    """Append records at an even pace, to one transcript after the other; return when."""
    talks = [Talk(number, str(folder)) for number in range(FIRST, FIRST + files)]
    for talk in talks:
        talk.say(TEXT)
    written: dict[str, list[int]] = defaultdict(list)
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: ended.append(number))
    start = time.monotonic()
    for number in range(round(rate * seconds)):
        if ended:
            break
        time.sleep(max(0.0, start + number / rate - time.monotonic()))
        talk = talks[number % files]
        with (folder / f"{talk.session}.jsonl").open("ab", buffering=0) as file:
            file.write(talk.say(TEXT))
        written[talk.session].append(time.monotonic_ns())
    return written


@contextmanager
def appending(home: Path, folder: Path, *words: float) -> Iterator["subprocess.Popen[bytes]"]:
    """Append (FILES, RATE, SECONDS) in another process for as long as the block runs."""
    with (
        (home / OUTPUT).open("wb") as output,
        subprocess.Popen(
            [sys.executable, __file__, str(folder), *map(str, words)],
            env=environment(home),
            stdout=output,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


class Watch:
    """Sees from another process when what is appended is in the log."""

    def __init__(self, log: Log) -> None:
        """Start with what is there."""
        self._log = log
        self._last = -1
        self._seen: dict[str, list[int]] = defaultdict(list)

    def until(self, over: Callable[[], bool]) -> None:
        """Look each millisecond until something is over."""
        while not over():
            self._look()
            time.sleep(_POLL)

    def is_complete(self, written: Mapping[str, Sequence[int]]) -> bool:
        """Tell whether all that was written is there."""
        return all(len(self._new(name)) >= len(times) for name, times in written.items())

    def latencies(self, written: Mapping[str, Sequence[int]]) -> list[float]:
        """Return the ms from each append until it was durable, of those that are."""
        return [
            (there - then) / 1e6
            for name, times in written.items()
            for then, there in zip(times, self._new(name), strict=False)
        ]

    def _new(self, name: str) -> list[int]:
        return self._seen[name][1:]  # the first was there before

    def _look(self) -> None:
        with self._log.read() as txn:
            if txn.raw.id() == self._last:
                return
            self._last = txn.raw.id()
            rows = _HEADS.rows(txn)
        now = time.monotonic_ns()
        for row in rows:
            times = self._seen[row.id]
            times += [now] * (row.events - len(times))


def read_written(home: Path) -> dict[str, list[int]]:
    """Return what the process that appends has printed."""
    told: dict[str, list[int]] = json.loads((home / OUTPUT).read_bytes())
    return told


if __name__ == "__main__":
    files, rate, seconds = map(float, sys.argv[2:])
    print(json.dumps(append(Path(sys.argv[1]), int(files), rate, seconds)))
