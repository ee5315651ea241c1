"""Looks at transcripts for the process that started it, until that closes the pipe."""

import os
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from hivemindd.assistants.registry import by_name
from hivemindd.child.frames import receive, send
from hivemindd.ingest.clean import Cleaner
from hivemindd.ingest.poll import poll
from hivemindd.ingest.tasks import Result, Task
from hivemindd.log.blocks import BlockCodec
from hivemindd.redaction.redactor import shared

NICENESS = 10  # beyond that of whoever writes: what is typed just now goes first


def serve(tasks: IO[bytes], results: IO[bytes]) -> None:
    """Do tasks in their order until the pipe ends."""
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
        )
        return Result(cleaner.clean(polled))
    except Exception:  # noqa: BLE001  who asked looks for itself, and says what is wrong
        return Result(None)


if __name__ == "__main__":
    os.nice(NICENESS)
    serve(sys.stdin.buffer, sys.stdout.buffer)
