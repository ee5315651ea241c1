"""What the log knows of transcripts, by which a start tells those that have changed."""

import os
from collections.abc import Iterable
from itertools import islice

import msgspec

from hivemindd.capture.source import ZSTD_SUFFIX
from hivemindd.ingest.discover import Found, Signature
from hivemindd.log.tables import CHECKPOINTS, Table, Txn

FEW = 100  # transcripts of which is asked at a time whether they are still there
COARSE_MS = 2_000  # two changes within it may bear the same time: FAT's clock is the coarsest


class _Head(msgspec.Struct, gc=False):
    """What is needed of a checkpoint: thousands are read, so the rest is not decoded."""

    path: str
    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int = 0
    offset: int = 0
    forgotten: bool = False


_HEADS = Table(CHECKPOINTS.name, _Head)


class Known:
    """What stat said of each transcript at the last look, by its logical path.

    Nobody looks at one of which it still says the same.
    """

    def __init__(self, txn: Txn) -> None:
        """Begin with what the log knows."""
        self._signatures = _read(txn)
        self._unsure: set[str] = set()

    def is_same(self, name: str, signature: Signature) -> bool:
        """Tell whether stat still says what it said."""
        return self._signatures.get(name) == signature

    def size(self, name: str) -> int:
        """Return the size that a transcript had, 0 for one that is not known."""
        known = self._signatures.get(name)
        return known[2] if known else 0

    def note(self, name: str, item: Found, now: int) -> None:
        """Note a look at what was found, at a time in ms."""
        self._signatures[name] = item.signature
        if now - item.ctime < COARSE_MS:
            self._unsure.add(name)

    def doubt(self) -> None:
        """Forget of what was looked at within a tick of its last change when that was."""
        for name in self._unsure & self._signatures.keys():
            self._signatures[name] = (*self._signatures[name][:4], 0)
        self._unsure.clear()

    def drop_gone(self, folders: Iterable[str]) -> None:
        """Forget transcripts that are gone, a few at a time: assistants delete old ones.

        Of others than those in `folders`, which are there, nobody can say so.
        """
        below = tuple(folder + os.sep for folder in folders)
        for name in list(islice(self._signatures, FEW)):
            signature = self._signatures.pop(name)
            if not name.startswith(below) or _is_there(name):
                self._signatures[name] = signature  # the last to have its turn again

    def forget(self, names: Iterable[str]) -> None:
        """Know nothing of some."""
        for name in names:
            self._signatures.pop(name, None)

    def clear(self) -> None:
        """Know nothing of any."""
        self._signatures.clear()


def _is_there(name: str) -> bool:
    return os.path.lexists(name) or os.path.lexists(name + ZSTD_SUFFIX)


def _read(txn: Txn) -> dict[str, Signature]:
    """Return what the checkpoints say, but of transcripts for whose end somebody waits."""
    return {
        row.path.removesuffix(ZSTD_SUFFIX): (
            row.device,
            row.inode,
            row.size,
            row.mtime_ns,
            row.ctime_ns,
        )
        for _, row in _HEADS.scan(txn)
        if not _waits(row)
    }


def _waits(row: _Head) -> bool:
    """Tell of a transcript that something at its end may be waiting for it to fall quiet."""
    if row.forgotten or row.path.endswith(ZSTD_SUFFIX):
        return False
    return row.path.endswith(".txt") or row.offset < row.size
