"""Answers about codification: what waits for it in each workspace, and why."""

import msgspec

from hivemindd.lessons import standing
from hivemindd.log.keys import workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import DUE, LESSONS, SESSIONS, SETTINGS, WORKSPACES
from hivemindd.records import Lesson, LessonState, Session, SessionState, Workspace
from hivemindd.work import Due, DueReason

RUNS = b"codified"
_runs_decoder = msgspec.json.Decoder(dict[str, int])


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A session whose codification is due, and why."""

    session: str
    assistant: str
    reason: DueReason
    since: int
    not_before: int
    attempts: int
    error: str


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that will be due when it goes quiet, or after `turns_left` more turns."""

    session: str
    assistant: str
    state: SessionState
    turns_left: int


class Growing(msgspec.Struct, frozen=True, kw_only=True):
    """A lesson that is not promoted yet: the evidence that it has, and what it needs."""

    lesson: str
    rule: str
    state: LessonState
    weight: float
    needs_weight: float
    sessions: int
    needs_sessions: int


class SkillifyStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The codification of one workspace; times in ms, None where there is none.

    `codified` of its `sessions` have been read at least once.
    """

    workspace: str
    name: str
    root: str
    sessions: int
    codified: int
    last_run: int | None
    next_due: int | None
    pending: list[Waiting]
    open: list[OpenSession]
    lessons: list[Growing]


def describe_skillify(log: Log, workspace: str = "", *, every_n_turns: int) -> list[SkillifyStatus]:
    """Return what waits for codification, by workspace (one of them, when named)."""
    prefix = workspace_key(workspace) if workspace else b""
    with log.read() as txn:
        places = WORKSPACES.rows(txn, prefix)
        due = DUE.rows(txn, prefix)
        sessions = SESSIONS.rows(txn, prefix)
        lessons = LESSONS.rows(txn, prefix)
        ledger = SETTINGS.get(txn, RUNS)
    runs = _runs_decoder.decode(ledger) if ledger else {}
    return [
        _describe(
            place,
            [row for row in due if row.workspace == place.id],
            [row for row in sessions if row.workspace == place.id],
            [row for row in lessons if row.workspace == place.id],
            every_n_turns=every_n_turns,
            last_run=runs.get(place.id),
        )
        for place in places
    ]


def _describe(
    place: Workspace,
    due: list[Due],
    sessions: list[Session],
    lessons: list[Lesson],
    *,
    every_n_turns: int,
    last_run: int | None,
) -> SkillifyStatus:
    waiting = {(row.assistant, row.session) for row in due}
    return SkillifyStatus(
        workspace=place.id,
        name=place.name,
        root=place.root,
        sessions=len(sessions),
        codified=sum(row.codified_events > 0 for row in sessions),
        last_run=last_run,
        next_due=min((row.not_before or row.since for row in due), default=None),
        pending=[_waiting(row) for row in sorted(due, key=lambda row: row.since)],
        open=[
            _open_session(row, every_n_turns)
            for row in sessions
            if _will_be_due(row) and (row.assistant, row.id) not in waiting
        ],
        lessons=[_growing(row) for row in lessons if row.state in {"open", "contested"}],
    )


def _waiting(row: Due) -> Waiting:
    return Waiting(
        session=row.session,
        assistant=row.assistant,
        reason=row.reason,
        since=row.since,
        not_before=row.not_before,
        attempts=row.attempts,
        error=row.error,
    )


def _will_be_due(row: Session) -> bool:
    unread = row.events > row.codified_events
    return unread and row.state != "ended" and row.captured and not row.headless


def _open_session(row: Session, every_n_turns: int) -> OpenSession:
    return OpenSession(
        session=row.id,
        assistant=row.assistant,
        state=row.state,
        turns_left=max(0, every_n_turns - (row.turns - row.codified_turns)),
    )


def _growing(row: Lesson) -> Growing:
    return Growing(
        lesson=row.id,
        rule=row.rule,
        state=row.state,
        weight=standing.weigh(row),
        needs_weight=standing.PROMOTED_AT,
        sessions=len({item.talk for item in row.evidence if item.weight > 0}),
        needs_sessions=standing.SESSIONS,
    )
