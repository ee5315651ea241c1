"""The history of sessions: their events in blocks, in the order in which they came."""

from collections.abc import Iterator, Sequence

from hivemindd.events import AnyEvent, outline
from hivemindd.log.blocks import BLOCK_EVENTS, MERGE_BYTES, BlockCodec, split
from hivemindd.log.compact import ask_for_compaction
from hivemindd.log.datafile import DamagedLogError
from hivemindd.log.keys import block_key, event_key, session_key, workspace_key
from hivemindd.log.seen import Encoded
from hivemindd.log.tables import BLOCKS, Txn
from hivemindd.records import Session


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


def take_out(txn: Txn, session: Session, codec: BlockCodec) -> list[Encoded]:
    """Delete the events of a session, which have to leave the disk; return them.

    Raises:
        DamagedLogError: some are missing.
    """
    prefix = workspace_key(session.workspace), session_key(session.assistant, session.id)
    gone = [
        Encoded(event_key(event.assistant, event.id), b"", outline(event))
        for _, event in read(blocks(txn, session), codec)
    ]
    for number in range(session.blocks):
        txn.delete(BLOCKS, block_key(*prefix, number))
    session.blocks = 0
    ask_for_compaction(txn)
    return gone


def read(packed: Sequence[bytes], codec: BlockCodec) -> Iterator[tuple[str, AnyEvent]]:
    """Yield (transcript, event) for packed blocks, in the order in which they came."""
    for data in packed:
        path, events = codec.read(data)
        for event in events:
            yield path, event
