"""Hints that a file has changed. They may be late, doubled or missing: stat is the truth."""

import logging
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import structlog
from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, EventQueue, ObservedWatch

REST = 0.005  # seconds in which events gather, of those that live appends wait anyway
KNOWN_MAX = 1_024  # names of what is wanted that are not thought about again
LOSS = "filesystem events were lost"
LOSS_LOGGER = "watchdog.observers.inotify_c"
_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    DirCreatedEvent,
    DirMovedEvent,
]


class Hints:
    """A set of paths that may have changed, filled by one thread and taken by another."""

    def __init__(self) -> None:
        """Start with none."""
        self._paths: set[Path] = set()
        self._since = 0.0
        self._lock = threading.Lock()
        self._wake = threading.Event()

    def add(self, path: Path) -> None:
        """Note a path and wake the one who waits."""
        with self._lock:
            if not self._paths:
                self._since = time.monotonic()
            self._paths.add(path)
        self._wake.set()

    def wake(self) -> None:
        """Wake the one who waits, with nothing new to look at."""
        self._wake.set()

    def take(self, timeout: float, *, window: float = 0.0) -> set[Path]:
        """Wait up to `timeout` seconds for a hint and return all there are.

        Within `window` seconds of the first one others may join it.
        """
        self._wake.wait(timeout)
        if window and self._paths:
            time.sleep(max(0.0, self._since + window - time.monotonic()))
        self._wake.clear()
        with self._lock:
            paths, self._paths = self._paths, set()
        return paths


class _Handler(FileSystemEventHandler):
    """Only adds to a set: an exception in a handler would end a thread of watchdog's for good."""

    def __init__(self, hints: Hints, wanted: Callable[[Path], bool]) -> None:
        self._hints = hints
        self._wanted = wanted
        self._known: dict[str, Path] = {}

    def on_any_event(self, event: FileSystemEvent) -> None:
        name = os.fsdecode(event.dest_path or event.src_path)
        path = self._known.get(name)
        if path is None:
            path = Path(name)
            if not event.is_directory and not self._may_be_wanted(path):
                return
            if len(self._known) >= KNOWN_MAX:
                self._known.clear()
            self._known[name] = path
        self._hints.add(path)

    def _may_be_wanted(self, path: Path) -> bool:
        try:
            return self._wanted(path)
        except Exception:  # noqa: BLE001  whatever it is, it must not end the thread
            return True


class _Shortcut(EventQueue):
    """Handles an event in the thread that has seen it, where another would have to be woken."""

    def __init__(self, handler: FileSystemEventHandler) -> None:
        super().__init__()
        self._handler = handler

    # Its parameters are those of the queue that it stands for.
    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: FBT001, FBT002
        if isinstance(item, tuple):
            event, _ = item
            self._handler.on_any_event(event)
        else:  # it says that all is over
            super().put(item, block, timeout)


def _pace(observer: BaseObserver) -> None:
    """Let the thread that reads events rest after each read: a burst is then read at once.

    The ingest waits for the GIL each time that one of watchdog's threads wakes up.
    """
    reader: Any = getattr(observer, "_inotify_fd", None)  # on Linux
    if not hasattr(reader, "read_events"):
        return
    read = reader.read_events

    def rest_and_read() -> Any:
        time.sleep(REST)
        return read()

    reader.read_events = rest_and_read


class _LossHandler(logging.Handler):
    """Hears watchdog say that the kernel's queue ran over: no event ever tells of it."""

    def __init__(self, lost: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._lost = lost

    def emit(self, record: logging.LogRecord) -> None:
        if LOSS in str(record.msg):
            self._lost()


class Watcher:
    """Watches the folders of all assistants, also those that appear later.

    When the kernel has dropped events, every folder becomes a hint.

    Where the system refuses a watch (its limits are low on some), a warning says so
    once, and the rescan alone finds changes.
    """

    def __init__(self, hints: Hints, wanted: Callable[[Path], bool]) -> None:
        """Prepare; nothing is watched before `attach`."""
        self._hints = hints
        self._handler = _Handler(hints, wanted)
        self._losses = _LossHandler(self._look_everywhere)
        self._observer: BaseObserver | None = None
        self._watches: dict[Path, tuple[ObservedWatch, tuple[int, int]]] = {}
        self._refused: set[Path | None] = set()

    def attach(self, roots: Iterable[Path]) -> list[Path]:
        """Watch the roots that exist and are not watched yet; return the new ones.

        A root that was removed and made again is watched anew, and so are all when
        watchdog's thread has died.
        """
        observer = self._live_observer()
        if observer is None:
            return []
        alive = {emitter.watch for emitter in observer.emitters if emitter.is_alive()}
        added = []
        for root in roots:
            known = self._watches.get(root)
            try:
                status = root.stat()
                identity = status.st_dev, status.st_ino
                if known is not None and known[0] in alive and known[1] == identity:
                    continue
                self._detach(root, observer)
                watch = observer.schedule(
                    self._handler, os.fspath(root), recursive=True, event_filter=_EVENTS
                )
            except FileNotFoundError:
                self._detach(root, observer)
            except OSError as error:
                self._detach(root, observer)
                self._complain(root, error)
            else:
                self._watches[root] = watch, identity
                self._refused.discard(root)
                added.append(root)
        return added

    def _live_observer(self) -> BaseObserver | None:
        """Return the running observer, made anew where there is none; None where none can be."""
        if self.is_alive():
            return self._observer
        self.stop()
        # Said at length, for every folder that is found both by an event and by a walk.
        warnings.filterwarnings("ignore", "Callback with id .* already exists", RuntimeWarning)
        try:
            self._observer = Observer()
            # Its own name, for want of a public one; without it all goes on as watchdog has it.
            self._observer._event_queue = _Shortcut(self._handler)  # noqa: SLF001
            self._observer.start()
            _pace(self._observer)
            logging.getLogger(LOSS_LOGGER).addHandler(self._losses)
        except OSError as error:
            self._observer = None
            self._complain(None, error)
        else:
            self._refused.discard(None)
        return self._observer

    def _detach(self, root: Path, observer: BaseObserver) -> None:
        known = self._watches.pop(root, None)
        if known is not None:
            observer.unschedule(known[0])

    def _complain(self, root: Path | None, error: OSError) -> None:
        if root not in self._refused:
            self._refused.add(root)
            structlog.get_logger().warning(
                "changes cannot be watched, folders are rescanned instead",
                folder=str(root or "all"),
                cause=error.strerror,
            )

    def _look_everywhere(self) -> None:
        for root in self.watched:
            self._hints.add(root)

    @property
    def watched(self) -> list[Path]:
        """The folders that are watched now."""
        return list(self._watches)

    @property
    def is_complete(self) -> bool:
        """Tell whether no watch was refused."""
        return not self._refused

    def is_alive(self) -> bool:
        """Tell whether watchdog's threads run: that of the observer, and the one that reads."""
        if self._observer is None or not self._observer.is_alive():
            return False
        reader = getattr(self._observer, "_inotify_fd", None)  # on Linux
        return reader is None or bool(reader.is_alive())

    def stop(self) -> None:
        """Stop watchdog's threads and wait for them."""
        logging.getLogger(LOSS_LOGGER).removeHandler(self._losses)
        observer, self._observer = self._observer, None
        self._watches.clear()
        if observer is not None:
            observer.stop()
            observer.join(timeout=5)
