"""The data file of the log: what can be said and done about it without LMDB."""

import fcntl
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hivemindd.errors import HivemindError

DATA = "data.mdb"
LOCK = "lock.mdb"
DISTRUST = "damaged"
MARK = "open"


class LogError(HivemindError):
    """The log could not be read or written."""


class DamagedLogError(LogError):
    """The log cannot be trusted and has to be rebuilt."""


@contextmanager
def entering(folder: Path, *, alone: bool = False) -> Iterator[None]:
    """Hold a lock on the folder of the log while its files are opened, or (`alone`) replaced.

    So nobody takes the files of two logs for those of one.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def settle(folder: Path) -> None:
    """Have the names of the files in a folder on the disk, as they are now.

    A file that is synced may still be without a name after a power loss, or its name be that
    of the one before.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def inode_of(file: Path) -> int:
    """Return the inode of a file."""
    return file.stat().st_ino


def size_of(folder: Path) -> int:
    """Return the length of the data file, 0 where there is none."""
    try:
        return (folder / DATA).stat().st_size
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise LogError(f"cannot use the log in {folder}: {error.strerror}") from error


def is_free(size: int) -> bool:
    """Tell whether so many addresses can be had: LMDB gives up its map before it asks for more."""
    try:
        mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ).close()
    except (OSError, OverflowError, ValueError):
        return False
    return True


def reserve(data: Path, size: int) -> None:
    """Make the data file as long as the map; the hole at its end takes no space.

    LMDB does not write pages that a transaction took and freed again, so the file of a
    sound log may end before its last page. Behind a hole that spans the map it can not,
    and a file that is shorter than its pages has been truncated.
    """
    try:
        descriptor = os.open(data, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            if os.fstat(descriptor).st_size < size:
                os.ftruncate(descriptor, size)
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise LogError(f"cannot enlarge {data}: {error.strerror}; free some disk space") from error


def set_aside(folder: Path) -> Path:
    """Rename a damaged data file so that nobody opens it, and drop its lock table."""
    number = 1
    while (aside := folder / f"{DATA}.damaged-{number}").exists():
        number += 1
    data = folder / DATA
    if data.exists():
        data.rename(aside)
    (folder / LOCK).unlink(missing_ok=True)
    (folder / DISTRUST).unlink(missing_ok=True)
    (folder / MARK).unlink(missing_ok=True)
    return aside
