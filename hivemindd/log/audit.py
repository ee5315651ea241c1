"""The audit: a row for each thing that was done, which nothing changes afterwards."""

from collections.abc import Iterator
from itertools import count

from hivemindd.deeds import Deed
from hivemindd.log.tables import DEEDS, Txn

KEEP_MS = 365 * 86_400_000
KEEP_ROWS = 10_000


def note(txn: Txn, *deeds: Deed) -> None:
    """Add rows, in the transaction of what they tell of; drop what is old or too much.

    Those of the last year are kept, and of these the newest 10,000.
    """
    for deed in deeds:
        time = max(0, deed.ts).to_bytes(8, "big")
        taken = {key for key, _ in txn.scan(DEEDS.name, time)}
        keys = (time + number.to_bytes(2, "big") for number in count())
        DEEDS.put(txn, next(key for key in keys if key not in taken), deed)
        for key in [*_surplus(txn, deed.ts - KEEP_MS)]:
            DEEDS.delete(txn, key)


def _surplus(txn: Txn, since: int) -> Iterator[bytes]:
    """Yield the keys of the oldest rows that are not kept."""
    oldest, left = max(0, since).to_bytes(8, "big"), txn.count(DEEDS.name) - KEEP_ROWS
    for key, _ in txn.scan(DEEDS.name):
        if left <= 0 and key >= oldest:
            return
        left -= 1
        yield key
