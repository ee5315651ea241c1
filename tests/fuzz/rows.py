"""Rows of the log that are damaged, as targets."""

import contextlib
import shutil
import threading
from pathlib import Path

import msgspec

from hivemindd.assistants.base import Places
from hivemindd.clock import SystemClock
from hivemindd.config import Config
from hivemindd.errors import ConfigError, HivemindError
from hivemindd.ingest.setup import make_ingest
from hivemindd.log.keys import text_key
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from hivemindd.log.tables import (
    CHECKPOINTS,
    FILES,
    HOMES,
    SEEN,
    SESSIONS,
    SETTINGS,
    TALLIES,
    WORKSPACES,
    Txn,
)
from hivemindd.paths import make_private
from hivemindd.records import Checkpoint
from tests.fuzz.transcripts import PATHS

TABLES = (
    *(CHECKPOINTS.name, "state", SEEN, HOMES, SESSIONS.name, WORKSPACES.name, FILES.name),
    *(SETTINGS.name, TALLIES.name),
)
"""What is damaged, by the first byte; `state` is what a parser remembers."""

RESTARTS = 3
_LINE = (
    b'{"timestamp":"2026-11-21T07:40:00Z","type":"event_msg","payload":'
    b'{"type":"user_message","message":"use pnpm %d"}}\n'
)


class Rows:
    """A log in which one table holds other bytes than were stored; ingest goes on over it."""

    def __init__(self, folder: Path) -> None:
        """Name a scratch folder."""
        self._home = folder / "home"
        self._folder = folder / "log"
        self._file = self._home / PATHS["codex"]
        self._log: Log | None = None
        self._lines = 0

    def check(self, data: bytes) -> None:
        """Damage a table, and let a transcript grow; a restart or two mend what there is."""
        choice, rest = (data[0] if data else 0), data[1:]
        self._grow()
        self._recover()
        self._damage(TABLES[choice % len(TABLES)], rest)
        self._grow()
        with contextlib.suppress(HivemindError):
            self._take_in()
        self._close()
        self._recover()

    def _recover(self) -> None:
        """Start again while the log is found damaged, which may be met late."""
        for _ in range(RESTARTS):
            try:
                self._take_in()
            except ConfigError:  # the version of the rows is damaged: nothing is touched
                self._close()
                shutil.rmtree(self._folder)
            except HivemindError:
                self._close()
            else:
                return
        raise AssertionError(f"{RESTARTS} restarts did not help")

    def _close(self) -> None:
        if self._log is not None:
            self._log.close()
        self._log = None

    def _grow(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as file:
            file.write(_LINE % self._lines)
        self._lines += 1

    def _take_in(self) -> None:
        if self._log is None:
            make_private(self._folder)
            self._log = open_log(self._folder)
        places = Places(self._home, {"HOME": str(self._home)})
        ingest, keeper, _ = make_ingest(self._log, Config(), places, SystemClock())
        ingest.scan()
        ingest.drain(threading.Event(), final=True)
        keeper.tick(end_all=True)
        assert ingest.failures == 0

    def _damage(self, table: str, data: bytes) -> None:
        def change(txn: Txn) -> None:
            if table == "state":
                key = text_key(str(self._file))
                row = CHECKPOINTS.get(txn, key)
                if isinstance(row, Checkpoint):
                    CHECKPOINTS.put(txn, key, msgspec.structs.replace(row, state=data))
                return
            for key, _ in list(txn.scan(table)):
                txn.put(table, key, data)

        assert self._log is not None
        self._log.transact(change)
