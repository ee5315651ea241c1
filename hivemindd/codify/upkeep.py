"""Upkeep of the log in the background: what is too old goes, and what went leaves the disk."""

import threading
from functools import partial

import structlog

from hivemindd.clock import Clock
from hivemindd.codify.forget import Choose, Forgetting, Forgotten
from hivemindd.codify.selection import aged, surplus
from hivemindd.config import Config, size, span
from hivemindd.errors import HivemindError
from hivemindd.log.compact import compact, is_compaction_due
from hivemindd.log.schema import drop_kept
from hivemindd.log.store import Log
from hivemindd.runtime.pulse import Pulse

EVERY = 3600.0
KEPT_MS = 30 * 86_400_000  # for which the log as it was before an upgrade is kept
SHARE = 0.9  # of the most that the log may take: what is left of it, so that it can grow again


class Upkeep:
    """Forgets by the settings and compacts, once an hour, in a thread of its own."""

    def __init__(
        self,
        log: Log,
        forgetting: Forgetting,
        clock: Clock,
        config: Config,
        pulse: Pulse | None = None,
    ) -> None:
        """Wire the parts; without `keep` and `max_disk` nothing is ever forgotten here."""
        self._pulse = pulse or Pulse()
        self._log = log
        self._forgetting = forgetting
        self._clock = clock
        self._keep = span(config.keep)
        self._most = size(config.max_disk)
        self._said = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Tell whether the thread runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Finish what is under way, for a few seconds; what is cut short is done again."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=3)

    def tend(self) -> int:
        """Forget what is too old or too much, then compact; return how many sessions went.

        A copy that was kept at an upgrade goes when it is too old to go back to. A log that is
        too large only by what was deleted before is compacted, and nothing else.

        Raises:
            LogError: the log cannot be written, or there is no room to compact it.
        """
        gone = 0
        for copy in drop_kept(self._log.folder, self._clock.now() - KEPT_MS):
            structlog.get_logger().info("the log of before an upgrade is deleted", copy=str(copy))
        if self._keep:
            before = self._clock.now() - self._keep
            gone += self._age(lambda txn: aged(txn, before), "older than `keep`")
        if self._most and self._log.disk_bytes() > self._most:
            while (excess := self._log.live_bytes() - int(self._most * SHARE)) > 0:
                choose = partial(surplus, excess=excess)
                some = self._age(choose, "more than `max_disk`")
                gone += some
                if not some:
                    break
        with self._log.read() as txn:
            due = is_compaction_due(txn)
        too_large = self._most and self._log.disk_bytes() > self._most
        if due or (too_large and self._log.live_bytes() < self._log.disk_bytes() * SHARE):
            freed = compact(self._log)
            structlog.get_logger().info("log compacted", freed=freed)
        return gone

    def try_to_tend(self) -> None:
        """Tend the log, or say why that has to wait, once as long as it is the same."""
        try:
            with self._pulse.alone():
                self.tend()
            self._said = ""
        except HivemindError as error:
            if str(error) != self._said and not self._stop.is_set():
                structlog.get_logger().warning("upkeep of the log waits", cause=str(error))
            self._said = str(error)

    def _age(self, choose: Choose, why: str) -> int:
        with self._log.read() as txn:
            if not choose(txn):
                return 0
        done: Forgotten = self._forgetting.age(choose, self._stop.is_set)
        structlog.get_logger().info("sessions forgotten", why=why, sessions=done.sessions)
        return done.sessions

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.try_to_tend()
            except Exception:  # noqa: BLE001  what fails now is tried again in an hour
                structlog.get_logger().exception("the log cannot be kept up")
            self._stop.wait(EVERY)
