"""Which events are known: a mark for each, that says whether it was stored or why not."""

from collections.abc import Sequence

import msgspec

from hivemindd.events import Outline
from hivemindd.log.tables import SEEN, Txn

STORED = b""
PASSED_OVER = b"-"
FORGOTTEN_MARK = b"f"
UNASKED = b"?"
REFUSED = b"x"


class Encoded(msgspec.Struct, frozen=True, array_like=True):
    """An event, ready to be stored: its key, its MessagePack, and its outline.

    `older` is the key by which an older version may know it, empty where that is none other.
    `undated` says that its time is that of its transcript, and another at the next reading.
    """

    key: bytes
    data: bytes
    event: Outline
    older: bytes = b""
    undated: bool = False


def keep_new(txn: Txn, events: Sequence[Encoded], *, mark: bytes = STORED) -> list[Encoded]:
    """Mark events as known and return those that were not.

    One that was left out only since nobody could be asked counts as not known.
    """
    fresh = []
    for event in events:
        if event.older and not _is_unknown(txn, event.older):
            continue
        added = txn.put(SEEN, event.key, mark, overwrite=False)
        if not added and mark != UNASKED and is_new(txn, event):
            added = txn.put(SEEN, event.key, mark)
        if added:
            fresh.append(event)
    return fresh


def is_new(txn: Txn, event: Encoded) -> bool:
    """Tell whether an event is not known yet, or was left out only since nobody could be asked."""
    return all(_is_unknown(txn, key) for key in (event.key, event.older) if key)


def _is_unknown(txn: Txn, key: bytes) -> bool:
    return txn.get(SEEN, key) in {None, UNASKED}
