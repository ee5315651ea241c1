"""Hints about changed files, with the real watchdog on real folders."""

import importlib
import inspect
import logging
import os
import resource
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from hivemindd.capture.watch import LOSS, LOSS_LOGGER, Hints, Watcher

PATIENCE = 20.0


def is_transcript(path: Path) -> bool:
    """Want what an assistant would."""
    return path.suffix == ".jsonl"


def wait_for(hints: Hints, *wanted: Path) -> set[Path]:
    """Take hints until all of some paths were among them; return all that came."""
    seen: set[Path] = set()
    while not seen.issuperset(wanted):
        more = hints.take(PATIENCE)
        assert more, f"nothing more than {seen}"
        seen |= more
    return seen


def wait_for_below(hints: Hints, path: Path) -> None:
    """Take hints until a path or a folder above it was among them: ingest looks below folders."""
    seen: set[Path] = set()
    while not seen & {path, *path.parents}:
        more = hints.take(PATIENCE)
        assert more, f"nothing more than {seen}"
        seen |= more


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    root = tmp_path / "projects"
    root.mkdir()
    return root


@pytest.fixture(name="hints")
def _hints() -> Hints:
    return Hints()


@pytest.fixture(name="watcher")
def _watcher(hints: Hints) -> Iterator[Watcher]:
    watcher = Watcher(hints, is_transcript)
    yield watcher
    watcher.stop()


def emitters_end(watcher: Watcher) -> None:
    """Wait until watchdog has noticed that a root is gone."""
    assert watcher._observer is not None
    for emitter in list(watcher._observer.emitters):
        emitter.join(PATIENCE)


def test_no_other_thread_is_woken_for_an_event(hints: Hints, root: Path) -> None:
    """A thousand appends a second are seen and noted by the same one."""
    threads: set[threading.Thread] = set()

    def is_wanted(path: Path) -> bool:
        threads.add(threading.current_thread())
        return is_transcript(path)

    watcher = Watcher(hints, is_wanted)
    watcher.attach([root])
    try:
        (root / "t.jsonl").write_text("{}\n")
        wait_for(hints, root / "t.jsonl")
        assert watcher._observer is not None
        assert threads <= set(watcher._observer.emitters)
    finally:
        watcher.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere another thread reads")
def test_a_burst_of_events_is_read_at_once(
    root: Path, hints: Hints, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that reads them rests between two reads."""
    monkeypatch.setattr("hivemindd.capture.watch.REST", 1)
    reader = importlib.import_module("watchdog.observers.inotify_c").InotifyFD
    read, found = reader.read_events, list[int]()

    def count(reader: object) -> list[object]:
        events: list[object] = read(reader)
        found.append(len(events))
        return events

    monkeypatch.setattr(reader, "read_events", count)
    watcher.attach([root])
    (root / "first.jsonl").touch()  # the read under way has begun before the watch
    wait_for(hints, root / "first.jsonl")
    paths = [root / f"{number}.jsonl" for number in range(50)]
    for path in paths:
        path.write_text("{}\n")

    wait_for(hints, *paths)
    assert len(found) <= 3


class TestChanges:
    """What leads to a hint."""

    def test_an_append_is_seen(self, root: Path, hints: Hints, watcher: Watcher) -> None:
        """And so is a new file."""
        old, new = root / "old.jsonl", root / "new.jsonl"
        old.touch()
        assert watcher.attach([root]) == [root]

        with old.open("ab") as file:
            file.write(b"line\n")
        wait_for(hints, old)
        new.write_bytes(b"line\n")
        wait_for(hints, new)

    def test_only_transcripts_wake_us(self, root: Path, hints: Hints, watcher: Watcher) -> None:
        """Assistants write much else beside them."""
        watcher.attach([root])
        (root / "note.txt").touch()
        (root / "last.jsonl").touch()

        assert root / "note.txt" not in wait_for(hints, root / "last.jsonl")

    def test_a_file_renamed_into_place_is_seen(
        self, root: Path, hints: Hints, watcher: Watcher
    ) -> None:
        """The hint is for the name that it has now."""
        watcher.attach([root])
        (root / "t.tmp").write_bytes(b"line\n")
        (root / "t.tmp").rename(root / "t.jsonl")

        wait_for(hints, root / "t.jsonl")

    def test_a_file_moved_in_from_elsewhere_is_seen(
        self, root: Path, hints: Hints, watcher: Watcher, tmp_path: Path
    ) -> None:
        """Its old place is not watched."""
        (tmp_path / "t.jsonl").write_bytes(b"line\n")
        watcher.attach([root])
        (tmp_path / "t.jsonl").rename(root / "t.jsonl")

        wait_for(hints, root / "t.jsonl")

    def test_folders_made_in_a_row_are_seen(
        self, root: Path, hints: Hints, watcher: Watcher
    ) -> None:
        """A file that is written before its new folder can be watched is found through it."""
        watcher.attach([root])
        for number in range(50):
            path = root / str(number) / "a" / "b" / "t.jsonl"
            path.parent.mkdir(parents=True)
            path.write_bytes(b"line\n")

            wait_for_below(hints, path)

    def test_a_folder_moved_in_is_seen(
        self, root: Path, hints: Hints, watcher: Watcher, tmp_path: Path
    ) -> None:
        """With all that it holds, and with what is written to it afterwards."""
        (tmp_path / "project" / "deep").mkdir(parents=True)
        (tmp_path / "project" / "deep" / "t.jsonl").touch()
        watcher.attach([root])
        (tmp_path / "project").rename(root / "project")
        path = root / "project" / "deep" / "t.jsonl"
        wait_for_below(hints, path)

        with path.open("ab") as file:
            file.write(b"line\n")
        wait_for(hints, path)


class TestRoots:
    """Roots come and go."""

    def test_a_root_may_appear_later(self, tmp_path: Path, hints: Hints, watcher: Watcher) -> None:
        """An assistant that is installed after us is watched from the next look on."""
        late = tmp_path / "late"
        assert watcher.attach([late]) == []
        assert watcher.watched == []

        late.mkdir()
        assert watcher.attach([late]) == [late]
        assert watcher.attach([late]) == []
        (late / "t.jsonl").touch()
        wait_for(hints, late / "t.jsonl")

    @pytest.mark.parametrize("round_", range(3))
    def test_a_root_may_be_made_again(
        self, root: Path, hints: Hints, watcher: Watcher, round_: int
    ) -> None:
        """Also when the new one gets the inode of the old."""
        watcher.attach([root])
        root.rmdir()
        emitters_end(watcher)
        root.mkdir()

        assert watcher.attach([root]) == [root], round_
        (root / "t.jsonl").touch()
        wait_for(hints, root / "t.jsonl")

    def test_a_root_may_be_exchanged(
        self, root: Path, hints: Hints, watcher: Watcher, tmp_path: Path
    ) -> None:
        """A folder moved away and another put in its place is watched, not the old one."""
        watcher.attach([root])
        root.rename(tmp_path / "away")
        root.mkdir()

        assert watcher.attach([root]) == [root]
        (root / "t.jsonl").touch()
        wait_for(hints, root / "t.jsonl")

    def test_a_root_that_is_gone_is_dropped(self, root: Path, watcher: Watcher) -> None:
        """Until it is there again."""
        watcher.attach([root])
        root.rmdir()

        assert watcher.attach([root]) == []
        assert watcher.watched == []

    def test_one_root_does_not_hinder_another(
        self, root: Path, tmp_path: Path, watcher: Watcher
    ) -> None:
        """Those that can be watched are."""
        assert watcher.attach([tmp_path / "absent", root]) == [root]


class TestEndurance:
    """What must not end the watching."""

    def test_a_handler_never_raises(self, root: Path, hints: Hints) -> None:
        """An exception would end watchdog's thread; in doubt a path is looked at."""

        def fail(path: Path) -> bool:
            raise RuntimeError(path)

        watcher = Watcher(hints, fail)
        watcher.attach([root])
        for name in ("a.jsonl", "b.jsonl"):
            (root / name).touch()
            wait_for(hints, root / name)

        assert watcher.is_alive()
        watcher.stop()

    def test_a_name_that_is_no_text_is_a_path(
        self, root: Path, hints: Hints, watcher: Watcher
    ) -> None:
        """Any bytes can name a file."""
        watcher.attach([root])
        path = Path(os.fsdecode(os.fsencode(root) + b"/\xff\xfe.jsonl"))
        path.touch()

        wait_for(hints, path)
        assert watcher.is_alive()

    @pytest.mark.parametrize("which", ["caller", "reader"])
    def test_a_thread_that_died_is_replaced(
        self, root: Path, hints: Hints, watcher: Watcher, which: str
    ) -> None:
        """The next look watches everything anew."""
        watcher.attach([root])
        observer: Any = watcher._observer
        thread = getattr(observer, "_inotify_fd", observer) if which == "reader" else observer
        thread.stop()
        thread.join(PATIENCE)
        assert not watcher.is_alive()

        assert watcher.attach([root]) == [root]
        (root / "t.jsonl").touch()
        wait_for(hints, root / "t.jsonl")

    def test_nothing_is_left_running(self, root: Path, hints: Hints) -> None:
        """After `stop` there are as many threads as before."""
        before = threading.active_count()
        watcher = Watcher(hints, is_transcript)
        watcher.attach([root])
        assert threading.active_count() > before

        watcher.stop()
        watcher.stop()
        assert threading.active_count() == before

    @pytest.mark.skipif(sys.platform != "linux", reason="watching takes no descriptor elsewhere")
    def test_a_system_without_room_is_said_once(self, root: Path, hints: Hints) -> None:
        """Where no watch can be had, the rescan goes on alone, and later looks try again."""
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        watcher = Watcher(hints, is_transcript)
        with structlog.testing.capture_logs() as logs:
            resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
            try:
                assert watcher.attach([root]) == []
                assert watcher.attach([root]) == []
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)

        assert [log["log_level"] for log in logs] == ["warning"]
        assert not watcher.is_alive()
        assert not watcher.is_complete
        assert watcher.attach([root]) == [root]
        assert watcher.is_complete
        watcher.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
class TestOverflow:
    """The kernel's queue is bounded: what it drops is never told."""

    def test_lost_events_make_every_folder_a_hint(
        self, root: Path, hints: Hints, watcher: Watcher
    ) -> None:
        """Watchdog only logs the loss; then all folders are looked through at once."""
        assert watcher.attach([root]) == [root]
        logging.getLogger(LOSS_LOGGER).warning(f"Inotify queue overflowed; {LOSS}")  # noqa: G004

        assert root in hints.take(PATIENCE)

    def test_watchdog_still_says_it_so(self) -> None:
        """The words are watchdog's own; should they change, this fails first."""
        source = inspect.getsource(importlib.import_module(LOSS_LOGGER))

        assert f'logger.warning("Inotify queue overflowed; {LOSS}")' in source
