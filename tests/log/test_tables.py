"""Tables: rows under keys, in order."""

from hivemindd.log.store import Log
from hivemindd.log.tables import SEEN, TALLIES, WORKSPACES, Txn
from hivemindd.records import Tally, Workspace


def test_rows_come_back_as_they_were(log: Log) -> None:
    """Also those whose fields all have their defaults."""
    row = Workspace(id="w", name="späße")

    def change(txn: Txn) -> None:
        WORKSPACES.put(txn, b"key", row)

    log.transact(change)

    with log.read() as txn:
        assert WORKSPACES.get(txn, b"key") == row
        assert WORKSPACES.get(txn, b"other") is None


def test_a_scan_keeps_to_its_prefix(log: Log) -> None:
    """Neither what sorts before nor what sorts after is met, at both ends of the table."""
    keys = [b"a", b"ab", b"b", b"b\x00", b"b\xff", b"b\xff\xff", b"c"]

    def change(txn: Txn) -> None:
        for key in keys:
            txn.put(SEEN, key, b"")

    log.transact(change)

    with log.read() as txn:
        assert [key for key, _ in txn.scan(SEEN, b"b")] == keys[2:6]
        assert [key for key, _ in txn.scan(SEEN)] == keys
        assert list(txn.scan(SEEN, b"d")) == []
        assert list(txn.scan(TALLIES.name)) == []


def test_a_row_may_be_kept(log: Log) -> None:
    """Without overwriting, the first wins and the second learns of it."""

    def change(txn: Txn) -> list[bool]:
        return [txn.put(SEEN, b"key", value, overwrite=False) for value in (b"1", b"2")]

    assert log.transact(change) == [True, False]
    with log.read() as txn:
        assert txn.get(SEEN, b"key") == b"1"


def test_a_deleted_row_is_gone(log: Log) -> None:
    """Deleting tells whether there was one."""
    row = Tally(assistant="codex", version="1", what="x", count=1)

    def change(txn: Txn) -> list[bool]:
        TALLIES.put(txn, b"key", row)
        return [TALLIES.delete(txn, b"key"), TALLIES.delete(txn, b"key")]

    assert log.transact(change) == [True, False]
    with log.read() as txn:
        assert TALLIES.rows(txn) == []
