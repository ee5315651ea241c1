"""Compaction: the log is written anew, with what is in it and nothing else.

What was deleted stays readable in the pages of a data file until they are used again. So
whatever forgets asks for a compaction in the transaction in which it deletes, and the note
stays until one has succeeded.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import lmdb

from hivemindd.log.datafile import DATA, DISTRUST, LOCK, MARK, LogError
from hivemindd.log.environment import open_environment, open_tables
from hivemindd.log.store import Log
from hivemindd.log.tables import NAMES, SETTINGS, Txn

_ASIDE = "compact"
_WANTED = b"compaction"


def ask_for_compaction(txn: Txn) -> None:
    """Note that something was deleted which has to leave the disk."""
    SETTINGS.put(txn, _WANTED, "wanted")


def is_compaction_due(txn: Txn) -> bool:
    """Tell whether deleted rows may still be read from the data file."""
    return SETTINGS.get(txn, _WANTED) is not None


def compact(log: Log) -> int:
    """Write the data file of a log anew; return how many bytes that has freed.

    Raises:
        LogError: there is no room for a second file, or the disk fails; all is as before.

    """
    aside, before = log.folder / _ASIDE, log.disk_bytes()

    def make(environment: "lmdb.Environment", handles: dict[str, Any]) -> Path:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        environment.copy(os.fspath(aside), compact=True)
        _check(aside, environment, handles)
        return aside / DATA

    try:
        log.exchange(make)
    except LogError as error:
        raise LogError(f"{error}: free some disk space") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    log.transact(lambda txn: SETTINGS.delete(txn, _WANTED))
    return before - log.disk_bytes()


def copies(folder: Path) -> list[Path]:
    """Return the files of older logs that lie beside the log, such as damaged ones."""
    ours = {DATA, LOCK, DISTRUST, MARK}
    return sorted(file for file in folder.iterdir() if file.is_file() and file.name not in ours)


def _check(aside: Path, environment: "lmdb.Environment", handles: dict[str, Any]) -> None:
    """Make sure that a copy is whole and on the disk before it replaces anything."""
    copy = open_environment(aside, readonly=True, map_size=0)
    try:
        theirs = open_tables(copy)
        with copy.begin() as new, environment.begin() as old:
            for name in NAMES:
                if Txn(new, theirs).count(name) != Txn(old, handles).count(name):
                    raise LogError(f"the copy in {aside} is not whole")
    finally:
        copy.close()
    (aside / DATA).chmod(0o600)
    descriptor = os.open(aside / DATA, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
