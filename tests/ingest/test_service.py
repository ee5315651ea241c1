"""When the thread that reads looks through everything."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemindd.assistants.base import Places
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.clock import SystemClock
from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.service import IngestService
from hivemindd.log.store import Log
from hivemindd.sessions.keeper import Keeper
from hivemindd.sessions.liveness import Registry
from hivemindd.sessions.wishes import Wishes
from tests.clocks import SetClock
from tests.ingest.taken import prompts
from tests.process import await_true
from tests.records import ClaudeSession

EVERY = 30.0
HOUR = 3_600.0
MINUTE = 60_000


class Counted(Ingest):
    """Counts its scans."""

    scans = 0

    def scan(self) -> None:
        """Scan, and count that."""
        self.scans += 1
        super().scan()


class Bench:
    """A service whose time passes as a test says."""

    def __init__(self, log: Log, home: Path) -> None:
        """Wire a service for Claude Code."""
        # Files are a minute old by then: what has just been written is looked at twice.
        self.clock, places = SetClock(SystemClock().now() + MINUTE), Places(home)
        registry, assistants = Registry(places), [ClaudeCode()]
        self.ingest = Counted(log, assistants, places, self.clock, every_n_turns=20)
        self.service = IngestService(
            log,
            self.ingest,
            Keeper(log, self.clock, registry, idle_after=HOUR, end_after=HOUR),
            Wishes(registry, assistants, self.clock),
            self.clock,
            rescan_every=EVERY,
        )

    def scans_after(self, seconds: float) -> int:
        """Let time pass, and the service get round once since then; return its scans so far."""
        self.clock.run(seconds)
        for _ in range(2):
            self.service._call(lambda: None)
        return self.ingest.scans


@pytest.fixture(name="bench")
def _bench(log: Log, scratch_home: Path, claude: ClaudeSession) -> Iterator[Bench]:
    claude.prompt("before")
    bench = Bench(log, scratch_home)
    bench.service.start()
    await_true(bench.service.live.is_set, "the history is captured")
    yield bench
    bench.service.stop()


def test_where_nothing_happens_it_looks_less_often(bench: Bench) -> None:
    """Twice as often as it is told to, and then each fourth time."""
    assert [bench.scans_after(EVERY) for _ in range(7)] == [2, 3, 3, 3, 3, 4, 4]


def test_a_hint_wakes_it(bench: Bench, claude: ClaudeSession, log: Log) -> None:
    """What else has happened is looked for no later than usual."""
    assert [bench.scans_after(EVERY) for _ in range(3)] == [2, 3, 3]

    claude.prompt("after")
    await_true(lambda: prompts(log) == ["before", "after"], "it is captured")

    assert [bench.scans_after(EVERY) for _ in range(3)] == [4, 5, 5]


def test_what_a_scan_finds_wakes_it_too(
    bench: Bench, claude: ClaudeSession, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no hint tells of it, as on a disk that others write."""
    monkeypatch.setattr(bench.service._hints, "add", lambda _path: None)
    assert [bench.scans_after(EVERY) for _ in range(3)] == [2, 3, 3]

    claude.prompt("after")
    assert bench.scans_after(3 * EVERY) == 4
    await_true(lambda: prompts(log) == ["before", "after"], "it is captured")

    assert [bench.scans_after(EVERY) for _ in range(4)] == [5, 6, 6, 6]
