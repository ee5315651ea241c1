"""What a status is made of: one read of whole tables, of each row no more than is needed."""

import msgspec

from hivemindd.codify.ledger import calls_of_day
from hivemindd.log.pauses import Pauses
from hivemindd.log.tables import (
    CHECKPOINTS,
    CORRECTIONS,
    DUE,
    LESSONS,
    SESSIONS,
    SKILLS,
    WORKSPACES,
    Table,
    Txn,
)
from hivemindd.records import STANDING, CorrectionState, LessonState, SessionState
from hivemindd.work import Call, Due


class CheckpointHead(msgspec.Struct, gc=False):
    """What is needed of a checkpoint: thousands are read, so the rest is not decoded.

    For the same reason the garbage collector is told that there is nothing to follow.
    """

    path: str
    assistant: str
    size: int
    mtime_ns: int


class SessionHead(msgspec.Struct, gc=False):
    """What is needed of a session."""

    assistant: str
    state: SessionState = "active"
    events: int = 0
    last_event: int = 0
    captured: bool = True
    why_not: str = ""
    passed_over: int = 0


class _CorrectionHead(msgspec.Struct, gc=False):
    """What is needed of a correction."""

    state: CorrectionState = "pending"


class _LessonHead(msgspec.Struct, gc=False):
    """What is needed of a lesson."""

    state: LessonState = "open"


_CHECKPOINT_HEADS = Table(CHECKPOINTS.name, CheckpointHead)
_SESSION_HEADS = Table(SESSIONS.name, SessionHead)
_CORRECTION_HEADS = Table(CORRECTIONS.name, _CorrectionHead)
_LESSON_HEADS = Table(LESSONS.name, _LessonHead)


class Rows(msgspec.Struct):
    """What one read of the log brings."""

    checkpoints: list[CheckpointHead] = []
    sessions: list[SessionHead] = []
    due: list[Due] = []
    names: dict[str, str] = {}
    paused: dict[str, int] = {}
    calls: list[Call] = []
    corrections: int = 0
    lessons: int = 0
    skills: int = 0
    reviews: int = 0
    proposals: int = 0


def read_rows(txn: Txn, now: int) -> Rows:
    """Return what the status at a time (ms) is made of."""
    skills = SKILLS.rows(txn)
    return Rows(
        checkpoints=_CHECKPOINT_HEADS.rows(txn),
        sessions=_SESSION_HEADS.rows(txn),
        due=DUE.rows(txn),
        names={row.id: row.name for row in WORKSPACES.rows(txn)},
        paused=Pauses.load(txn).until,
        calls=calls_of_day(txn, now),
        corrections=sum(row.state == "accepted" for row in _CORRECTION_HEADS.rows(txn)),
        lessons=txn.count(LESSONS.name),
        skills=len({(row.workspace, row.id) for row in skills if row.state in STANDING}),
        proposals=sum(row.proposal is not None for row in skills),
        reviews=sum(row.state == "review" for row in _LESSON_HEADS.rows(txn)),
    )
