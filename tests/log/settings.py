"""Settings, the simplest rows that a log holds, and the files that it holds them in."""

from pathlib import Path

from hivemindd.log.store import Log
from hivemindd.log.tables import SETTINGS, Txn

DATA = "data.mdb"
MEGABYTE = "x" * 1_000_000


def put(log: Log, key: bytes, value: str) -> None:
    """Store one setting."""

    def change(txn: Txn) -> None:
        SETTINGS.put(txn, key, value)

    log.transact(change)


def get(log: Log, key: bytes) -> str | None:
    """Read one setting."""
    with log.read() as txn:
        return SETTINGS.get(txn, key)


def damaged(folder: Path) -> list[str]:
    """Return the names of what was set aside."""
    return sorted(file.name for file in folder.iterdir() if ".damaged-" in file.name)
