"""Erase sessions from the log: every row that holds words of theirs, or tells of them.

What stays is what keeps them from coming back: the time up to which they are forgotten, and a
mark for each of their events. What went by its age leaves no marks that its time makes idle, or
a log that may take so much disk would fill with them; a coarse time makes none idle.
"""

from collections.abc import Collection, Iterable, Iterator

import msgspec

from hivemindd.events import COARSE
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.compact import ask_for_compaction
from hivemindd.log.history import blocks
from hivemindd.log.keys import event_key, session_key, workspace_key
from hivemindd.log.seen import FORGOTTEN_MARK
from hivemindd.log.tables import (
    AGED,
    BLOCKS,
    CALLS,
    CHECKPOINTS,
    CORRECTIONS,
    DECLINED,
    DUE,
    FORGOTTEN,
    HOMES,
    SEEN,
    SESSIONS,
    SETTINGS,
    TALLIES,
    TRACES,
    Txn,
)
from hivemindd.log.tombstones import Tombstone, Tombstones
from hivemindd.records import Session

_TAKEN_IN = b"tombstones"
_NO_ANSWER = "no usable answer"


class Doomed(msgspec.Struct, frozen=True):
    """A session that is to go, with its tombstone and the transcripts that it stands in.

    `idle` are the keys of its events that need no mark any more.
    """

    session: Session
    stone: Tombstone
    paths: frozenset[str]
    idle: frozenset[bytes] = frozenset()

    @property
    def prefix(self) -> bytes:
        """The beginning of the keys of its rows."""
        return workspace_key(self.session.workspace) + self.stone.session


def doom(
    txn: Txn, session: Session, codec: BlockCodec, until: int, *, aged: bool = False
) -> Doomed:
    """Read what a session consists of, which is to be forgotten up to a time (ms)."""
    paths, keys, idle = {session.path} - {""}, list[bytes](), list[bytes]()
    for block in blocks(txn, session):
        path, events = codec.read(block)
        paths.add(path)
        for event in events:
            timely = aged and event.ts <= until and event.assistant not in COARSE
            (idle if timely else keys).append(event_key(event.assistant, event.id))
    stone = Tombstone(
        session=session_key(session.assistant, session.id),
        until=until,
        aged=aged,
        events=b"".join(keys),
    )
    return Doomed(session, stone, frozenset(paths), frozenset(idle))


def erase(txn: Txn, doomed: Iterable[Doomed], kept: Collection[bytes] = ()) -> None:
    """Delete sessions and all that was read in them, but corrections whose keys are `kept`."""
    paths: set[str] = set()
    names: set[str] = set()
    for each in doomed:
        bury(txn, each.stone)
        for key in each.idle:
            txn.delete(SEEN, key)
        for table in (SESSIONS, DUE, TRACES):
            table.delete(txn, each.prefix)
        txn.delete(HOMES, each.stone.session)
        DECLINED.delete(txn, each.stone.session)
        for table_name in (BLOCKS, CORRECTIONS.name):
            for key in [key for key, _ in txn.scan(table_name, each.prefix) if key not in kept]:
                txn.delete(table_name, key)
        paths |= each.paths
        names.add(each.session.id)
    _begin_again(txn, paths, names)
    _disown(txn, paths, names)
    ask_for_compaction(txn)


def bury(txn: Txn, stone: Tombstone) -> None:
    """Have the log know what is forgotten."""
    for key in stone.keys:
        txn.put(SEEN, key, FORGOTTEN_MARK)
    table = AGED if stone.aged else FORGOTTEN
    table.put(txn, stone.session, max(table.get(txn, stone.session) or 0, stone.until))


def unknown_stones(txn: Txn, stones: Tombstones) -> Iterator[Tombstone]:
    """Yield the tombstones that the log has not taken in: all of them, where it is new."""
    taken = int(SETTINGS.get(txn, _TAKEN_IN) or 0)
    return stones.read(taken if taken <= stones.size else 0)


def note_taken_in(txn: Txn, size: int) -> None:
    """Remember how much of the file of tombstones the log has taken in."""
    SETTINGS.put(txn, _TAKEN_IN, str(size))


def _begin_again(txn: Txn, paths: Collection[str], sessions: Iterable[str]) -> None:
    """Drop what parsers knew of transcripts; they are read from their beginnings when they grow.

    Then their events are known as forgotten, and what is new is read as what it is. Their
    stat stays, so that nobody looks into them before.
    """
    names = [name.encode() for name in sessions]
    for key, checkpoint in list(CHECKPOINTS.scan(txn)):
        if checkpoint.path in paths or any(name in checkpoint.state for name in names):
            checkpoint.offset, checkpoint.marker = 0, b""
            checkpoint.skipping, checkpoint.state, checkpoint.forgotten = False, b"", True
            CHECKPOINTS.put(txn, key, checkpoint)


def _disown(txn: Txn, paths: Collection[str], sessions: Collection[str]) -> None:
    """Keep counts and costs, but not what they were about."""
    for key, call in list(CALLS.scan(txn)):
        if call.session in sessions:
            call.session = ""
            call.outcome = call.outcome if call.outcome == "ok" else _NO_ANSWER
            CALLS.put(txn, key, call)
    for key, tally in list(TALLIES.scan(txn)):
        if tally.path in paths:
            tally.path = ""
            TALLIES.put(txn, key, tally)
