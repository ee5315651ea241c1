"""How the log was left: closed, or by a process that died over it.

Nothing in a data file tells that a bit of it has changed, and some such bits kill who follows
them. A daemon that dies of that would die of it at every start. So who opens the log to write
leaves a mark until it is closed, and over a log on which several have died in a row another
process is sent first.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

import lmdb

from hivemindd.log.datafile import DATA, MARK, DamagedLogError, size_of
from hivemindd.log.tables import NAMES

DEATHS = 2  # one is a power cut, or a person's `kill -9`
PATIENCE = 600.0
_TRIAL = b"\xffno row of ours %d"


def note_opened(folder: Path) -> None:
    """Leave a mark, beside those of whoever has died."""
    with suppress(OSError), open(folder / MARK, "ab", opener=_private) as file:
        file.write(b"x")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def note_closed(folder: Path) -> None:
    """Take all marks away."""
    with suppress(OSError):
        (folder / MARK).unlink(missing_ok=True)


def check(folder: Path) -> None:
    """Let another process walk a log over which several have died in a row.

    Raises:
        DamagedLogError: that one dies of it as well, or meets damage.
    """
    try:
        deaths = (folder / MARK).stat().st_size
    except OSError:
        return
    if deaths >= DEATHS and not _survives(folder):
        raise DamagedLogError(f"{deaths} have died over {folder / DATA}, the last to look at it")


def _survives(folder: Path) -> bool:
    """Tell whether a process that follows every page of a log lives; also when none can start."""
    import subprocess  # noqa: PLC0415  hardly ever needed, and `status` would wait for it

    try:
        done = subprocess.run(  # noqa: S603  ourselves
            [sys.executable, "-P", "-m", "hivemindd.log.endings", folder],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    except OSError:
        return True
    return not done.returncode


def walk(folder: Path) -> None:
    """Read every row, and take the whole way of a write, which leaves nothing behind.

    Raises:
        lmdb.Error: a page is not what it has to be.
    """
    room = size_of(folder) + (1 << 26)
    environment = lmdb.open(os.fspath(folder), map_size=room, max_dbs=len(NAMES) + 8)
    with environment.begin(write=True) as txn:
        for name in [bytes(key) for key, _ in txn.cursor()]:
            table = environment.open_db(name, txn=txn, create=False)
            rows = sum(1 for _ in txn.cursor(db=table))
            if rows != txn.stat(table)["entries"]:
                raise lmdb.CorruptedError(f"rows of {name!r} are missing")
            for number in range(8):
                txn.put(_TRIAL % number, bytes(8_192), db=table)
            for number in range(8):
                txn.delete(_TRIAL % number, db=table)


if __name__ == "__main__":
    walk(Path(sys.argv[1]))
