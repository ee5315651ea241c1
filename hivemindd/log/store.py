"""The log: one LMDB environment that is checked before use and grows by itself."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import lmdb
import structlog

from hivemindd.errors import ConfigError, HivemindError
from hivemindd.log.tables import NAMES, SETTINGS, Txn

Result = TypeVar("Result")

SCHEMA = 1
INITIAL_MAP = 1 << 28
MAX_MAP = 1 << 40
_DATA = "data.mdb"


class LogError(HivemindError):
    """The log could not be read or written."""


class DamagedLogError(LogError):
    """The log cannot be trusted and has to be rebuilt."""


class Log:
    """Transactions over the event log; made by `open_log` or `open_log_readonly`."""

    def __init__(self, environment: lmdb.Environment, folder: Path, *, readonly: bool) -> None:
        """Open the named databases of an environment that has been checked."""
        self.folder = folder
        self._environment = environment
        self._growing = threading.Condition()
        self._readers = 0
        self._inode = (folder / _DATA).stat().st_ino
        self._handles = {
            name: environment.open_db(name.encode(), create=not readonly) for name in NAMES
        }

    @contextmanager
    def read(self) -> Iterator[Txn]:
        """Give a snapshot for as long as the block runs: keep it short, do no I/O in it."""
        with self._growing:
            self._readers += 1
        try:
            with self._environment.begin() as raw:
                yield Txn(raw, self._handles)
        except lmdb.Error as error:
            raise LogError(f"cannot read the log in {self.folder}: {error}") from error
        finally:
            with self._growing:
                self._readers -= 1
                self._growing.notify_all()

    def transact(self, change: Callable[[Txn], Result]) -> Result:
        """Run a change in one durable transaction and return what it returns.

        `change` may run twice: when the map is full it is grown and the change is
        done again from the start.

        Raises:
            LogError: the disk is full or fails; nothing of the change was kept.

        """
        while True:
            try:
                with self._counted(), self._environment.begin(write=True) as raw:
                    return change(Txn(raw, self._handles))
            except lmdb.MapFullError:
                self._grow()
            except lmdb.Error as error:
                raise LogError(
                    f"cannot write the log in {self.folder}: {error}; free some disk space"
                ) from error

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._growing:
            self._readers += 1
        try:
            yield
        finally:
            with self._growing:
                self._readers -= 1
                self._growing.notify_all()

    def _grow(self) -> None:
        """Double the map; LMDB allows it only while this process has no transaction open."""
        with self._growing:
            self._growing.wait_for(lambda: self._readers == 0)
            size = self._environment.info()["map_size"] * 2
            if size > MAX_MAP:
                raise LogError(f"the log in {self.folder} has reached {MAX_MAP >> 30} GiB")
            self._environment.set_mapsize(size)

    def is_in_place(self) -> bool:
        """Tell whether the data file is still the one that was opened."""
        try:
            return (self.folder / _DATA).stat().st_ino == self._inode
        except OSError:
            return False

    def disk_bytes(self) -> int:
        """Return the bytes that the log takes on disk."""
        return (self.folder / _DATA).stat().st_blocks * 512

    def close(self) -> None:
        """Close the environment."""
        self._environment.close()


def open_log(folder: Path, *, map_size: int = INITIAL_MAP) -> Log:
    """Open the log for the one process that writes events, creating it where needed.

    A log that cannot be trusted is set aside (never deleted) and a new one begun: the
    transcripts fill it again.

    Raises:
        ConfigError: the log was written by a newer version.
        LogError: the folder cannot be used.

    """
    try:
        return _open_writable(folder, map_size)
    except DamagedLogError as error:
        aside = _set_aside(folder)
        structlog.get_logger().warning("log set aside", cause=str(error), kept_as=str(aside))
        return _open_writable(folder, map_size)


def open_log_readonly(folder: Path) -> Log:
    """Open the log beside a daemon that may be writing to it.

    Raises:
        LogError: there is no log yet, or it is damaged.
        ConfigError: the log was written by a newer version.

    """
    if not (folder / _DATA).exists():
        raise LogError("nothing has been captured yet: start the daemon with `hivemindctl install`")
    environment = _open(folder, readonly=True, map_size=0)
    try:
        _check_schema(environment, folder)
        return Log(environment, folder, readonly=True)
    except lmdb.Error as error:
        environment.close()
        raise LogError(f"cannot read the log in {folder}: {error}") from error


def _open_writable(folder: Path, map_size: int) -> Log:
    environment = _open(folder, readonly=False, map_size=map_size)
    try:
        _check_schema(environment, folder)
        environment.reader_check()
        log = Log(environment, folder, readonly=False)
    except lmdb.Error as error:
        environment.close()
        raise DamagedLogError(f"{folder}: {error}") from error
    except ConfigError:
        environment.close()
        raise
    log.transact(lambda txn: SETTINGS.put(txn, b"schema", str(SCHEMA)))
    return log


def _open(folder: Path, *, readonly: bool, map_size: int) -> lmdb.Environment:
    """Open the environment, refusing a data file that is shorter than its pages.

    Touching a page past the end of a truncated file kills the process with SIGBUS, so
    the size is compared before any page but the first two is read.
    """
    data = folder / _DATA
    size = data.stat().st_size if data.exists() else 0
    try:
        environment = lmdb.open(
            os.fspath(folder),
            map_size=max(map_size, 2 * size) if not readonly else max(size, 1 << 20),
            max_dbs=len(NAMES) + 8,
            max_readers=126,
            mode=0o600,
            readonly=readonly,
            create=not readonly,
            readahead=False,
            max_spare_txns=2,
        )
    except (lmdb.InvalidError, lmdb.CorruptedError, lmdb.VersionMismatchError) as error:
        raise DamagedLogError(f"{data}: {error}") from error
    except lmdb.Error as error:
        raise LogError(f"cannot open the log in {folder}: {error}") from error
    pages = int(environment.info()["last_pgno"]) + 1
    if size and pages * int(environment.stat()["psize"]) > data.stat().st_size:
        environment.close()
        raise DamagedLogError(f"{data} is shorter than its pages")
    return environment


def _check_schema(environment: lmdb.Environment, folder: Path) -> None:
    """Refuse a log that a newer version has written."""
    try:
        handle = environment.open_db(SETTINGS.name.encode(), create=False)
    except lmdb.NotFoundError:
        return
    except lmdb.ReadonlyError:
        return
    with environment.begin() as raw:
        stored = SETTINGS.get(Txn(raw, {SETTINGS.name: handle}), b"schema")
    if stored is not None and int(stored) > SCHEMA:
        raise ConfigError(
            f"the log in {folder} has schema {stored}, this version knows {SCHEMA}: "
            "upgrade hivemindd, or move the folder away to begin anew"
        )


def _set_aside(folder: Path) -> Path:
    """Rename a damaged data file so that nobody opens it, and drop its lock table."""
    number = 1
    while (aside := folder / f"{_DATA}.damaged-{number}").exists():
        number += 1
    (folder / _DATA).rename(aside)
    (folder / "lock.mdb").unlink(missing_ok=True)
    return aside
