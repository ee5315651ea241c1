"""Keeps the open sessions in view: moves them on as time passes, and makes work due."""

from collections.abc import Iterable

from hivemindd.clock import Clock
from hivemindd.log.homes import find_session, put_session
from hivemindd.log.keys import session_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import DUE, SESSIONS, Txn
from hivemindd.records import Session, SessionState
from hivemindd.sessions.lifecycle import judge, uncodified
from hivemindd.sessions.liveness import Registry
from hivemindd.work import Due, DueReason

STEP = 5.0  # seconds by which two clocks may differ before it counts as a step or a suspend


class Keeper:
    """The sessions that have not ended, in memory; their rows in the log are the truth."""

    def __init__(
        self, log: Log, clock: Clock, registry: Registry, *, idle_after: float, end_after: float
    ) -> None:
        """Load the open sessions; `idle_after` and `end_after` are seconds of quiet."""
        self._log = log
        self._clock = clock
        self._registry = registry
        self._idle_after = idle_after
        self._end_after = end_after
        self._open: dict[tuple[str, str], Session] = {}
        self._clocks = clock.now() / 1000, clock.boot(), clock.awake()
        with log.read() as txn:
            self.notice(row for _, row in SESSIONS.scan(txn) if row.state != "ended")

    def notice(self, sessions: Iterable[Session]) -> None:
        """Take the latest rows of sessions that have just grown.

        An append in the future, as a wrong clock leaves it, counts as one of now.
        """
        now = self._clock.now()
        for session in sessions:
            session.last_append = min(session.last_append, now)
            if session.state == "ended":
                self._open.pop((session.assistant, session.id), None)
            else:
                self._open[session.assistant, session.id] = session

    def clock_stepped(self) -> bool:
        """Tell whether the clock was set or the machine slept since the last call.

        Then files have to be looked at before anything is called quiet. A clock that
        was set makes no session quieter than it is.
        """
        (wall, boot, awake), self._clocks = self._passed()
        if abs(wall - boot) <= STEP:
            return abs(boot - awake) > STEP
        now = self._clock.now()
        for session in self._open.values():
            session.last_append = min(now, session.last_append + round((wall - boot) * 1000))
        return True

    def _passed(self) -> tuple[tuple[float, ...], tuple[float, float, float]]:
        """Return what has passed by each clock since they were looked at, and what they say."""
        clocks = self._clock.now() / 1000, self._clock.boot(), self._clock.awake()
        return tuple(new - old for new, old in zip(clocks, self._clocks, strict=True)), clocks

    def tick(self, *, end_all: bool = False) -> int:
        """Move sessions to idle or ended; return how many moved.

        `end_all` treats every session as ended, for a run that does not wait.
        """
        self._registry.refresh()
        if not self._open:
            return 0
        now = self._clock.now()
        wall, boot, awake = self._passed()[0]
        if max(wall, boot, awake) - min(wall, boot, awake) > STEP and not end_all:
            return 0  # since the clocks were looked at: what was appended is to be read first
        moved = []
        for key, session in self._open.items():
            state = (
                "ended"
                if end_all
                else judge(
                    session,
                    now,
                    self._registry.liveness(session),
                    idle_after=self._idle_after,
                    end_after=self._end_after,
                )
            )
            if state != session.state:
                moved.append((key, state))
        if moved:
            self._log.transact(lambda txn: self._move_all(txn, moved, now))
        for key, state in moved:
            self._open[key].state = state
            if state == "ended":
                del self._open[key]
        return len(moved)

    def _move_all(
        self, txn: Txn, moved: list[tuple[tuple[str, str], SessionState]], now: int
    ) -> None:
        for (assistant, session_id), state in moved:
            session = find_session(txn, assistant, session_id)
            if session is None:
                continue
            session.state = state
            put_session(txn, session)
            # Files may have been changed by hand, or committed, since the session went idle.
            over = state == "ended" and session.captured and session.prompts > 0
            if state != "active" and (over or uncodified(session)):
                make_due(txn, session, state, now)


def make_due(txn: Txn, session: Session, reason: DueReason, now: int) -> None:
    """Ask for the codification of a session, unless that has been asked for already."""
    key = workspace_key(session.workspace) + session_key(session.assistant, session.id)
    if DUE.get(txn, key) is None:
        row = Due(
            workspace=session.workspace,
            assistant=session.assistant,
            session=session.id,
            reason=reason,
            since=now,
            told=min(session.last_event, now),
        )
        DUE.put(txn, key, row)
