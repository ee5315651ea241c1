"""Answers about what was captured: workspaces, sessions, and the events of one.

Every query takes an open log and reads it in one short transaction, so it works with and
without a running daemon. The field names of what it returns are those that `--json` prints.
"""

from collections import Counter
from typing import Any

import msgspec

from hivemindd.config import ASSISTANTS
from hivemindd.control.refusal import refusal
from hivemindd.errors import HivemindError
from hivemindd.log import homes
from hivemindd.log.keys import session_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import AGED, FORGOTTEN, SESSIONS, SKILLS, WORKSPACES
from hivemindd.records import STANDING, Session, SessionState


class WorkspaceView(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace with what it holds; times in ms since 1970 UTC."""

    id: str
    name: str
    root: str
    roots: list[str]
    source: str
    assistants: list[str]
    first_seen: int
    last_event: int
    sessions: int
    events: int
    corrections: int
    skills: int


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """A session as people see it; times in ms since 1970 UTC.

    `forgotten` is until when what was said in it is forgotten, 0 where nothing is.
    `passed_over` events were written while it was paused; where there are no others it is
    not captured either.
    """

    id: str
    assistant: str
    workspace: str
    cwd: str
    state: SessionState
    started: int
    last_event: int
    events: int
    prompts: int
    turns: int
    corrections: int
    captured: bool
    why_not: str
    passed_over: int
    headless: bool
    version: str
    branch: str
    parent: str
    path: str
    forgotten: int


def list_workspaces(log: Log) -> list[WorkspaceView]:
    """Return all workspaces, the one with the newest event first."""
    with log.read() as txn:
        rows = WORKSPACES.rows(txn)
        sessions = SESSIONS.rows(txn)
        # A skill that lies in several projects of a workspace is one.
        there = {(row.workspace, row.id) for row in SKILLS.rows(txn) if row.state in STANDING}
    skills = Counter(workspace for workspace, _ in there)
    grouped: dict[str, list[Session]] = {row.id: [] for row in rows}
    for session in sessions:
        grouped.setdefault(session.workspace, []).append(session)
    views = [
        WorkspaceView(
            id=row.id,
            name=row.name,
            root=row.root,
            roots=row.roots,
            source=row.source,
            assistants=row.assistants,
            first_seen=row.first_seen,
            last_event=max((session.last_event for session in grouped[row.id]), default=0),
            sessions=len(grouped[row.id]),
            events=sum(session.events for session in grouped[row.id]),
            corrections=sum(session.corrections for session in grouped[row.id]),
            skills=skills[row.id],
        )
        for row in rows
    ]
    return sorted(views, key=lambda view: view.last_event, reverse=True)


def list_sessions(log: Log, workspace: str = "") -> list[SessionView]:
    """Return the sessions of a workspace (of all, when empty), the newest first."""
    with log.read() as txn:
        rows = SESSIONS.rows(txn, workspace_key(workspace) if workspace else b"")
    views = [_view(row) for row in rows]
    return sorted(views, key=lambda view: (view.last_event, view.id), reverse=True)


def find_session(log: Log, wanted: str) -> SessionView:
    """Return the session with an id, or the only one whose id begins so.

    Raises:
        HivemindError: no session fits, or more than one.
    """
    with log.read() as txn:
        rows = [row for row in SESSIONS.rows(txn) if row.id.startswith(wanted)]
        keys = [session_key(name, wanted) for name in ASSISTANTS]
        forgotten = any(FORGOTTEN.get(txn, key) for key in keys)
        aged = any(AGED.get(txn, key) for key in keys)
    rows = [row for row in rows if row.id == wanted] or rows
    if not rows and forgotten:
        raise HivemindError(f"the session {wanted!r} is forgotten: nothing of it is kept")
    if not rows and aged:
        raise HivemindError(
            f"the session {wanted!r} has gone by `keep` or `max_disk`: what skills stand on is kept"
        )
    if not rows or not wanted:
        raise HivemindError(f"there is no session {wanted!r}: `hivemindctl sessions` lists them")
    if len(rows) > 1:
        raise HivemindError(f"{len(rows)} sessions begin with {wanted!r}: give more of the id")
    return _view(rows[0])


def list_events(log: Log, session: SessionView) -> list[dict[str, Any]]:
    """Return the events of a session in the order in which they were written.

    Each has `kind`, `transcript` and every field of its kind, those with defaults too.
    """
    # zstandard comes with this import, and no other query needs it.
    from hivemindd.log import history  # noqa: PLC0415
    from hivemindd.log.blocks import BlockCodec  # noqa: PLC0415

    with log.read() as txn:
        row = homes.find_session(txn, session.assistant, session.id)
        packed = history.blocks(txn, row) if row else []
    return [
        {
            "kind": event.__struct_config__.tag,
            **msgspec.structs.asdict(event),
            "transcript": path,
        }
        for path, event in history.read(packed, BlockCodec())
    ]


def workspace_names(log: Log) -> dict[str, str]:
    """Return the names of all workspaces by their ids."""
    with log.read() as txn:
        return {row.id: row.name for row in WORKSPACES.rows(txn)}


def _view(row: Session) -> SessionView:
    """Show a row; one that is not captured has no events, and is as old as its transcript."""
    why_not = refusal(row)
    fields = {name: getattr(row, name) for name in SessionView.__struct_fields__}
    shown = {"captured": not why_not, "why_not": why_not}
    return SessionView(**fields | shown | {"last_event": row.last_event or row.last_append})
