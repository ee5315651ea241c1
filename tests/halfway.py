"""A daemon that stands still in the middle of its first run, until somebody asks for something.

Nobody who asks waits for the rest of it, either. It says how much it had read when it was paused.
"""

import threading
from typing import Any

from hivemindd.__main__ import main
from hivemindd.ingest import pausing
from hivemindd.ingest.loop import Ingest, Stop

READ = 3  # transcripts that are read before


class _Halfway:
    """Says so when some transcripts were looked at, and goes on when it is told to stop."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._asked = 0

    def is_set(self) -> bool:
        self._asked += 1
        if self._asked == READ + 1:
            print("halfway", flush=True)  # noqa: T201  this is how it speaks
            self._stop.wait()
        return self._stop.is_set()


def stand_still() -> None:
    """Replace the way in which the first run is interrupted."""
    drain, begun, readers = Ingest.drain, threading.Event(), list[Ingest]()

    def drain_halfway(self: Ingest, stop: Stop, **more: Any) -> None:
        if isinstance(stop, threading.Event) and not begun.is_set():
            begun.set()
            readers.append(self)
            stop = _Halfway(stop)
        drain(self, stop, **more)

    begin = pausing.Pausing.begin

    def begin_aloud(self: pausing.Pausing, workspace: str, until: int, *, since: int = 0) -> None:
        begin(self, workspace, until, since=since)
        print(f"paused after {readers[0].events}", flush=True)  # noqa: T201  as above

    Ingest.drain = drain_halfway  # type: ignore[method-assign]
    pausing.Pausing.begin = begin_aloud  # type: ignore[method-assign]
    pausing.PATIENCE = 0.0


if __name__ == "__main__":
    stand_still()
    main()
