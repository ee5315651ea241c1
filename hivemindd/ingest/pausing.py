"""Pause, resume, expire: each looks at all transcripts first, so that the line is sharp."""

import threading
from collections.abc import Sequence

from hivemindd.clock import Clock
from hivemindd.deeds import Deed, What, Who
from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.pause import Pauses, reopen
from hivemindd.log.audit import note
from hivemindd.log.store import Log
from hivemindd.log.tables import Txn


class Pausing:
    """Changes what is paused. What was written before a change is treated as before it."""

    def __init__(self, log: Log, ingest: Ingest, clock: Clock, stop: threading.Event) -> None:
        """Use the one `Ingest` there is, from its own thread; `stop` ends a long look."""
        self._log = log
        self._ingest = ingest
        self._clock = clock
        self._stop = stop

    def pause(self, workspace: str, until: int) -> None:
        """Capture what was written so far, then nothing until `until` (ms, 0: resumed).

        Raises:
            LogError: the log cannot be written; nothing has changed.
        """
        self.take_in()
        self.begin(workspace, until)

    def begin(self, workspace: str, until: int) -> None:
        """Pause without capturing what was written so far.

        Raises:
            LogError: the log cannot be written; nothing has changed.
        """
        self._save({**self._ingest.pauses.until, workspace: until}, "paused", [workspace])

    def resume(self, workspace: str, *, catch_up: bool) -> int:
        """Lift a pause (all of them, when empty); return how many events were caught up with.

        What was written meanwhile stays out for good, unless `catch_up` asks for it: then
        it is captured, and what was passed over in earlier pauses too.

        Raises:
            LogError: the log cannot be written; nothing has changed.
        """
        self.take_in()
        left = dict(self._ingest.pauses.until) if workspace else {}
        left.pop(workspace, None)
        self._save(left, "resumed", [workspace])
        if not catch_up:
            return 0
        before = self._ingest.events
        self._log.transact(lambda txn: reopen(txn, workspace))
        self._ingest.forget_signatures()
        self.take_in()
        return self._ingest.events - before

    def expire(self) -> None:
        """Lift the pauses whose time is over."""
        expired = self._ingest.pauses.expired(self._clock.now())
        if expired:
            self.take_in()
            until = self._ingest.pauses.until
            left = {name: end for name, end in until.items() if name not in expired}
            self._save(left, "resumed", expired, who="daemon")

    def take_in(self) -> None:
        """Look at every transcript that has changed."""
        self._ingest.scan()
        self._ingest.drain(self._stop)

    def _save(
        self, until: dict[str, int], what: What, names: Sequence[str], *, who: Who = "user"
    ) -> None:
        """Store what is paused, and in the audit that it was changed for some workspaces."""
        pauses, now = Pauses(until), self._clock.now()

        def save(txn: Txn) -> None:
            pauses.save(txn)
            note(txn, *(Deed(ts=now, what=what, who=who, workspace=name) for name in names))

        self._log.transact(save)
        self._ingest.pauses = pauses
