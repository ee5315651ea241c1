"""Pause and resume where no daemon runs: the daemon's own steps, under the daemon's lock."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from hivemindd.assistants.base import Places
from hivemindd.clock import SystemClock
from hivemindd.config import Config
from hivemindd.daemon import make_ingest
from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.pause import Pauses, reopen
from hivemindd.log.lock import InstanceLock
from hivemindd.log.store import Log, open_log
from hivemindd.paths import Paths, make_private


class Offline:
    """The log, opened for writing by hivemindctl itself."""

    def __init__(self, paths: Paths, config: Config, env: Mapping[str, str]) -> None:
        """Name what to open; nothing is touched before `pause` or `resume`."""
        self._paths = paths
        self._config = config
        self._env = env

    def pause(self, workspace: str, until: int) -> None:
        """Capture what was written so far, then nothing until `until` (ms, 0: resumed).

        Where nothing was ever captured nothing is now: who pauses first wants that.

        Raises:
            ConfigError: a daemon holds the lock after all, or the log cannot be used.
        """
        known = (self._paths.log / "data.mdb").exists()
        with self._opened() as (log, ingest):
            if known:
                _take_in(ingest)
            self._save(log, {**ingest.pauses.until, workspace: until})

    def resume(self, workspace: str, *, catch_up: bool) -> int:
        """Lift a pause (all of them, when empty); return how many events were passed over.

        What was written meanwhile is looked at before, so that it stays passed over; with
        `catch_up` it is captured.

        Raises:
            ConfigError: a daemon holds the lock after all, or the log cannot be used.
        """
        with self._opened() as (log, ingest):
            _take_in(ingest)
            until = dict(ingest.pauses.until) if workspace else {}
            until.pop(workspace, None)
            self._save(log, until)
            reopened = log.transact(reopen) if catch_up else 0
        if reopened:
            with self._opened() as (_, ingest):
                _take_in(ingest)
        return reopened

    @contextmanager
    def _opened(self) -> Iterator[tuple[Log, Ingest]]:
        make_private(self._paths.state)
        make_private(self._paths.log)
        with InstanceLock(self._paths.lock_file):
            log = open_log(self._paths.log)
            try:
                places = Places(self._paths.home, self._env)
                yield log, make_ingest(log, self._config, places, SystemClock())[0]
            finally:
                log.close()

    @staticmethod
    def _save(log: Log, until: dict[str, int]) -> None:
        log.transact(Pauses(until).save)


def _take_in(ingest: Ingest) -> None:
    ingest.scan()
    ingest.drain(threading.Event())
