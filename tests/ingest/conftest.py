"""A log, a transcript of Claude Code, and an ingest over both."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hivemindd.assistants.base import Places
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.assistants.cursor.assistant import Cursor
from hivemindd.clock import SystemClock
from hivemindd.ingest.loop import Ingest
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from hivemindd.paths import make_private
from tests.records import ClaudeSession

Start = Callable[..., Ingest]


@pytest.fixture(name="log")
def _log(tmp_path: Path) -> Iterator[Log]:
    folder = tmp_path / "log"
    make_private(folder)
    log = open_log(folder, map_size=1 << 20)
    yield log
    log.close()


@pytest.fixture(name="project")
def _project(scratch_home: Path) -> Path:
    project = scratch_home / "project"
    project.mkdir()
    return project


@pytest.fixture(name="claude")
def _claude(scratch_home: Path, project: Path) -> ClaudeSession:
    return ClaudeSession(scratch_home, project)


@pytest.fixture(name="start")
def _start(log: Log, scratch_home: Path) -> Start:
    def start(**more: Any) -> Ingest:
        return Ingest(
            log,
            [ClaudeCode(), Cursor()],
            Places(scratch_home),
            SystemClock(),
            every_n_turns=20,
            **more,
        )

    return start
