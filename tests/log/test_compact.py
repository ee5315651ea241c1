"""Compaction: what was deleted leaves the disk, and nobody who reads is disturbed."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hivemindd.log.compact import ask_for_compaction, compact, copies, is_compaction_due
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log, LogError
from hivemindd.log.tables import SETTINGS
from tests.log.settings import DATA, get, put
from tests.raw import holds

READER = """
import sys
from pathlib import Path
from hivemindd.log.opening import open_log_readonly
from hivemindd.log.tables import SETTINGS

log = open_log_readonly(Path(sys.argv[1]))
while True:
    with log.read() as txn:
        print(SETTINGS.get(txn, b"name"), txn.count("settings"), flush=True)
    if not sys.stdin.readline():
        break
"""


class Reader:
    """Another process that reads a log, which it keeps open."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Talk to a process that has been started."""
        self._process = process

    def answer(self) -> str:
        """Return what it reads now: a value, and the number of rows."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def ask(self) -> str:
        """Let it read again."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self.answer()


@contextmanager
def reading(folder: Path) -> Iterator[Reader]:
    """Start a reader, and end it."""
    command = [sys.executable, "-c", READER, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Reader(process)
        assert process.stdin is not None
        process.stdin.close()


def delete(log: Log, *names: bytes) -> None:
    """Delete rows of the settings."""
    log.transact(lambda txn: [SETTINGS.delete(txn, name) for name in names])


def test_what_was_deleted_leaves_the_disk(log: Log) -> None:
    """Until then it can be read from the file by anybody who has it."""
    names = [f"name{number}".encode() for number in range(800)]
    for number, name in enumerate(names):
        put(log, name, f"planted-{number}. " * 30)
    delete(log, *names[:-1])
    assert holds(log.folder, "planted-0. ")
    before = log.disk_bytes()

    freed = compact(log)

    assert not holds(log.folder, "planted-0. ")
    left = {number for number in range(800) if holds(log.folder, f"planted-{number}. ")}
    assert left == {799}
    assert freed == before - log.disk_bytes() > 0
    assert log.live_bytes() <= log.disk_bytes() < before / 4


def test_the_log_goes_on(log: Log) -> None:
    """It is read and written as before, also after it was closed and opened."""
    put(log, b"name", "before")

    compact(log)
    put(log, b"name", f"{get(log, b'name')} and after")
    assert log.is_in_place()
    log.close()

    again = open_log(log.folder)
    assert get(again, b"name") == "before and after"
    again.close()


def test_a_reader_of_before_goes_on_with_what_it_has_opened(log: Log) -> None:
    """And one that comes later reads the new file, whose table of readers is its own."""
    put(log, b"name", "old")
    with reading(log.folder) as first:
        old = first.answer()
        compact(log)
        for number in range(20):
            put(log, f"more{number}".encode(), "x")
        put(log, b"name", "new")

        with reading(log.folder) as second:
            assert second.answer() == "new 22"
            put(log, b"name", "newer")
            assert second.ask() == "newer 22"
        assert first.ask() == old == "old 2"


def test_threads_that_use_the_log_meanwhile_lose_nothing(log: Log) -> None:
    """Each waits for as long as the file is being replaced."""
    failures: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            for number in range(60):
                put(log, f"{thread} {number}".encode(), "x" * 500)
                assert get(log, f"{thread} {number}".encode())
                assert log.is_in_place()
        except (AssertionError, LogError) as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        compact(log)
    for thread in threads:
        thread.join()

    assert failures == []
    with log.read() as txn:
        assert txn.count(SETTINGS.name) == 1 + 3 * 60


def test_without_room_all_is_as_before(log: Log) -> None:
    """The sentence says what helps, and the log is not touched."""
    put(log, b"name", "value")
    log.transact(ask_for_compaction)
    (log.folder / "compact").write_text("in the way")  # as a full disk would be

    with pytest.raises(LogError, match=r"cannot replace the log .*: free some disk space"):
        compact(log)

    assert get(log, b"name") == "value"
    with log.read() as txn:
        assert is_compaction_due(txn)
    (log.folder / "compact").unlink()
    compact(log)
    with log.read() as txn:
        assert not is_compaction_due(txn)
    assert {file.name for file in log.folder.iterdir()} == {DATA, "lock.mdb", "open"}


def test_files_of_older_logs_are_known(log: Log) -> None:
    """They hold what was captured too."""
    (log.folder / f"{DATA}.damaged-1").write_text("x")

    assert [file.name for file in copies(log.folder)] == [f"{DATA}.damaged-1"]
