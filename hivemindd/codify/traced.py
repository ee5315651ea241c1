"""Traces of sessions that were codified before there were any, or by an older reading."""

from collections.abc import Sequence
from functools import partial

from hivemindd.lessons.traces import VERSION, trace
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, read
from hivemindd.log.homes import is_as_read
from hivemindd.log.keys import session_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import SESSIONS, TRACES, Txn
from hivemindd.records import Session, Trace

BATCH = 100


def catch_up(log: Log, workspace: str) -> int:
    """Trace the codified sessions of a workspace that have no trace yet; return how many.

    Raises:
        LogError: the log cannot be read or written.
    """
    with log.read() as txn:
        wanted = _untraced(txn, workspace)
    for start in range(0, len(wanted), BATCH):
        traced = [(row, _read(log, row)) for row in wanted[start : start + BATCH]]
        log.transact(partial(_store, traced))
    return len(wanted)


def _untraced(txn: Txn, workspace: str) -> list[Session]:
    found = []
    for key, session in SESSIONS.scan(txn, workspace_key(workspace)):
        if session.codified_events:
            there = TRACES.get(txn, key)
            if there is None or there.version < VERSION:
                found.append(session)
    return found


def _read(log: Log, session: Session) -> Trace:
    with log.read() as txn:
        packed = blocks(txn, session)
    return trace(session, (event for _, event in read(packed, BlockCodec())))


def _store(traced: Sequence[tuple[Session, Trace]], txn: Txn) -> None:
    """Store traces, but not of a session that has moved away or was forgotten meanwhile."""
    for session, row in traced:
        if is_as_read(txn, session):
            home = workspace_key(session.workspace)
            TRACES.put(txn, home + session_key(session.assistant, session.id), row)
