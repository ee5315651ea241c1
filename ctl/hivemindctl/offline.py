"""What a daemon would be asked to do, where none runs: its own steps, under its own lock."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from hivemindd.assistants.base import Places
from hivemindd.clock import SystemClock
from hivemindd.codify.decisions import Decisions
from hivemindd.codify.forget import Forgetting
from hivemindd.codify.rulings import Rulings
from hivemindd.codify.setup import make_shelf
from hivemindd.config import Config
from hivemindd.control.operations import decision_operations, forget_operations
from hivemindd.ingest.pausing import Pausing
from hivemindd.ingest.setup import make_ingest, make_state
from hivemindd.log.lock import InstanceLock
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from hivemindd.log.tombstones import Tombstones
from hivemindd.paths import Paths


class Offline:
    """The log, opened for writing by hivemindctl itself."""

    def __init__(self, paths: Paths, config: Config, env: Mapping[str, str]) -> None:
        """Name what to open; nothing is touched before one of the steps."""
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
        with self._opened() as pausing:
            if known:
                pausing.pause(workspace, until)
            else:
                pausing.begin(workspace, until)

    def resume(self, workspace: str, *, catch_up: bool) -> int:
        """Lift a pause (all of them, when empty); return how many events were caught up with.

        What was written meanwhile is looked at before, so that it stays passed over; with
        `catch_up` it is captured.

        Raises:
            ConfigError: a daemon holds the lock after all, or the log cannot be used.
        """
        with self._opened() as pausing:
            return pausing.resume(workspace, catch_up=catch_up)

    def decide(self, what: str, args: dict[str, Any]) -> Any:
        """Carry out what a person decides about a skill; return what the daemon would answer.

        Raises:
            ConfigError: a daemon holds the lock after all, or the log cannot be used.
            HivemindError: the decision cannot be carried out.
        """
        with self._log() as log:
            shelf = make_shelf(log, self._paths, self._config, self._env, SystemClock())
            return decision_operations(Decisions(log, shelf), Rulings(log, shelf))[what](args)

    def forget(self, args: dict[str, Any]) -> Any:
        """Forget sessions; return what the daemon would answer.

        What was written so far is looked at before, so that it is forgotten with the rest.

        Raises:
            ConfigError: a daemon holds the lock after all, or the log cannot be used.
            HivemindError: there is no such session.
        """
        with self._log() as log:
            shelf = make_shelf(log, self._paths, self._config, self._env, SystemClock())
            pausing = self._pausing(log)

            def in_order(act: Callable[[], None]) -> None:
                pausing.take_in()
                act()

            forgetting = Forgetting(log, shelf, Tombstones(self._paths.state), in_order)
            return forget_operations(forgetting)["forget"](args)

    @contextmanager
    def _opened(self) -> Iterator[Pausing]:
        with self._log() as log:
            yield self._pausing(log)

    def _pausing(self, log: Log) -> Pausing:
        places, clock = Places(self._paths.home, self._env), SystemClock()
        ingest, _, _ = make_ingest(log, self._config, places, clock)
        return Pausing(log, ingest, clock, threading.Event())

    @contextmanager
    def _log(self) -> Iterator[Log]:
        make_state(self._paths)
        with InstanceLock(self._paths.lock_file):
            log = open_log(self._paths.log)
            try:
                shelf = make_shelf(log, self._paths, self._config, self._env, SystemClock())
                Forgetting(log, shelf, Tombstones(self._paths.state)).recover()
                yield log
            finally:
                log.close()
