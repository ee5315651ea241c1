"""Whether a file has been written; that it was read, its status tells as well."""

from pathlib import Path


def state(path: Path) -> tuple[int, int, int, int]:
    """Return what is another after any write: inode, size, mtime and ctime (ns)."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
