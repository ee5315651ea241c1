"""Pause, resume, expire: each looks at all transcripts first, so that the line is sharp."""

from collections.abc import Sequence

from hivemindd.clock import Clock
from hivemindd.deeds import Deed, What, Who
from hivemindd.ingest.loop import Ingest, Stop
from hivemindd.ingest.pause import reopen
from hivemindd.log.audit import note
from hivemindd.log.pauses import Pauses
from hivemindd.log.store import Log
from hivemindd.log.tables import Txn

PATIENCE = 5.0  # seconds for which a pause waits until what was written before it is read


class _Patience:
    """Ends a look when it takes too long, or when all is to end."""

    def __init__(self, stop: Stop, clock: Clock) -> None:
        self._stop = stop
        self._clock = clock
        self._end = clock.boot() + PATIENCE

    def is_set(self) -> bool:
        return self._stop.is_set() or self._clock.boot() >= self._end


class Pausing:
    """Changes what is paused. What was written before a change is treated as before it."""

    def __init__(self, log: Log, ingest: Ingest, clock: Clock, stop: Stop) -> None:
        """Use the one `Ingest` there is, from its own thread; `stop` ends a long look."""
        self._log = log
        self._ingest = ingest
        self._clock = clock
        self._stop = stop

    def pause(self, workspace: str, until: int) -> None:
        """Capture what was written so far, then nothing until `until` (ms, 0: resumed).

        Where much is still to be read nobody waits for that: it is captured later, and the
        time of each event tells what was written before.

        Raises:
            LogError: the log cannot be written; nothing has changed.
        """
        now = self._clock.now()
        self._ingest.scan()
        self._ingest.drain(_Patience(self._stop, self._clock))
        self.begin(workspace, until, since=0 if self._ingest.is_done else now)

    def begin(self, workspace: str, until: int, *, since: int = 0) -> None:
        """Pause without capturing what was written so far, or since a time (ms).

        Raises:
            LogError: the log cannot be written; nothing has changed.
        """
        pauses = Pauses(
            {**self._ingest.pauses.until, workspace: until},
            {**self._ingest.pauses.since, workspace: since} if since else self._ingest.pauses.since,
        )
        self._save(pauses, "paused", [workspace])

    def resume(self, workspace: str, *, catch_up: bool) -> int:
        """Lift a pause (all of them, when empty); return how many events were caught up with.

        What was written meanwhile stays out for good, unless `catch_up` asks for it: then
        it is captured, and what was passed over in earlier pauses too.

        Raises:
            LogError: the log cannot be written; nothing has changed.
        """
        self.take_in()
        self._save(self._without([workspace]) if workspace else Pauses(), "resumed", [workspace])
        if not catch_up:
            return 0
        before = self._ingest.events
        self._log.transact(lambda txn: reopen(txn, self._ingest.omissions, workspace))
        self._ingest.forget_signatures()
        self.take_in()
        return self._ingest.events - before

    def expire(self) -> None:
        """Lift the pauses whose time is over; of the others all is read that was before them."""
        expired = self._ingest.pauses.expired(self._clock.now())
        if expired:
            self.take_in()
            self._save(self._without(expired), "resumed", expired, who="daemon")
        elif self._ingest.pauses.since and self._ingest.is_done:
            self._save(Pauses(self._ingest.pauses.until), "paused", [])

    def take_in(self) -> None:
        """Look at every transcript that has changed."""
        self._ingest.scan()
        self._ingest.drain(self._stop)

    def _without(self, names: Sequence[str]) -> Pauses:
        pauses = self._ingest.pauses
        left = {name: end for name, end in pauses.until.items() if name not in names}
        return Pauses(left, pauses.since)

    def _save(self, pauses: Pauses, what: What, names: Sequence[str], *, who: Who = "user") -> None:
        """Store what is paused, and in the audit that it was changed for some workspaces."""
        now = self._clock.now()

        def save(txn: Txn) -> None:
            pauses.save(txn)
            self._ingest.omissions.pause(txn, pauses.until, now)
            note(txn, *(Deed(ts=now, what=what, who=who, workspace=name) for name in names))

        self._log.transact(save)
        self._ingest.pauses = pauses
