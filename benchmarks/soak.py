"""Let a daemon work for some minutes, and see whether anything grows that should not.

    python benchmarks/soak.py --minutes N [--events N] [--json]

First each project is told a rule of its own until there is a skill. Then hundreds of sessions are
written at an even rate, some at a time, and their transcripts deleted when they are long over; they
say other things, and the skills have to stay. The log may take 10 MB, so that the daemon forgets
and compacts all the while (`max_disk`, looked at every 15 s here and not every hour). Sampled are
its memory, descriptors, threads, database and what `status` takes to answer. The first quarter is
left out; of the rest the slope is printed with the error that the scatter of the samples gives it
(two standard errors): a slope that is smaller than its error is none.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
from corpus import report
from nursery import Nursery, environment
from slopes import Series
from writer import CORRECTIONS, ClaudeTranscript

from hivemindd.control.protocol import ask
from hivemindd.errors import NotRunningError
from hivemindd.log.tombstones import Tombstones
from hivemindd.paths import Paths, find_paths

SETTINGS = """
idle_after = "2s"
end_after = "4s"
rescan_every = "5s"
max_disk = "10 MB"

[judge]
kind = "local"
small_model = false
"""
UPKEEP = 15.0  # seconds between two looks at the size of the log
SAMPLE = 2.0  # seconds between two samples
WARM = 0.25  # share of the time that is left out
OPEN, TURNS = 20, 400  # sessions at once, and turns of each
PROJECTS = 20
TELLING, TOLD = 3, 5  # sessions that a project is told its rule in, and turns of each
LEARNED = 60.0  # seconds in which that becomes a skill, at most
OVER = 30.0  # seconds after which a transcript that is finished is deleted
TICK = 0.05  # seconds between two bursts of writing


class Load:
    """Writes events at an even rate into sessions that begin and end."""

    def __init__(self, home: Path, seed: int) -> None:
        """Prepare the projects of a home."""
        self._home = home
        self._chance = random.Random(seed)
        self._open: list[tuple[Path, Iterator[dict[str, Any]]]] = []
        self._over: deque[tuple[float, Path]] = deque()
        self.events = self.sessions = 0
        for number in range(PROJECTS):
            (home / "code" / f"project{number}" / ".git").mkdir(parents=True)

    def teach(self) -> None:
        """Write the sessions in which each project is told its rule."""
        for _ in range(TELLING):
            for number in range(PROJECTS):
                path, records = self._begin(number, [_rule(number)], TOLD)
                path.write_bytes(b"".join(json.dumps(each).encode() + b"\n" for each in records))
                self._over.append((time.monotonic() + OVER, path))

    def write(self, count: int) -> None:
        """Write so many events, and delete what is long over."""
        while count > 0:
            while len(self._open) < OPEN:
                number = self.sessions % PROJECTS
                others = [rule for rule in CORRECTIONS if rule != _rule(number)]
                self._open.append(self._begin(number, others, TURNS))
            path, records = self._chance.choice(self._open)
            some = [record for _, record in zip(range(min(count, 20)), records, strict=False)]
            with path.open("ab") as file:
                file.write(b"".join(json.dumps(each).encode() + b"\n" for each in some))
            self.events += len(some)
            count -= len(some)
            if not some:
                self._open.remove((path, records))
                self._over.append((time.monotonic() + OVER, path))
        while self._over and self._over[0][0] < time.monotonic():
            self._over.popleft()[1].unlink()

    def _begin(
        self, number: int, rules: Sequence[str], turns: int
    ) -> tuple[Path, Iterator[dict[str, Any]]]:
        """Return the path and the records of another session, in which a rule is said."""
        project = self._home / "code" / f"project{number}"
        session = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        path = self._home / ".claude" / "projects" / f"-{project.name}" / f"{session}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        said = {3: self._chance.choice(rules)}
        self.sessions += 1
        return path, ClaudeTranscript(path, session, project, said).records(turns)


def _rule(number: int) -> str:
    """Return what only a certain project is told until it is learned."""
    return CORRECTIONS[number % len(CORRECTIONS)]


def taught_of(home: Path) -> int:
    """Return how many projects have a skill."""
    return len({file.parents[3] for file in home.glob("code/*/.claude/skills/*/SKILL.md")})


class Sampler:
    """Looks at a daemon from outside."""

    def __init__(self, pid: int, paths: Paths) -> None:
        """Take the process and its paths."""
        self._process = psutil.Process(pid)
        self._paths = paths
        self.begin = time.monotonic()
        self.series = {
            name: Series()
            for name in ("rss_mb", "own_mb", "descriptors", "threads", "database_mb", "status_ms")
        }

    def sample(self) -> None:
        """Take one sample of everything."""
        now = (time.monotonic() - self.begin) / 60
        before = time.perf_counter()
        ask(self._paths, "status")
        took = time.perf_counter() - before
        memory = self._process.memory_info()
        values = {
            "rss_mb": memory.rss / 1e6,
            "own_mb": (memory.rss - getattr(memory, "shared", 0)) / 1e6,
            "descriptors": self._process.num_fds(),
            "threads": self._process.num_threads(),
            "database_mb": (self._paths.log / "data.mdb").stat().st_blocks * 512 / 1e6,
            "status_ms": took * 1_000,
        }
        for name, value in values.items():
            self.series[name].add(now, value)


def await_answer(paths: Paths, nursery: Nursery) -> None:
    """Wait until the daemon answers."""
    while nursery.wait(0.05) is None:
        try:
            if ask(paths, "status")["live"]:
                return
        except NotRunningError:
            continue
    sys.exit("the daemon has left")


def await_skills(home: Path, nursery: Nursery) -> None:
    """Wait until each project has its skill."""
    end = time.monotonic() + LEARNED
    while taught_of(home) < PROJECTS and nursery.wait(TICK) is None:
        if time.monotonic() > end:
            sys.exit(f"only {taught_of(home)} of {PROJECTS} projects have a skill")


def soak(home: Path, minutes: float, events: int, seed: int) -> dict[str, object]:
    """Run the load beside a daemon in a home and return what was measured."""
    paths = find_paths(environment(home))
    paths.config.mkdir(parents=True)
    paths.config_file.write_text(SETTINGS)
    load, output = Load(home, seed), home / "daemon.out"
    with Nursery(home, output) as nursery:
        pid = nursery.start("--log-level", "warning", codify__upkeep__EVERY=UPKEEP)
        await_answer(paths, nursery)
        load.teach()
        await_skills(home, nursery)
        sampler = Sampler(pid, paths)
        end, due = minutes * 60, 0.0
        while (now := time.monotonic() - sampler.begin) < end:
            load.write(int(events * now / end) - load.events)
            if now >= due:
                sampler.sample()
                due += SAMPLE
            if nursery.wait(TICK) is not None:
                sys.exit(f"the daemon has left:\n{output.read_text('utf-8')}")
        behind = ask(paths, "status")["backlog"]
        stones = Tombstones(paths.state).size
        os.kill(pid, 15)
        code = nursery.wait(20)
    series = {name: each.after(minutes * WARM) for name, each in sampler.series.items()}
    return {
        "minutes": minutes,
        "events": load.events,
        "sessions": load.sessions,
        **{name: each.describe() for name, each in series.items()},
        "projects_with_a_skill": f"{taught_of(home)} of {PROJECTS}",
        "tombstones_mb": round(stones / 1e6, 2),
        "transcripts_waiting_at_the_end": behind,
        "exit_code": code,
        "warnings": output.read_text("utf-8").count("\n"),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (10)")
    parser.add_argument("--events", type=int, default=1_000_000, help="how many in all (1000000)")
    parser.add_argument("--seed", type=int, default=0, help="of the transcripts (0)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hivemind-soak-") as folder:
        home = Path(folder).resolve()
        result = soak(home, options.minutes, options.events, options.seed)
    report(result, as_json=options.json)


if __name__ == "__main__":
    main()
