"""The file of tombstones, which outlives the log."""

import stat
from pathlib import Path

import pytest

from hivemindd.log.datafile import LogError
from hivemindd.log.erase import bury, note_taken_in, unknown_stones
from hivemindd.log.seen import FORGOTTEN_MARK
from hivemindd.log.store import Log
from hivemindd.log.tables import AGED, FORGOTTEN, SEEN
from hivemindd.log.tombstones import Tombstone, Tombstones

ONE = Tombstone(session=b"12345678", until=5, events=b"a" * 16 + b"b" * 16)
TWO = Tombstone(session=b"abcdefgh", until=7, aged=True)


def test_what_was_added_is_read(tmp_path: Path) -> None:
    """In its order; the file is its owner's alone."""
    stones = Tombstones(tmp_path)
    assert (stones.size, list(stones.read(0))) == (0, [])

    stones.add([ONE])
    end = stones.size
    stones.add([TWO])

    assert list(stones.read(0)) == [ONE, TWO]
    assert list(stones.read(end)) == [TWO]
    assert list(ONE.keys) == [b"a" * 16, b"b" * 16]
    assert stat.S_IMODE(stones.file.stat().st_mode) == 0o600


def test_a_line_that_was_cut_off_harms_no_other(tmp_path: Path) -> None:
    """As a crash in the middle of it leaves it."""
    stones = Tombstones(tmp_path)
    stones.add([ONE, TWO])
    stones.file.write_bytes(stones.file.read_bytes()[:-9])

    stones.add([TWO])

    assert list(stones.read(0)) == [ONE, TWO]


def test_where_they_cannot_be_written_it_is_said(tmp_path: Path) -> None:
    """Then nothing may be forgotten."""
    (tmp_path / "forgotten").mkdir()

    with pytest.raises(LogError, match=r"cannot write .*forgotten: Is a directory"):
        Tombstones(tmp_path).add([ONE])


def test_a_log_takes_in_what_it_does_not_know(log: Log, tmp_path: Path) -> None:
    """All of it where the log is new, or the file is another; the rest else."""
    stones = Tombstones(tmp_path)
    stones.add([ONE])
    with log.read() as txn:
        assert list(unknown_stones(txn, stones)) == [ONE]
    log.transact(lambda txn: note_taken_in(txn, stones.size))
    stones.add([TWO])
    with log.read() as txn:
        assert list(unknown_stones(txn, stones)) == [TWO]

    stones.file.unlink()
    stones.add([ONE])
    log.transact(lambda txn: note_taken_in(txn, stones.size + 1))

    with log.read() as txn:
        assert list(unknown_stones(txn, stones)) == [ONE]


def test_what_is_buried_is_marked(log: Log) -> None:
    """Each event, and the session up to the latest time that was ever named."""
    log.transact(lambda txn: bury(txn, ONE))
    log.transact(lambda txn: bury(txn, Tombstone(session=ONE.session, until=3)))

    with log.read() as txn:
        assert txn.get(SEEN, b"a" * 16) == FORGOTTEN_MARK
        assert FORGOTTEN.get(txn, ONE.session) == 5
        assert AGED.get(txn, ONE.session) is None


def test_what_went_by_its_age_is_told_apart(log: Log) -> None:
    """Nobody asked for it."""
    log.transact(lambda txn: bury(txn, TWO))

    with log.read() as txn:
        assert (AGED.get(txn, TWO.session), FORGOTTEN.get(txn, TWO.session)) == (7, None)
