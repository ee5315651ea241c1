"""The threads that watch and read: what ends one of them, and what replaces it."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hivemindd.assistants.base import Places
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.clock import SystemClock
from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.service import IngestService
from hivemindd.log.homes import find_session
from hivemindd.log.store import Log
from hivemindd.sessions.keeper import Keeper
from hivemindd.sessions.liveness import Registry
from hivemindd.sessions.wishes import Wishes
from tests.ingest.taken import prompts
from tests.process import await_true
from tests.records import ClaudeSession

HOUR = 3_600.0


def is_known(log: Log, name: str) -> bool:
    """Tell whether a session is in the log."""
    with log.read() as txn:
        return find_session(txn, "claude-code", name) is not None


class Raising(ClaudeCode):
    """Fails in whatever thread asks it, but for the one that reads."""

    failed = False

    def is_transcript(self, path: Path) -> bool:
        """Fail where watchdog asks."""
        if threading.current_thread().name not in {"ingest", "MainThread"}:
            self.failed = True
            raise RuntimeError(path)
        return super().is_transcript(path)


@pytest.fixture(name="assistant")
def _assistant() -> Raising:
    return Raising()


@pytest.fixture(name="service")
def _service(log: Log, scratch_home: Path, assistant: Raising) -> Iterator[IngestService]:
    clock, places = SystemClock(), Places(scratch_home)
    registry = Registry(places)
    service = IngestService(
        log,
        Ingest(log, [assistant], places, clock, every_n_turns=20),
        Keeper(log, clock, registry, idle_after=HOUR, end_after=HOUR),
        Wishes(registry, [assistant], clock),
        clock,
        rescan_every=HOUR,
    )
    yield service
    service.stop()


def test_21_what_hears_of_changes_raises(
    service: IngestService, assistant: Raising, claude: ClaudeSession, log: Log, scratch_home: Path
) -> None:
    """It is caught, and the file looked at: an error would end watchdog's thread for good."""
    claude.prompt("before")
    service.start()
    await_true(service.live.is_set, "the history is captured")
    for number, text in enumerate(("after", "and after that")):
        # Nobody has asked about a new one before watchdog does.
        name = f"5e551000-0000-4000-8000-0000000000a{number}"
        ClaudeSession(scratch_home, claude.project, name).prompt(text)
        await_true(lambda: is_known(log, name), "it is captured")  # noqa: B023  at once
        assert prompts(log, name) == [text]

    assert assistant.failed


@pytest.mark.parametrize("which", ["caller", "reader"])
def test_21_what_hears_of_changes_dies(
    service: IngestService, claude: ClaudeSession, log: Log, which: str
) -> None:
    """Another is put in its place, and what was missed meanwhile is looked for."""
    claude.prompt("before")
    service.start()
    await_true(service.live.is_set, "the history is captured")
    observer: Any = service._watcher._observer
    thread = getattr(observer, "_inotify_fd", observer) if which == "reader" else observer
    thread.stop()
    thread.join()
    claude.prompt("after")

    await_true(lambda: prompts(log) == ["before", "after"], "it is captured")
