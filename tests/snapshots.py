"""All that lies below a folder, to be compared with what lies there later."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Entry(NamedTuple):
    """One entry: kind and mode, owner, content or target, and when it was changed."""

    mode: int
    owner: tuple[int, int]
    content: bytes
    changed: int


def snapshot(folder: Path, *leave: Path, times: bool = False) -> dict[str, Entry]:
    """Return all entries below a folder by their paths, itself included.

    Args:
        folder: where to look; no link is followed.
        leave: paths that are left out, with all below them.
        times: tell also of what was changed and put back, by the time of the inode.
    """
    return {
        str(path): _entry(path, times=times) for path in _walk(folder, frozenset(map(str, leave)))
    }


def _walk(path: Path, leave: frozenset[str]) -> Iterator[Path]:
    if str(path) in leave:
        return
    yield path
    if path.is_dir() and not path.is_symlink():
        for entry in sorted(path.iterdir()):
            yield from _walk(entry, leave)


def _entry(path: Path, *, times: bool) -> Entry:
    status = path.lstat()
    content = b""
    if stat.S_ISREG(status.st_mode):
        content = path.read_bytes()
    elif stat.S_ISLNK(status.st_mode):
        content = os.fsencode(path.readlink())
    return Entry(
        mode=status.st_mode,
        owner=(status.st_uid, status.st_gid),
        content=content,
        changed=status.st_ctime_ns if times else 0,
    )
