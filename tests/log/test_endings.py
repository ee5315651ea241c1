"""How the log was left, and what is looked at when several have died over it."""

import random
from pathlib import Path

import pytest

from hivemindd.log.datafile import MARK
from hivemindd.log.endings import check, note_opened
from hivemindd.log.opening import open_log, open_log_readonly
from hivemindd.log.store import Log
from hivemindd.log.tables import NAMES, Txn
from tests.children import Child
from tests.log.settings import DATA, damaged, get, put


def die_over(folder: Path) -> None:
    """Have a process killed that has the log open."""
    with Child("tests.log.occupying", folder) as child:
        assert child.hear() == "occupied"
        child.kill()


def spoil(folder: Path) -> None:
    """Let a page lead to another that it must not lead to, which the head does not tell."""
    data = bytearray((folder / DATA).read_bytes())
    at = data.index(b"name-0300")
    page = at - at % 4096
    data[page + 2 * 8 : page + 2 * 8 + 2] = b"\xff\x0f"
    (folder / DATA).write_bytes(data)


def test_a_mark_stays_until_the_log_is_closed(log: Log) -> None:
    """Who only reads leaves none, and takes none away."""
    reader = open_log_readonly_elsewhere(log.folder)
    assert reader == "1"
    assert (log.folder / MARK).stat().st_size == 1
    log.close()
    assert not (log.folder / MARK).exists()
    open_log_readonly(log.folder).close()
    assert not (log.folder / MARK).exists()


def open_log_readonly_elsewhere(folder: Path) -> str:
    """Read a log in another process; return how many settings that finds."""
    with Child("tests.log.reading", folder) as reader:
        reader.tell()
        return reader.hear()


@pytest.mark.parametrize(("deaths", "found"), [(0, False), (1, False), (2, True)])
def test_after_two_deaths_the_pages_are_looked_at(log: Log, deaths: int, found: bool) -> None:  # noqa: FBT001
    """One may be a power cut, after which nobody wants to wait."""
    for number in range(600):
        put(log, b"name-%04d" % number, "x" * 100)
    log.close()
    for _ in range(deaths):
        die_over(log.folder)
    spoil(log.folder)

    again = open_log(log.folder)
    again.close()

    assert bool(damaged(log.folder)) == found
    assert ("2 have died over" in again.replaced) == found


def test_a_sound_log_is_kept_however_many_have_died_over_it(log: Log) -> None:
    """Whoever is killed leaves a sound log behind."""
    put(log, b"name", "value")
    log.close()
    for _ in range(3):
        die_over(log.folder)

    again = open_log(log.folder)
    assert get(again, b"name") == "value"
    assert not again.replaced
    again.close()


@pytest.mark.parametrize("seed", range(4))
def test_no_sound_log_is_suspected(folder: Path, seed: int) -> None:
    """Whatever was written and deleted, at any size; and to look at it changes no row."""
    chance = random.Random(seed)
    log = open_log(folder, map_size=1 << 24)

    def change(txn: Txn) -> None:
        for _ in range(chance.randrange(1, 60)):
            key = chance.randrange(300).to_bytes(4, "big")
            if chance.random() < 0.7:
                txn.put("blocks", key, chance.randbytes(chance.choice([0, 9, 500, 5_000, 90_000])))
            else:
                txn.delete("blocks", key)

    for _ in range(30):
        log.transact(change)
    before = rows(log)
    log.close()
    for _ in range(2):
        note_opened(folder)

    check(folder)

    again = open_log(folder, map_size=1 << 24)
    assert rows(again) == before
    again.close()


def rows(log: Log) -> dict[str, list[tuple[bytes, bytes]]]:
    """Return everything that a log holds."""
    with log.read() as txn:
        return {name: list(txn.scan(name)) for name in NAMES}


def test_where_there_is_no_log_yet_nothing_is_suspected(folder: Path) -> None:
    """Somebody may die before the first row."""
    folder.mkdir()
    for _ in range(2):
        note_opened(folder)
    log = open_log(folder)
    log.close()
    assert not log.replaced
