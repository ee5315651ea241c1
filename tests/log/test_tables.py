"""Tables: rows under keys, in order."""

import msgspec

from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, SEEN, TALLIES, WORKSPACES, Txn
from hivemindd.records import Tally, Workspace
from tests.lessons.make import make_correction, make_verdict


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


def test_a_correction_of_an_older_log_has_no_verdict(log: Log) -> None:
    """What a judge said was not kept before; the row is read all the same."""
    old = {"id": "c", "workspace": "w", "session": "s", "assistant": "a", "ts": 1}
    data = msgspec.msgpack.encode({**old, "channel": "follow-up", "state": "accepted"})
    log.transact(lambda txn: txn.put(CORRECTIONS.name, b"old", data))
    with log.read() as txn:
        row = CORRECTIONS.get(txn, b"old")

    assert row is not None
    assert (row.state, row.verdict) == ("accepted", None)


def test_a_verdict_is_kept_with_its_correction(log: Log) -> None:
    """Every word of it."""
    row = make_correction("pnpm please")
    row.verdict = make_verdict(not_when=["in ci"], relates_to="l1", relation="same")
    log.transact(lambda txn: CORRECTIONS.put(txn, b"new", row))
    with log.read() as txn:
        assert CORRECTIONS.get(txn, b"new") == row
