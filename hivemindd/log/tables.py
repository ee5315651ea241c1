"""Typed tables: named LMDB databases whose values are MessagePack rows."""

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import lmdb
import msgspec

from hivemindd.deeds import Deed, Receipt
from hivemindd.log.ahead import Ahead
from hivemindd.log.datafile import DamagedLogError
from hivemindd.log.resident import Resident
from hivemindd.records import (
    Checkpoint,
    Correction,
    Lesson,
    Session,
    Skill,
    Tally,
    Trace,
    Workspace,
)
from hivemindd.work import Call, Due

Result = TypeVar("Result")
Row = TypeVar("Row")
_encoder = msgspec.msgpack.Encoder()
_UNREADABLE = (ValueError, RecursionError)


def _nothing() -> None:
    """Do nothing: what is looked up once takes no memory."""


class Txn:
    """A transaction with the handles of all databases."""

    def __init__(
        self,
        raw: "lmdb.Transaction[bytes]",
        handles: dict[str, Any],
        resident: Resident | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        """Wrap an open LMDB transaction; one that holds up nobody needs nothing `ahead`."""
        self.raw = raw
        self.handles = handles
        self._touch = resident.touch if resident else _nothing
        self._ahead = ahead

    def work_out(self, work: Callable[..., Result], *given: object) -> Result:
        """Return what `work`, which is pure, makes of what it is given.

        A change is done anew from its start once that is known, so that nobody who wants to
        write waits for it.
        """
        if self._ahead is None:
            return work(*given)
        result: Result = self._ahead.result(work, given)
        return result

    def get(self, table: str, key: bytes) -> bytes | None:
        """Return the bytes under a key, None when there are none."""
        self._touch()
        return self.raw.get(key, db=self.handles[table])

    def put(self, table: str, key: bytes, value: bytes, *, overwrite: bool = True) -> bool:
        """Store bytes; False when the key exists and must stay."""
        self._touch()
        return self.raw.put(key, value, overwrite=overwrite, db=self.handles[table])

    def delete(self, table: str, key: bytes) -> bool:
        """Remove a key; False when it was not there."""
        self._touch()
        return self.raw.delete(key, db=self.handles[table])

    def scan(self, table: str, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Yield keys and values in key order, from the first with the prefix to the last."""
        with self.raw.cursor(db=self.handles[table]) as cursor:
            if not cursor.set_range(prefix):
                return
            for key, value in cursor:
                if not key.startswith(prefix):
                    return
                self._touch()
                yield key, value

    def values(self, table: str, prefix: bytes = b"") -> Iterator[bytes]:
        """Yield only the values, in key order."""
        if prefix:
            yield from (value for _, value in self.scan(table, prefix))
            return
        with self.raw.cursor(db=self.handles[table]) as cursor:
            for value in cursor.iternext(keys=False):
                self._touch()
                yield value

    def count(self, table: str) -> int:
        """Return the number of rows of a table."""
        return int(self.raw.stat(self.handles[table])["entries"])

    def pages(self, table: str) -> int:
        """Return the number of pages that a table takes."""
        stat = self.raw.stat(self.handles[table])
        return int(stat["branch_pages"] + stat["leaf_pages"] + stat["overflow_pages"])


class Table(Generic[Row]):
    """One named database with rows of one type."""

    def __init__(self, name: str, row: type[Row]) -> None:
        """Name the database and its row type."""
        self.name = name
        self._decoder = msgspec.msgpack.Decoder(row)

    def get(self, txn: Txn, key: bytes) -> Row | None:
        """Return the row under a key, None when there is none.

        Here and below:

        Raises:
            DamagedLogError: a row cannot be read, or some are missing.
        """
        data = txn.get(self.name, key)
        return None if data is None else self._decode(data)

    def put(self, txn: Txn, key: bytes, row: Row) -> None:
        """Store a row."""
        txn.put(self.name, key, _encoder.encode(row))

    def delete(self, txn: Txn, key: bytes) -> bool:
        """Remove a row; False when it was not there."""
        return txn.delete(self.name, key)

    def scan(self, txn: Txn, prefix: bytes = b"") -> Iterator[tuple[bytes, Row]]:
        """Yield keys and rows in key order."""
        for key, data in txn.scan(self.name, prefix):
            yield key, self._decode(data)

    def rows(self, txn: Txn, prefix: bytes = b"") -> list[Row]:
        """Return all rows whose key has the prefix, in key order."""
        try:  # once for all of them: there may be thousands
            found = [*map(self._decoder.decode, txn.values(self.name, prefix))]
        except _UNREADABLE as error:
            raise self._damage(error) from error
        if not prefix and len(found) != txn.count(self.name):
            raise DamagedLogError(f"rows of {self.name} are missing")
        return found

    def _decode(self, data: bytes) -> Row:
        try:
            return self._decoder.decode(data)
        except _UNREADABLE as error:
            raise self._damage(error) from error

    def _damage(self, error: Exception) -> DamagedLogError:
        return DamagedLogError(f"a row of {self.name} cannot be read: {error}")


WORKSPACES = Table("workspaces", Workspace)  # workspace
SESSIONS = Table("sessions", Session)  # workspace, session
CHECKPOINTS = Table("checkpoints", Checkpoint)  # path
CORRECTIONS = Table("corrections", Correction)  # workspace, session, correction
LESSONS = Table("lessons", Lesson)  # workspace, lesson
SKILLS = Table("skills", Skill)  # workspace, skill
RECEIPTS = Table("receipts", Receipt)  # workspace, skill, number
DEEDS = Table("deeds", Deed)  # time, number
TRACES = Table("traces", Trace)  # workspace, session
DUE = Table("due", Due)  # workspace, session
CALLS = Table("calls", Call)  # time, number
TALLIES = Table("tallies", Tally)  # assistant, version, what
FILES = Table("files", bytes)  # device, inode -> checkpoint key
SETTINGS = Table("settings", str)  # name
FORGOTTEN = Table("forgotten", int)  # session -> until when its words are forgotten, in ms
AGED = Table("aged", int)  # session -> the same, where nobody asked for it: its time was over
DECLINED = Table("declined", str)  # session -> why all of it is left out, where no folder says so
BLOCKS = "blocks"  # workspace, session, number -> block
SEEN = "seen"  # event -> b"" when stored, else why it was left out: `seen.py` has the marks
HOMES = "homes"  # session -> workspace

NAMES = (
    *(
        table.name
        for table in (
            WORKSPACES,
            SESSIONS,
            CHECKPOINTS,
            CORRECTIONS,
            LESSONS,
            SKILLS,
            RECEIPTS,
            DEEDS,
            TRACES,
            DUE,
            CALLS,
            TALLIES,
            FILES,
            SETTINGS,
            FORGOTTEN,
            AGED,
            DECLINED,
        )
    ),
    BLOCKS,
    SEEN,
    HOMES,
)
