"""Points within a look at which something can happen: a file changes, or the process is killed.

They are arguments of the constructor of `Ingest`: nothing of it is replaced.
"""

import os
import signal
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

from hivemindd.assistants.base import Parser, Places, SideFiles
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.clock import SystemClock
from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.reader import WORTH
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log

# In a scan `beat` comes after the stat of each file, so between list and stat of the next;
# in a drain before each is opened.
SEAMS = ["beat", "read", "now", "committed"]
_DAY_MS = 86_400_000


class Seams:
    """Lets one thing happen when a seam is passed for the nth time."""

    def __init__(self, worth: int = WORTH) -> None:
        """Let nothing happen; `looks` and `from_start` tell what was read, and anew."""
        self._worth = worth
        self.looks: list[Path] = []
        self.from_start: list[Path] = []
        self._seam = ""
        self._left = 0
        self._act: Callable[[], object] = int

    def arm(self, seam: str, nth: int, act: Callable[[], object]) -> None:
        """Choose what happens, and where."""
        self._seam, self._left, self._act = seam, nth, act

    def disarm(self) -> None:
        """Let nothing happen any more."""
        self._seam = ""

    def pass_by(self, seam: str) -> None:
        """Count, and let it happen when it is time."""
        if seam == self._seam:
            self._left -= 1
            if not self._left:
                self._act()

    def ingest(self, log: Log, home: Path) -> Ingest:
        """Return an ingest that passes by all seams."""
        return Ingest(
            log,
            [_Assistant(self)],
            Places(home),
            _Clock(self),
            every_n_turns=20,
            beat=lambda: self.pass_by("beat"),
            on_commit=lambda _sessions: self.pass_by("committed"),
            worth=self._worth,
        )


class _Assistant(ClaudeCode):
    """Passes by "read" when the lines of a file have been read, and before they are parsed."""

    def __init__(self, seams: Seams) -> None:
        self._seams = seams

    def parser(self, path: Path, state: bytes, side: SideFiles) -> Parser:
        self._seams.pass_by("read")
        self._seams.looks.append(path)
        if not state:
            self._seams.from_start.append(path)
        return super().parser(path, state, side)


class _Clock(SystemClock):
    """Passes by "now" between parsing and committing, and within the transaction.

    It is ahead by a day, so that no change is so fresh that it is looked at twice.
    """

    def __init__(self, seams: Seams) -> None:
        self._seams = seams

    def now(self) -> int:
        self._seams.pass_by("now")
        return super().now() + _DAY_MS


def die_at(home: Path, seam: str, nth: int) -> bool:
    """Look in a process that is killed when it passes a seam; tell whether it ended before.

    The log must not be open in this process.
    """
    with warnings.catch_warnings():
        # The child opens all it needs itself, and whoever else runs here has no part in it.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        try:
            seams = Seams()
            seams.arm(seam, nth, lambda: os.kill(os.getpid(), signal.SIGKILL))
            ingest = seams.ingest(open_log(home / "log", map_size=1 << 20), home)
            ingest.scan()
            ingest.drain(threading.Event())
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, -signal.SIGKILL}
    return code == 0
