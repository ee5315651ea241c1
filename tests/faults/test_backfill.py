"""The first start over thousands of transcripts: fair to the newest, and never deaf."""

import os
from pathlib import Path
from typing import Any

import pytest

from hivemindd.control.protocol import ask
from hivemindd.errors import NotRunningError
from hivemindd.log.store import Log
from tests.cases import cases
from tests.faults.homes import NEVER, count, holds, settle
from tests.faults.seams import Seams
from tests.ingest.taken import run
from tests.process import Daemon
from tests.records import SESSION, ClaudeSession

FEW, LINES = 1_000, 100  # the nightly profile asks for 5,000 of them


class Asked(Daemon):
    """Is asked for its status all the while until it is live, and an append comes meanwhile."""

    def __init__(self, home: Path, claude: ClaudeSession) -> None:
        """Name who appends."""
        super().__init__(home)
        self.claude = claude
        self.meanwhile: list[dict[str, Any]] = []
        self.arrived = 0

    def _is_live(self) -> bool:
        assert self.process.poll() is None, self.output.read_text()
        try:
            status = ask(self.paths, "status")
        except NotRunningError:
            return False
        if status["live"]:
            return True
        if not self.meanwhile:
            self.claude.prompt("meanwhile")
        self.meanwhile.append(status)
        self.arrived += holds(self.home, SESSION)
        return False


@pytest.mark.timeout(600)
def test_18_thousands_of_transcripts_at_the_first_start(
    claude: ClaudeSession, scratch_home: Path
) -> None:
    """While they are read the socket answers, and what is said now does not wait for its turn."""
    files = cases(FEW)
    settle(scratch_home, rescan_every=NEVER)
    for number in range(files):
        session = ClaudeSession(
            scratch_home, claude.project, f"{number:08x}-0000-4000-8000-000000000000"
        )
        message = {"role": "user", "content": "x" * 100}
        lines = [session.line("user", message, origin={"kind": "human"}) for _ in range(LINES)]
        session.write(b"".join(lines))
    with Asked(scratch_home, claude) as daemon:
        assert daemon.meanwhile
        assert daemon.arrived
        assert count(scratch_home) == files * LINES + 1
        assert daemon.stop() == 0


def test_18_the_newest_first_and_each_in_turns(log: Log, scratch_home: Path) -> None:
    """A large file gets no more than its share, before all others have had theirs."""
    seams = Seams()
    sessions = [
        ClaudeSession(scratch_home, scratch_home, f"{number:08x}-0000-4000-8000-000000000000")
        for number in range(4)
    ]
    for age, session in enumerate(sessions):
        size = 3 << 20 if not age else 100
        for _ in range(3):
            session.prompt("x", padding="x" * (size // 3))
        os.utime(session.path, (1_700_000_000 - age, 1_700_000_000 - age))
    run(seams.ingest(log, scratch_home))

    paths = [session.path for session in sessions]
    assert seams.looks[:4] == paths
    assert seams.looks[4:] == [paths[0]] * (len(seams.looks) - 4) != []
