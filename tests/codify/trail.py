"""What the log keeps of all that was done to the skills of a library."""

from hivemindd.deeds import Deed, Receipt
from hivemindd.log.tables import DEEDS, RECEIPTS
from tests.codify.library import Library


def deeds(library: Library) -> list[Deed]:
    """Return all rows, the oldest first."""
    with library.log.read() as txn:
        return DEEDS.rows(txn)


def receipts(library: Library) -> list[Receipt]:
    """Return all receipts that are kept."""
    with library.log.read() as txn:
        return RECEIPTS.rows(txn)
