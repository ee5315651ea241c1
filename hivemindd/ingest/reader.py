"""A second process that looks at transcripts beside us, while much waits to be read.

It only reads: what it saw comes back cleaned and is committed by us, like all else. Whatever
happens to it, we look ourselves at what it has not answered.
"""

import subprocess
import time
from collections import deque

import structlog

from hivemindd.capture.source import ZSTD_SUFFIX
from hivemindd.child.frames import is_ready, receive, send
from hivemindd.child.process import end, start
from hivemindd.ingest.discover import Found
from hivemindd.ingest.look import Look
from hivemindd.ingest.tasks import Result, Task
from hivemindd.records import Checkpoint

WORTH = 64 << 20  # bytes that wait: to start it takes as long as reading a tenth of them
UNDER_WAY = 8  # looks, so that it need not wait for us
SECONDS = 20.0
MOMENT = 0.1
REST = 2.0  # seconds after a live append


class Reader:
    """Has looks done in another process, which it starts when it is first asked for one."""

    def __init__(self, most: int = UNDER_WAY, *, seconds: float = SECONDS) -> None:
        """Have `most` looks under way, and wait `seconds` for one at most.

        `failed` says that nothing more is asked of it.
        """
        self._most = most
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self.failed = False
        self._since = 0.0
        self._rests_until = 0.0
        self._asked: deque[Look] = deque()

    @staticmethod
    def can_read(item: Found) -> bool:
        """Tell whether a transcript may be asked for; a look at a compressed one is too large."""
        return not item.name.endswith(ZSTD_SUFFIX)

    @property
    def is_free(self) -> bool:
        """Tell whether it takes another look just now."""
        return not (self.failed or self.rests) and len(self._asked) < self._most

    @property
    def rests(self) -> bool:
        """Tell whether somebody is at work just now."""
        return time.monotonic() < self._rests_until

    @property
    def under_way(self) -> list[Found]:
        """What is looked at just now."""
        return [look.item for look in self._asked]

    def is_at(self, item: Found) -> bool:
        """Tell whether a transcript is looked at just now."""
        return any(look.item.name == item.name for look in self._asked)

    def rest(self) -> None:
        """Leave a core to somebody who is at work, for as long as this is said again."""
        self._rests_until = time.monotonic() + REST

    def ask(self, item: Found, checkpoint: Checkpoint | None, *, final: bool) -> None:
        """Have a transcript looked at; `looks` gives it back, done or not."""
        if not self._asked:
            self._since = time.monotonic()
        self._asked.append(Look(item, checkpoint))
        task = Task(item.name, item.assistant.name, checkpoint, str(item.named), final)
        try:
            self._process = self._process or start("hivemindd.ingest")
            if self._process.stdin:
                send(self._process.stdin, task)
        except (OSError, ValueError) as error:
            self._give_up(str(error))

    def look(self, *, wait: bool) -> Look | None:
        """Return a look that is over; what it brought is None where it failed.

        None where there is none yet; `wait` is for a moment.
        """
        return self._next(MOMENT if wait else 0.0) if self._asked else None

    def close(self) -> None:
        """End the process; it is started again when the next look is asked for."""
        process, self._process = self._process, None
        if process is not None:
            end(process)

    def _next(self, patience: float) -> Look | None:
        """Return the look that was asked for first, None where it is not over yet."""
        if self._process is None or self._process.stdout is None:
            return self._asked.popleft()
        answers, cause = self._process.stdout, "it has ended"
        if not is_ready(answers, patience):
            if time.monotonic() < self._since + self._seconds:
                return None
            cause = f"no answer in {self._seconds:g} s"
        else:
            try:
                if result := receive(answers, Result, within=self._seconds):
                    self._since = time.monotonic()
                    return self._asked.popleft()._replace(cleaned=result.cleaned)
            except (OSError, ValueError) as error:
                cause = str(error)
        self._give_up(cause)
        return self._asked.popleft()

    def _give_up(self, cause: str) -> None:
        self.failed = True
        self.close()
        structlog.get_logger().warning("the second reader failed: reading alone", cause=cause)
