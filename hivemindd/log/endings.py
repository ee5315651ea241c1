"""How the log was left: closed, or by a process that died over it.

Nothing in a data file tells that a bit of it has changed, and some such bits kill who follows
them. A daemon that dies of that would die of it at every start. So who opens the log to write
leaves a mark until it is closed or the start is refused, and over a log on which several have
died in a row another process is sent first.
"""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import lmdb

from hivemindd.log.datafile import DATA, MARK, DamagedLogError, size_of
from hivemindd.log.environment import DAMAGE
from hivemindd.log.schema import read_schema
from hivemindd.log.tables import NAMES

DEATHS = 2  # one is a power cut, or a person's `kill -9`
PATIENCE = 600.0
_DAMAGED = 65  # the exit code of who met damage; Python's own are 1 and 2
_CAUSED = {  # by pages; any other signal, as that of a stop, comes from somebody
    -each for each in (signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV)
}
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
    if deaths >= DEATHS and _is_deadly(folder):
        raise DamagedLogError(f"{deaths} have died over {folder / DATA}, the last to look at it")


def _is_deadly(folder: Path) -> bool:
    """Tell whether a process that follows every page of a log dies of it, or says so.

    One that cannot be started, has no time or no disk left, or may not touch a newer log could
    not tell. That is no reason to give up a log: whoever opens it meets the same, and says it.
    """
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
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == _DAMAGED or done.returncode in _CAUSED


def walk(folder: Path) -> None:
    """Read every row, and take the whole way of a write, which leaves nothing behind.

    Raises:
        ConfigError: a newer version has written the log, so no byte of it is touched.
        lmdb.Error: a page is not what it has to be (DAMAGE), or the disk is full or fails.
    """
    room = size_of(folder) + (1 << 26)
    environment = lmdb.open(os.fspath(folder), map_size=room, max_dbs=len(NAMES) + 8)
    read_schema(environment, folder)
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
    try:
        walk(Path(sys.argv[1]))
    except (*DAMAGE, DamagedLogError):
        sys.exit(_DAMAGED)
