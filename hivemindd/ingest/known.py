"""What the log knows of transcripts, by which a start tells those that have changed."""

import msgspec

from hivemindd.capture.source import ZSTD_SUFFIX
from hivemindd.ingest.discover import Signature
from hivemindd.log.tables import CHECKPOINTS, Table, Txn


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


def read_signatures(txn: Txn) -> dict[str, Signature]:
    """Return what stat said of each transcript, by its logical path, for which nobody waits."""
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
