"""The history of sessions: events in blocks, each event once."""

from collections.abc import Iterator, Sequence

import msgspec

from hivemindd.events import AnyEvent, Event
from hivemindd.log.blocks import BLOCK_EVENTS, MERGE_BYTES, BlockCodec, split
from hivemindd.log.datafile import DamagedLogError
from hivemindd.log.keys import block_key, session_key, workspace_key
from hivemindd.log.tables import (
    BLOCKS,
    CORRECTIONS,
    DUE,
    HOMES,
    SEEN,
    SESSIONS,
    TRACES,
    WORKSPACES,
    Txn,
)
from hivemindd.records import Session

STORED = b""
PASSED_OVER = b"-"
FORGOTTEN_MARK = b"f"
UNASKED = b"?"
REFUSED = b"x"


class Encoded(msgspec.Struct, frozen=True):
    """An event, ready to be stored: its key, its MessagePack, and itself."""

    key: bytes
    data: bytes
    event: Event


def keep_new(txn: Txn, events: Sequence[Encoded], *, mark: bytes = STORED) -> list[Encoded]:
    """Mark events as known and return those that were not.

    One that was left out only since nobody could be asked counts as not known.
    """
    fresh = []
    for event in events:
        added = txn.put(SEEN, event.key, mark, overwrite=False)
        if not added and mark != UNASKED and is_new(txn, event):
            added = txn.put(SEEN, event.key, mark)
        if added:
            fresh.append(event)
    return fresh


def is_new(txn: Txn, event: Encoded) -> bool:
    """Tell whether an event is not known yet, or was left out only since nobody could be asked."""
    return txn.get(SEEN, event.key) in {None, UNASKED}


def append(
    txn: Txn, session: Session, path: str, events: Sequence[Encoded], codec: BlockCodec
) -> None:
    """Add events to the end of a session; `session.blocks` counts its blocks.

    Raises:
        DamagedLogError: there are more blocks, or others, than the session knows of.
    """
    if not events:
        return
    prefix = workspace_key(session.workspace), session_key(session.assistant, session.id)
    fresh = [event.data for event in events]
    number = session.blocks
    if number:
        last = txn.get(BLOCKS, block_key(*prefix, number - 1))
        if last is not None and len(last) < MERGE_BYTES:
            block = codec.unpack(last)
            if block.path == path and len(block.events) < BLOCK_EVENTS:
                fresh = [*map(bytes, block.events), *fresh]
                number -= 1
    for part in split(fresh):
        key, data = block_key(*prefix, number), codec.pack(path, part)
        if not txn.put(BLOCKS, key, data, overwrite=number < session.blocks):
            raise DamagedLogError(f"the session {session.id} has more blocks than it should")
        number += 1
    session.blocks = number


def blocks(txn: Txn, session: Session) -> list[bytes]:
    """Return the packed blocks of a session, to be read after the transaction.

    Raises:
        DamagedLogError: some are missing.
    """
    prefix = workspace_key(session.workspace) + session_key(session.assistant, session.id)
    found = [bytes(value) for _, value in txn.scan(BLOCKS, prefix)]
    if len(found) != session.blocks:
        raise DamagedLogError(f"blocks of the session {session.id} are missing")
    return found


def read(packed: Sequence[bytes], codec: BlockCodec) -> Iterator[tuple[str, AnyEvent]]:
    """Yield (transcript, event) for packed blocks, in the order in which they came."""
    for data in packed:
        path, events = codec.read(data)
        for event in events:
            yield path, event


def find_session(txn: Txn, assistant: str, session: str) -> Session | None:
    """Return a session's row by the id that its assistant gave it.

    Raises:
        DamagedLogError: it should be there, and is not.
    """
    key = session_key(assistant, session)
    home = txn.get(HOMES, key)
    if home is None:
        return None
    found = SESSIONS.get(txn, home + key)
    if found is None:
        raise DamagedLogError(f"the row of the session {session} is missing")
    return found


def put_session(txn: Txn, session: Session) -> None:
    """Store a session's row, and where it is to be found."""
    key = session_key(session.assistant, session.id)
    home = workspace_key(session.workspace)
    txn.put(HOMES, key, home)
    SESSIONS.put(txn, home + key, session)


def move_session(txn: Txn, session: Session, workspace: str) -> None:
    """Give a session to another workspace, with all its events.

    It is codified anew; the old one unlearns what came from it when its lessons are next
    derived.
    """
    key = session_key(session.assistant, session.id)
    old, new = workspace_key(session.workspace), workspace_key(workspace)
    if old == new:
        return
    for block, data in list(txn.scan(BLOCKS, old + key)):
        txn.put(BLOCKS, new + block[len(old) :], data)
        txn.delete(BLOCKS, block)
    SESSIONS.delete(txn, old + key)
    DUE.delete(txn, old + key)
    TRACES.delete(txn, old + key)
    for stale, _ in list(CORRECTIONS.scan(txn, old + key)):
        CORRECTIONS.delete(txn, stale)
    session.workspace = workspace
    session.state = "active"
    session.codified_events = session.codified_turns = session.corrections = 0
    put_session(txn, session)


def drop_empty_workspace(txn: Txn, workspace: str) -> None:
    """Forget a workspace that no session belongs to any more."""
    key = workspace_key(workspace)
    if next(SESSIONS.scan(txn, key), None) is None:
        WORKSPACES.delete(txn, key)
