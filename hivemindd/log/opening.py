"""Open the log: to write it, or beside a daemon that does."""

from pathlib import Path

import lmdb

from hivemindd.errors import HivemindError
from hivemindd.log.datafile import (
    DATA,
    DISTRUST,
    DamagedLogError,
    LogError,
    entering,
    reserve,
    set_aside,
    settle,
    size_of,
)
from hivemindd.log.endings import check, note_closed, note_opened
from hivemindd.log.environment import DAMAGE, open_environment, open_tables
from hivemindd.log.schema import SCHEMA, is_new, keep, read_schema, stamp, too_old, upgrade
from hivemindd.log.store import Log
from hivemindd.paths import make_private

INITIAL_MAP = 1 << 28
_NOTHING = "nothing has been captured yet: start the daemon with `hivemindctl install`"


def open_log(folder: Path, *, map_size: int = INITIAL_MAP) -> Log:
    """Open the log for the one process that writes events, creating it where needed.

    A log that cannot be trusted is set aside (never deleted) and a new one begun: the
    transcripts fill it again.

    A log of an older version is brought up to date, and a copy of it kept.

    Raises:
        ConfigError: the log was written by a newer version, or the folder is not ours.
        LogError: the disk is full or fails.

    """
    make_private(folder)
    try:
        return _open_writable(folder, map_size)
    except DamagedLogError as error:
        aside = set_aside(folder)
        log = _open_writable(folder, map_size)
        log.replaced = f"{error}; kept as {aside.name}, a new log is filled from the transcripts"
        return log


def open_log_readonly(folder: Path) -> Log:
    """Open the log beside a daemon that may be writing to it.

    Raises:
        LogError: there is no log yet, or it is damaged.
        ConfigError: the log was written by another version.

    """
    if not size_of(folder):
        raise LogError(_NOTHING)
    with entering(folder):
        environment = open_environment(folder, readonly=True, map_size=0)
    new = False
    try:
        new = is_new(environment)
        if read_schema(environment, folder) < SCHEMA:
            raise too_old(folder)
        return Log(environment, folder, open_tables(environment))
    except lmdb.NotFoundError as error:
        environment.close()
        raise (LogError(_NOTHING) if new else too_old(folder)) from error
    except lmdb.Error as error:
        environment.close()
        raise LogError(f"cannot read the log in {folder}: {error}") from error
    except HivemindError:
        environment.close()
        raise


def _open_writable(folder: Path, map_size: int) -> Log:
    if (folder / DISTRUST).exists():
        raise DamagedLogError(f"damage was found in {folder} while it was in use")
    check(folder)
    note_opened(folder)
    try:
        return _open_marked(folder, map_size)
    except HivemindError:
        note_closed(folder)  # a start that is refused is no death
        raise


def _open_marked(folder: Path, map_size: int) -> Log:
    is_there = size_of(folder) > 0
    environment = open_environment(folder, readonly=False, map_size=map_size)
    try:
        if not is_there:
            _settle_all(folder)
        found = read_schema(environment, folder)
        kept = keep(environment, folder, found) if found < SCHEMA else None
        reserve(folder / DATA, int(environment.info()["map_size"]))
        environment.reader_check()
        log = Log(environment, folder, open_tables(environment))
        if kept is not None:
            upgrade(log.transact, folder, found)
            log.upgraded = f"the log was brought from schema {found} to {SCHEMA}, kept is {kept}"
        log.transact(stamp)
    except DAMAGE as error:
        environment.close()
        raise DamagedLogError(f"{folder}: {error}") from error
    except lmdb.Error as error:
        environment.close()
        raise LogError(f"cannot open the log in {folder}: {error}") from error
    except HivemindError:
        environment.close()
        raise
    return log


def _settle_all(folder: Path) -> None:
    """Have the name of a new log on the disk, and those of the folders that it lies in."""
    for each in (folder, folder.parent, folder.parent.parent):
        try:
            settle(each)
        except OSError as error:
            raise LogError(f"cannot use the log in {folder}: {error.strerror}") from error
