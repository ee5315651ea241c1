"""The ingest thread: waits for hints, reads, commits, and lets sessions age."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import structlog

from hivemindd.capture.watch import Hints, Watcher
from hivemindd.clock import Clock
from hivemindd.errors import HivemindError
from hivemindd.ingest.loop import WINDOW, Ingest
from hivemindd.ingest.pausing import Pausing
from hivemindd.log.store import Log, LogError
from hivemindd.runtime.memory import give_back
from hivemindd.runtime.progress import Progress
from hivemindd.runtime.pulse import Pulse
from hivemindd.sessions.keeper import Keeper
from hivemindd.sessions.wishes import Wishes

TICK = 0.5  # where no watch tells of it, a short session may be missed in between
TICKS = 2  # after which all else is looked at too where no hint comes
CALM = 2  # scans that found nothing, after which they come `RARER` times as rarely
RARER = 4
RETRY = 5.0
FAREWELL = 8.0  # all that have to end share the 20 seconds that systemd waits
PATIENCE = 60.0
_LONG = 600.0
_FAILED = "hivemindd has failed at it, and starts anew: see `hivemindctl doctor`"
_SLOW = "hivemindd is still at it: see `hivemindctl status`"


class IngestService:
    """Runs `Ingest` and `Keeper` in one thread; other threads may only ask it to act."""

    def __init__(
        self,
        log: Log,
        ingest: Ingest,
        keeper: Keeper,
        wishes: Wishes,
        clock: Clock,
        *,
        rescan_every: float,
        pulse: Pulse | None = None,
    ) -> None:
        """Wire the parts; `rescan_every` in seconds."""
        self._pulse = pulse or Pulse()
        self._log = log
        self._ingest = ingest
        self._keeper = keeper
        self._wishes = wishes
        self._clock = clock
        self._rescan_every = rescan_every
        self._hints = Hints()
        self._changed: set[Path] = set()
        self._watcher = Watcher(self._hints, self._is_wanted)
        self._requests: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
        self._stop = threading.Event()
        self._wanted = threading.Event()
        self._pausing = Pausing(log, ingest, clock, self._stop)
        self._complained = False
        self._asked = 0.0
        self._calm = 0
        self.live = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest")

    def start(self) -> None:
        """Start watching and reading."""
        self._watch()
        self._thread.start()

    def is_alive(self) -> bool:
        """Tell whether the thread still runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Finish the commit under way and stop."""
        self._stop.set()
        self._wanted.set()
        self._hints.wake()
        self._thread.join(timeout=FAREWELL)
        self._watcher.stop()

    @property
    def backlog(self) -> int:
        """The number of transcripts that wait to be read."""
        return self._ingest.backlog

    @property
    def progress(self) -> Progress | None:
        """How far the reading is, None when nothing waits."""
        return self._ingest.progress

    def pause(self, workspace: str, until: int) -> None:
        """Capture what was written so far, then nothing until `until` (ms, 0: resumed).

        Raises:
            HivemindError: it failed, or is done later.
        """
        self._ask(lambda: self._pausing.pause(workspace, until))

    def resume(self, workspace: str, *, catch_up: bool) -> int:
        """Capture again; with `catch_up` also what was passed over.

        Return how many events that brought.

        Raises:
            HivemindError: it failed, or is done later.
        """
        return int(self._ask(lambda: self._pausing.resume(workspace, catch_up=catch_up)))

    def in_order(self, act: Callable[[], None]) -> None:
        """Do something while nothing is captured, when all that was written so far is.

        Raises:
            HivemindError: it failed, or the transcripts could not be stored.
            TimeoutError: it is not done yet, and is done when nobody waits for it any more.
        """

        def settled() -> None:
            self._pausing.take_in()
            act()

        self._call(settled, patience=_LONG)

    def _ask(self, act: Callable[[], Any]) -> Any:
        """Have something done that goes on also when it takes longer than anybody waits."""
        try:
            return self._call(act, PATIENCE)
        except TimeoutError as error:
            raise HivemindError(_SLOW) from error

    def _call(self, act: Callable[[], Any], patience: float = PATIENCE) -> Any:
        future: Future[Any] = Future()
        self._requests.put((act, future))
        self._wanted.set()
        self._hints.wake()
        return future.result(timeout=patience)

    def _run(self) -> None:
        rescan_at = tick_at = 0.0
        while not self._stop.is_set():
            self._pulse.beat()
            self._wishes.refresh()
            stepped = self._keeper.clock_stepped()
            if stepped or self._clock.boot() >= rescan_at:
                self._rescan()
                rescan_at = self._clock.boot() + self._patience()
            self._try(self._read)
            self._serve_requests()
            # After a suspend nothing is called quiet before one more look.
            all_there = self._ingest.is_done and not self.live.is_set()
            if not stepped and (all_there or self._clock.boot() >= tick_at):
                self._try(self._keeper.tick)
                tick_at = self._clock.boot() + TICK
            if all_there:  # and what is over is due: the oldest of it goes first
                self._log.unmap()  # all that is known was read for the start, and is not again
                give_back()
                self.live.set()
            self._ingest.hint(self._watch())
            paths = self._await_hints() if self._ingest.is_done else self._hints.take(0)
            if paths:
                self._calm = 0
                rescan_at = min(rescan_at, self._clock.boot() + self._rescan_every)
                self._changed = paths

    def _await_hints(self) -> set[Path]:
        """Wait for hints, and for whoever wants something; ask new processes meanwhile."""
        watched = self._watcher.watched
        blind = [folder for folder in self._wishes.folders if folder not in watched]
        for left in reversed(range(TICKS if blind else 1)):
            paths = self._hints.take(TICK if blind else TICK * TICKS, window=WINDOW)
            if left and not paths and any(map(Path.exists, blind)):
                # A folder that says who runs is new: watched first, it misses nobody after.
                paths = set(self._watch())
                self._wishes.refresh()
            if paths or self._wanted.is_set():
                break
        return paths

    def _rescan(self) -> None:
        self._watch()
        self._ingest.scan()
        self._calm = 0 if self._ingest.backlog else self._calm + 1

    def _patience(self) -> float:
        """Return the seconds until the next scan: where all is watched and quiet it can wait."""
        rests = self._calm >= CALM and self._watcher.is_complete
        return self._rescan_every * (RARER if rests else 1)

    def _watch(self) -> list[Path]:
        """Watch the transcripts, and where it is said who runs; return what is newly watched."""
        return self._watcher.attach([*self._ingest.discovery.roots, *self._wishes.folders])

    def _is_wanted(self, path: Path) -> bool:
        return path.parent in self._wishes.folders or self._ingest.discovery.is_wanted(path)

    def _read(self) -> None:
        self._ingest.drain(self._wanted, fresh=self._fresh)
        self._ingest.finish_quiet(self._wanted)
        self._pausing.expire()
        self._complained = False

    def _try(self, act: Callable[[], object]) -> None:
        """Do what a log that cannot be written only delays; say so once until it works."""
        try:
            act()
        except LogError as error:
            if not self._complained:
                structlog.get_logger().error("events cannot be stored yet", cause=str(error))
            self._complained = True
            self._stop.wait(RETRY)

    def _fresh(self) -> set[Path]:
        """Return what has just changed, once its processes were asked."""
        paths, now = self._changed | self._hints.take(0), self._clock.boot()
        self._changed = set()
        if now >= self._asked + (WINDOW if paths else TICK):
            self._asked = now
            self._wishes.refresh()
        return paths

    def _serve_requests(self) -> None:
        self._wanted.clear()
        while not self._requests.empty():
            act, future = self._requests.get()
            try:
                future.set_result(act())
            except HivemindError as error:
                future.set_exception(error)
            except Exception:
                # Who asked must not wait for us: nobody foresaw this, and the daemon starts anew.
                future.set_exception(HivemindError(_FAILED))
                raise
