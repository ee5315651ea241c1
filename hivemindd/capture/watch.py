"""Hints that a file has changed. They may be late, doubled or missing: stat is the truth."""

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

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
from watchdog.observers.api import ObservedWatch

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
        self._lock = threading.Lock()
        self._wake = threading.Event()

    def add(self, path: Path) -> None:
        """Note a path and wake the one who waits."""
        with self._lock:
            self._paths.add(path)
        self._wake.set()

    def wake(self) -> None:
        """Wake the one who waits, with nothing new to look at."""
        self._wake.set()

    def take(self, timeout: float) -> set[Path]:
        """Wait up to `timeout` seconds for a hint and return all there are."""
        self._wake.wait(timeout)
        self._wake.clear()
        with self._lock:
            paths, self._paths = self._paths, set()
        return paths


class _Handler(FileSystemEventHandler):
    """Only adds to a set: an exception in a handler would end watchdog's thread for good."""

    def __init__(self, hints: Hints, wanted: Callable[[Path], bool]) -> None:
        self._hints = hints
        self._wanted = wanted

    def on_any_event(self, event: FileSystemEvent) -> None:
        target = event.dest_path or event.src_path
        path = Path(os.fsdecode(target))
        if event.is_directory or self._wanted(path):
            self._hints.add(path)


class Watcher:
    """Watches the folders of all assistants, also those that appear later."""

    def __init__(self, hints: Hints, wanted: Callable[[Path], bool]) -> None:
        """Prepare; nothing is watched before `attach`."""
        self._handler = _Handler(hints, wanted)
        self._observer = Observer()
        self._watches: dict[Path, tuple[ObservedWatch, int]] = {}
        self._failed: set[Path] = set()

    def start(self) -> None:
        """Start watchdog's thread."""
        self._observer.start()

    def attach(self, roots: Iterable[Path]) -> list[Path]:
        """Watch the roots that exist and are not watched yet; return the new ones.

        A root that was removed and made again (another inode) is watched anew. Where
        the system's limit of watches is reached, the rescan alone finds changes.
        """
        added = []
        for root in roots:
            try:
                inode = root.stat().st_ino
            except OSError:
                self._detach(root)
                continue
            known = self._watches.get(root)
            if known is not None and known[1] == inode:
                continue
            self._detach(root)
            try:
                watch = self._observer.schedule(
                    self._handler, os.fspath(root), recursive=True, event_filter=_EVENTS
                )
            except OSError as error:
                if root not in self._failed:
                    self._failed.add(root)
                    structlog.get_logger().warning(
                        "folder cannot be watched, it is rescanned instead",
                        folder=str(root),
                        cause=error.strerror,
                    )
                continue
            self._watches[root] = watch, inode
            added.append(root)
        return added

    def _detach(self, root: Path) -> None:
        known = self._watches.pop(root, None)
        if known is not None:
            self._observer.unschedule(known[0])

    @property
    def watched(self) -> list[Path]:
        """The folders that are watched now."""
        return list(self._watches)

    def is_alive(self) -> bool:
        """Tell whether watchdog's thread still runs."""
        return self._observer.is_alive()

    def stop(self) -> None:
        """Stop watchdog's thread and wait for it."""
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join(timeout=5)
