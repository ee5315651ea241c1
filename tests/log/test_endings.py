"""How the log was left, and what is looked at when several have died over it."""

import random
import sys
import threading
from pathlib import Path

import lmdb
import psutil
import pytest

from hivemindd.errors import ConfigError
from hivemindd.log import endings
from hivemindd.log.datafile import MARK
from hivemindd.log.endings import check, note_opened
from hivemindd.log.opening import open_log, open_log_readonly
from hivemindd.log.schema import SCHEMA
from hivemindd.log.store import Log
from hivemindd.log.tables import NAMES, Txn
from tests.children import Child
from tests.log.settings import DATA, damaged, get, put
from tests.process import await_true


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


@pytest.fixture(name="suspected")
def _suspected(log: Log) -> Path:
    """Give the folder of a sound log over which two have died."""
    put(log, b"name", "value")
    log.close()
    for _ in range(2):
        note_opened(log.folder)
    return log.folder


def is_kept(folder: Path) -> bool:
    """Tell whether a log still has what was put into it."""
    log = open_log(folder)
    value = get(log, b"name")
    log.close()
    return value == "value" and not damaged(folder)


def test_a_full_disk_is_no_damage(suspected: Path) -> None:
    """Who is sent to look cannot write there either; a log that is up to date needs no room."""
    with Child("tests.log.breaking", "full_disk_at_start", suspected) as child:
        assert child.hear() == "ok"

    assert is_kept(suspected)


def test_a_table_that_a_full_disk_does_not_take_is_made_later(log: Log) -> None:
    """However often it is tried: a start that is refused in good order is no death."""
    put(log, b"name", "value")
    log.close()
    drop(log.folder, "traces")

    for _ in range(4):
        with Child("tests.log.breaking", "full_disk_at_start", log.folder) as child:
            assert child.hear() == "LogError"
        assert not (log.folder / MARK).exists()

    assert is_kept(log.folder)


def drop(folder: Path, table: str) -> None:
    """Leave a log as a version wrote it that did not know a table yet."""
    environment = lmdb.open(str(folder), max_dbs=len(NAMES))
    with environment.begin(write=True) as txn:
        txn.drop(environment.open_db(table.encode(), txn=txn))
    environment.close()


@pytest.mark.parametrize("deaths", [0, 2])
def test_a_newer_log_is_never_written_to(log: Log, deaths: int) -> None:
    """Neither by who is refused again and again, nor by who is sent to look at its pages."""
    put(log, b"schema", str(SCHEMA + 1))
    log.close()
    before = (log.folder / DATA).read_bytes()
    for _ in range(deaths):
        note_opened(log.folder)

    for _ in range(4):
        with pytest.raises(ConfigError, match="upgrade hivemindd"):
            open_log(log.folder)

    assert (log.folder / DATA).read_bytes() == before
    assert not damaged(log.folder)


def test_a_look_that_takes_too_long_finds_nothing(
    suspected: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow disk is no damage."""
    monkeypatch.setattr(endings, "PATIENCE", 0.0)
    check(suspected)


@pytest.mark.skipif(sys.platform != "linux", reason="command lines of others are Linux's to tell")
def test_a_look_that_somebody_ends_finds_nothing(suspected: Path) -> None:
    """Who stops a service stops all of its processes; and no page sends SIGTERM."""
    with Child("tests.log.occupying", suspected) as writer:
        assert writer.hear() == "occupied"
        look = threading.Thread(target=lambda: raised.extend(fault_of(suspected)))
        raised: list[Exception] = []
        look.start()
        await_true(lambda: bool(probes(suspected)), "another process looks")
        for probe in probes(suspected):
            probe.terminate()
        look.join()
    assert not raised


def fault_of(folder: Path) -> list[Exception]:
    """Return the error that a check raises, if it does."""
    try:
        check(folder)
    except Exception as error:  # noqa: BLE001  it is for the test's own thread
        return [error]
    return []


def probes(folder: Path) -> list[psutil.Process]:
    """Return the processes that this one has sent to look at the pages of a log."""
    return [
        child
        for child in psutil.Process().children()
        if child.cmdline()[-2:] == ["hivemindd.log.endings", str(folder)]
    ]
