"""The log: one LMDB environment that is checked before use and grows by itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import lmdb

from hivemindd.log.ahead import Ahead, UnpreparedError
from hivemindd.log.datafile import (
    DATA,
    DISTRUST,
    LOCK,
    DamagedLogError,
    LogError,
    entering,
    inode_of,
    is_free,
    reserve,
    settle,
)
from hivemindd.log.endings import note_closed
from hivemindd.log.environment import DAMAGE, open_environment, open_tables
from hivemindd.log.resident import Resident
from hivemindd.log.tables import NAMES, Txn

__all__ = ["DamagedLogError", "Log", "LogError"]

Result = TypeVar("Result")

MAX_MAP = 1 << 40
READERS_CHECK = 1000  # transactions after which slots of readers that were killed are freed


class Log:
    """Transactions over the event log; made by `open_log` or `open_log_readonly`.

    `replaced` says what became of a log that could not be trusted, `upgraded` how an older one
    was brought up to date; both are empty where nothing of the kind was done.
    """

    def __init__(
        self, environment: lmdb.Environment, folder: Path, handles: dict[str, Any]
    ) -> None:
        """Take over an environment that has been checked, with its tables open."""
        self.folder = folder
        self.replaced = self.upgraded = ""
        self._environment = environment
        self._handles = handles
        self._readonly = bool(environment.flags()["readonly"])
        self._resident = Resident(folder / DATA)
        self._growing = threading.Condition()
        self._active = 0
        self._commits = 0
        self._usable = True
        self._inodes = {inode_of(folder / DATA)}

    @contextmanager
    def read(self) -> Iterator[Txn]:
        """Give a snapshot for as long as the block runs: keep it short, do no I/O in it.

        Raises:
            LogError: the disk fails, or the log is damaged.

        """
        resident = None if self._readonly else self._resident  # a command is over soon
        while True:
            try:
                with self._counted(), self._environment.begin() as raw:
                    yield Txn(raw, self._handles, resident)
                    return
            except lmdb.MapResizedError:  # the daemon, another process, has grown it
                self._resize(lambda _: 0)
            except lmdb.Error as error:
                raise self._explain(error, "read") from error
            except DamagedLogError as error:
                raise self._damaged(error) from error

    def transact(self, change: Callable[[Txn], Result]) -> Result:
        """Run a change in one durable transaction and return what it returns.

        `change` may run more than once: when the map is full it is grown, what it wants
        worked out (`Txn.work_out`) is, and the change is done again from the start.

        Raises:
            LogError: the disk is full or fails; nothing of the change was kept.

        """
        size, ahead = 0, Ahead()
        while True:
            ahead.begin()
            try:
                with self._counted():
                    size = self._map_size()
                    with self._environment.begin(write=True) as raw:
                        result = change(Txn(raw, self._handles, self._resident, ahead))
                    self._commits += 1
                    if self._commits % READERS_CHECK == 0:
                        self._environment.reader_check()
            except lmdb.MapFullError:
                self._grow(size)
            except UnpreparedError as wanted:
                ahead.prepare(wanted)
            except lmdb.Error as error:
                raise self._explain(error, "write") from error
            except DamagedLogError as error:
                raise self._damaged(error) from error
            else:
                return result

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count a transaction: the map can be resized only while there is none."""
        with self._growing:
            self._active += 1
        try:
            yield
        finally:
            with self._growing:
                self._active -= 1
                self._growing.notify_all()

    def unmap(self) -> None:
        """Let go of all that was read through the map; see `Resident`."""
        with self._counted():  # so that the map stays where it is
            self._resident.shrink()

    def _map_size(self) -> int:
        return int(self._environment.info()["map_size"])

    def _grow(self, full: int) -> None:
        """Double the map that was found full, unless another thread has done so."""

        def double(size: int) -> int:
            if size > full:
                return size
            if size * 2 > MAX_MAP:
                raise LogError(f"the log in {self.folder} has reached {MAX_MAP >> 30} GiB")
            if not is_free(size * 2):
                raise LogError(f"the log in {self.folder} has no room to grow: raise `ulimit -v`")
            reserve(self.folder / DATA, size * 2)
            return size * 2

        self._resize(double)

    def _resize(self, choose: Callable[[int], int]) -> None:
        """Set the map to the size chosen (0: what the file says), with no transaction open."""
        with self._growing:
            self._growing.wait_for(lambda: self._active == 0)
            size = choose(self._map_size())
            self._resident.move()
            self._environment.set_mapsize(size)

    def _explain(self, error: lmdb.Error, verb: str) -> LogError:
        """Return the error to raise; damage and lost writes mean that we must begin anew."""
        if isinstance(error, DAMAGE):
            return self._damaged(error)
        if isinstance(error, lmdb.PanicError):
            self._usable = False
        hint = "; free some disk space" if verb == "write" else ""
        return LogError(f"cannot {verb} the log in {self.folder}: {error}{hint}")

    def _damaged(self, error: Exception) -> DamagedLogError:
        self.distrust()
        mend = ""
        if self._readonly:
            mend = "; move it away and restart the daemon, which fills a new one"
        return DamagedLogError(f"the log in {self.folder} is damaged: {error}{mend}")

    def distrust(self) -> None:
        """Have nobody use this log any more: what was read from it cannot be right.

        The next start sets it aside. A reader may only be of another version than who writes.
        """
        self._usable = False
        if not self._readonly:
            with suppress(OSError):
                (self.folder / DISTRUST).touch()

    def is_in_place(self) -> bool:
        """Tell whether the data file is still the one that was opened, and fit for use."""
        try:
            return self._usable and inode_of(self.folder / DATA) in self._inodes
        except OSError:
            return False

    def disk_bytes(self) -> int:
        """Return the bytes that the log takes on disk."""
        return (self.folder / DATA).stat().st_blocks * 512

    def live_bytes(self) -> int:
        """Return the bytes of what the log holds, which is what it takes once it is compact."""
        with self.read() as txn:
            pages = sum(txn.pages(name) for name in NAMES)
            return pages * int(self._environment.stat()["psize"])

    def exchange(self, make: Callable[["lmdb.Environment", dict[str, Any]], Path]) -> None:
        """Put another data file in the place of this one, and go on with it.

        `make` writes it beside the old one and returns its path; meanwhile nobody here reads
        or writes. Who reads the old one in another process goes on reading it, and whoever
        opens the log waits.

        Raises:
            LogError: the disk is full or fails; all is as before.

        """
        with self._growing:
            self._growing.wait_for(lambda: self._active == 0)
            try:
                self._take_over(make(self._environment, self._handles))
            except (lmdb.Error, OSError) as error:
                raise LogError(f"cannot replace the log in {self.folder}: {error}") from error

    def _take_over(self, new: Path) -> None:
        """Put a copy in the place of the data file, and go on with it."""
        size = self._map_size()
        self._inodes.add(inode_of(new))
        with entering(self.folder, alone=True):
            self._resident.move()
            self._environment.close()
            try:
                # The table of readers belongs to the old file: it counts transactions of its own.
                (self.folder / LOCK).unlink(missing_ok=True)
                new.rename(self.folder / DATA)
                settle(self.folder)
                self._environment = open_environment(self.folder, readonly=False, map_size=size)
                reserve(self.folder / DATA, size)
                self._handles = open_tables(self._environment)
            except BaseException:
                self._usable = False
                raise
        self._inodes = {inode_of(self.folder / DATA)}

    def close(self) -> None:
        """Close the environment."""
        self._resident.close()
        self._environment.close()
        if not self._readonly:
            note_closed(self.folder)
