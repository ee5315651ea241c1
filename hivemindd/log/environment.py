"""The environment of LMDB that a log lies in, opened with care."""

import os
from pathlib import Path
from typing import Any

import lmdb

from hivemindd.log.datafile import DATA, DamagedLogError, LogError, size_of
from hivemindd.log.tables import NAMES

DAMAGE = (
    lmdb.BadTxnError,  # the first error of a transaction: a page of it could not be had
    lmdb.CorruptedError,
    lmdb.CursorFullError,  # pages that lead to each other in a circle
    lmdb.IncompatibleError,  # a table that is none
    lmdb.InvalidError,
    lmdb.PageFullError,  # one that holds more than a page can
    lmdb.PageNotFoundError,
    lmdb.ProblemError,
    lmdb.VersionMismatchError,
)
_CROWD = "too many programs read it: try again when some of them have ended"


def open_environment(folder: Path, *, readonly: bool, map_size: int) -> lmdb.Environment:
    """Open the environment, refusing a data file that is shorter than its pages.

    Touching a page past the end of a truncated file kills the process with SIGBUS, so
    the size is compared before any page but the first two is read.
    """
    data = folder / DATA
    try:
        environment = lmdb.open(
            os.fspath(folder),
            map_size=max(map_size, size_of(folder)),
            max_dbs=len(NAMES) + 8,
            max_readers=126,
            mode=0o600,
            readonly=readonly,
            create=not readonly,
            readahead=False,
            max_spare_txns=2,
        )
    except DAMAGE as error:
        raise DamagedLogError(f"{data}: {error}") from error
    except lmdb.Error as error:
        crowded = isinstance(error, lmdb.ReadersFullError)
        cause = _CROWD if crowded else str(error).removeprefix(f"{folder}: ")
        raise LogError(f"cannot open the log in {folder}: {cause}") from error
    pages = int(environment.info()["last_pgno"]) + 1
    if pages * int(environment.stat()["psize"]) > size_of(folder):
        environment.close()
        raise DamagedLogError(f"{data} is shorter than its pages")
    return environment


def open_tables(environment: lmdb.Environment) -> dict[str, Any]:
    """Open all tables; they are made in one transaction, so that nobody meets only some."""
    if environment.flags()["readonly"]:
        return {name: environment.open_db(name.encode(), create=False) for name in NAMES}
    with environment.begin(write=True) as raw:
        return {name: environment.open_db(name.encode(), txn=raw) for name in NAMES}
