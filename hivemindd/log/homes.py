"""The rows of sessions, each below the workspace that is its home, and how they move."""

from hivemindd.log.datafile import DamagedLogError
from hivemindd.log.keys import session_key, workspace_key
from hivemindd.log.tables import (
    BLOCKS,
    CORRECTIONS,
    DUE,
    HOMES,
    LESSONS,
    SESSIONS,
    TRACES,
    WORKSPACES,
    Txn,
)
from hivemindd.records import Session


def find_session(txn: Txn, assistant: str, session: str) -> Session | None:
    """Return a session's row by the id that its assistant gave it.

    Raises:
        DamagedLogError: it should be there, and is not.
    """
    key = session_key(assistant, session)
    home = txn.get(HOMES, key)
    if home is None:
        return None
    found = SESSIONS.get(txn, home + key)
    if found is None:
        raise DamagedLogError(f"the row of the session {session} is missing")
    return found


def is_as_read(txn: Txn, session: Session) -> bool:
    """Tell whether a session is still where it was, and not forgotten meanwhile."""
    found = find_session(txn, session.assistant, session.id)
    return found is not None and (found.workspace, found.forgotten) == (
        session.workspace,
        session.forgotten,
    )


def put_session(txn: Txn, session: Session) -> None:
    """Store a session's row, and where it is to be found."""
    key = session_key(session.assistant, session.id)
    home = workspace_key(session.workspace)
    txn.put(HOMES, key, home)
    SESSIONS.put(txn, home + key, session)


def move_session(txn: Txn, session: Session, workspace: str) -> None:
    """Give a session to another workspace, with all its events.

    It is codified anew; the old one unlearns what came from it when its lessons are next
    derived.
    """
    key = session_key(session.assistant, session.id)
    old, new = workspace_key(session.workspace), workspace_key(workspace)
    if old == new:
        return
    for block, data in list(txn.scan(BLOCKS, old + key)):
        txn.put(BLOCKS, new + block[len(old) :], data)
        txn.delete(BLOCKS, block)
    SESSIONS.delete(txn, old + key)
    DUE.delete(txn, old + key)
    TRACES.delete(txn, old + key)
    for stale, _ in list(CORRECTIONS.scan(txn, old + key)):
        CORRECTIONS.delete(txn, stale)
    session.workspace = workspace
    session.state = "active"
    session.codified_events = session.codified_turns = session.corrections = 0
    put_session(txn, session)


def drop_empty_workspace(txn: Txn, workspace: str) -> None:
    """Forget a workspace that no session belongs to any more, and what it has taught."""
    key = workspace_key(workspace)
    if next(SESSIONS.scan(txn, key), None) is None:
        WORKSPACES.delete(txn, key)
        for lesson, _ in list(LESSONS.scan(txn, key)):
            LESSONS.delete(txn, lesson)
