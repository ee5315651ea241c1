"""The audit keeps what it is told, and no more than it should."""

from pathlib import Path

from hivemindd.deeds import Deed
from hivemindd.log import audit
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from hivemindd.log.tables import DEEDS, Txn


def deed(ts: int, skill: str = "") -> Deed:
    """Make a row."""
    return Deed(ts=ts, what="written", who="daemon", skill=skill)


def put(log: Log, *deeds: Deed) -> None:
    """Add rows in one transaction."""
    log.transact(lambda txn: audit.note(txn, *deeds))


def test_rows_of_one_moment_stay_apart_and_in_order(tmp_path: Path) -> None:
    """Also those of several transactions."""
    log = open_log(tmp_path / "log", map_size=1 << 20)
    for names in ("ab", "c"):
        put(log, *(deed(5, name) for name in names))
    put(log, deed(4, "before"))

    with log.read() as txn:
        assert [row.skill for row in DEEDS.rows(txn)] == ["before", "a", "b", "c"]
    log.close()


def test_a_year_is_kept(tmp_path: Path) -> None:
    """To the millisecond; a clock at its beginning is no fault."""
    log = open_log(tmp_path / "log", map_size=1 << 20)
    for ts in (0, 1, audit.KEEP_MS, audit.KEEP_MS + 1):
        put(log, deed(ts))

    with log.read() as txn:
        assert [row.ts for row in DEEDS.rows(txn)] == [1, audit.KEEP_MS, audit.KEEP_MS + 1]
    log.close()


def test_the_newest_are_kept_where_there_are_many(tmp_path: Path) -> None:
    """So that the log stays small whatever happens."""
    log = open_log(tmp_path / "log", map_size=1 << 24)

    def fill(txn: Txn) -> None:
        for ts in range(audit.KEEP_ROWS + 5):
            audit.note(txn, deed(ts))

    log.transact(fill)
    with log.read() as txn:
        rows = DEEDS.rows(txn)
    assert (len(rows), rows[0].ts, rows[-1].ts) == (audit.KEEP_ROWS, 5, audit.KEEP_ROWS + 4)
    log.close()
