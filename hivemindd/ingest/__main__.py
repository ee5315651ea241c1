"""Looks at transcripts for the process that started it, until that closes the pipe."""

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from hivemindd.assistants.registry import by_name
from hivemindd.capture.source import Source
from hivemindd.child.frames import receive, send
from hivemindd.child.serving import begin
from hivemindd.ingest.clean import Cleaner
from hivemindd.ingest.poll import poll
from hivemindd.ingest.tasks import Result, Task
from hivemindd.log.blocks import BlockCodec
from hivemindd.redaction.redactor import shared

NICENESS = 10  # beyond that of whoever writes: what is typed just now goes first
MOST_BYTES = 4 << 20  # that a look reads: the memory for more is taken once, by who asks


class Modest(Source):
    """A transcript of which only a little is read."""

    def __init__(self, path: Path) -> None:
        """Open it; see `Source`."""
        super().__init__(path)
        self._left = MOST_BYTES

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes.

        Raises:
            OSError: it would be too much.
        """
        data = super().read_at(offset, length)
        self._left -= len(data)
        if self._left < 0:
            raise OSError("too much for one look")
        return data


def serve(tasks: IO[bytes], results: IO[bytes]) -> None:
    """Do tasks in their order until the pipe ends.

    Raises:
        OSError: who asked is gone.
    """
    queue: SimpleQueue[Task | None] = SimpleQueue()
    # Who asks must never wait for us to take what it asks: we may be waiting for it.
    threading.Thread(target=_take, args=(tasks, queue), daemon=True).start()
    cleaner = Cleaner(shared(), BlockCodec())
    while task := queue.get():
        result = _look(task, cleaner)
        try:
            send(results, result)
        except ValueError:  # it is too long
            send(results, Result(None))


def _take(tasks: IO[bytes], queue: "SimpleQueue[Task | None]") -> None:
    while task := receive(tasks, Task):
        queue.put(task)
    queue.put(None)


def _look(task: Task, cleaner: Cleaner) -> Result:
    try:
        polled = poll(
            Path(task.path),
            by_name(task.assistant),
            task.checkpoint,
            named=Path(task.named),
            final=task.final,
            opened=Modest,
        )
        return Result(cleaner.clean(polled))
    except Exception:  # noqa: BLE001  who asked looks for itself, and says what is wrong
        return Result(None)


def main() -> None:
    """Serve who started us, and end with them whatever they die of."""
    begin(NICENESS)
    with suppress(OSError):
        serve(sys.stdin.buffer, sys.stdout.buffer)
    # The thread that reads the pipe need not end first, as the end of an interpreter would have it.
    os._exit(0)


if __name__ == "__main__":
    main()
