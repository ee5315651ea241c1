"""What was read of a log is let go, and nothing else is."""

import mmap
from itertools import count
from pathlib import Path

import pytest

from hivemindd.log.opening import open_log
from hivemindd.log.resident import mapped_bytes
from hivemindd.log.store import Log
from hivemindd.log.tables import SETTINGS
from tests.log.settings import MEGABYTE, get, put

pytestmark = pytest.mark.skipif(not mapped_bytes(), reason="the system does not tell")
MB = 1 << 20
MANY = 64


def fill(log: Log, name: str) -> None:
    """Store many megabytes under a name."""
    for number in range(MANY):
        put(log, f"{name} {number}".encode(), MEGABYTE)


def read_some(log: Log, name: str) -> None:
    """Read until more of it is mapped than before."""
    before, numbers = mapped_bytes(), count()
    while mapped_bytes() < before + 8 * MB:
        assert get(log, f"{name} {next(numbers) % MANY}".encode()) == MEGABYTE


def read_all(log: Log) -> int:
    """Read all there is; return the most bytes of files that were mapped meanwhile."""
    most = 0
    with log.read() as txn:
        for _ in SETTINGS.scan(txn):
            most = max(most, mapped_bytes())
    return most


def test_it_is_let_go_while_it_is_read(log: Log) -> None:
    """A long life with a large log takes no more memory than a short one."""
    fill(log, "first")
    fill(log, "second")
    before = mapped_bytes()

    assert read_all(log) - before < 100 * MB
    log.unmap()
    assert mapped_bytes() - before < 2 * MB
    assert get(log, b"first 1") == MEGABYTE


def test_also_where_the_map_has_moved(log: Log) -> None:
    """It has grown since it was let go for the first time."""
    before = mapped_bytes()
    put(log, b"one", "value")
    log.unmap()
    fill(log, "many")
    read_all(log)
    log.unmap()

    assert mapped_bytes() - before < 2 * MB


def test_another_log_stays_as_it_is(log: Log, tmp_path: Path) -> None:
    """Each lets go of its own file."""
    before = mapped_bytes()
    other = open_log(tmp_path / "other")
    for each in (log, other):
        fill(each, "many")
    for each in (log, other):
        read_some(each, "many")
    for each in (log, other):
        each.unmap()

    assert mapped_bytes() - before < 2 * MB
    other.close()


def test_what_has_taken_its_place_stays_as_it_is(tmp_path: Path) -> None:
    """A thread that was left behind at the end touches nothing of what came after."""
    log = open_log(tmp_path / "log", map_size=256 * MB)
    fill(log, "ours")
    read_some(log, "ours")
    log.unmap()
    log.close()
    (library := tmp_path / "library").write_bytes(bytes(32 * MB))
    with (
        mmap.mmap(-1, 256 * MB, flags=mmap.MAP_PRIVATE) as place,
        library.open("rb") as file,
        mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped,
    ):
        place[:] = b"x" * len(place)
        assert not any(mapped[:: 4 * 1024])
        log.unmap()

        assert place.find(b"\0") == -1
