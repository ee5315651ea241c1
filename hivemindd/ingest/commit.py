"""One transaction: events, the checkpoints they moved, sessions, tallies, work that is due."""

from collections.abc import Mapping

import msgspec

from hivemindd.events import COARSE, MINUTE
from hivemindd.ingest.batch import Batch, SessionBatch
from hivemindd.ingest.omitted import describe
from hivemindd.ingest.pause import Paused, passed_over, written_while
from hivemindd.ingest.place import Place
from hivemindd.ingest.poll import logical_path
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import append, take_out
from hivemindd.log.homes import drop_empty_workspace, find_session, move_session, put_session
from hivemindd.log.keys import session_key, text_key, workspace_key
from hivemindd.log.omissions import Omission
from hivemindd.log.seen import FORGOTTEN_MARK, REFUSED, UNASKED, Encoded, is_new, keep_new
from hivemindd.log.tables import (
    AGED,
    CHECKPOINTS,
    DECLINED,
    FILES,
    FORGOTTEN,
    SEEN,
    TALLIES,
    WORKSPACES,
    Txn,
)
from hivemindd.records import MISSED, Checkpoint, Session, Tally
from hivemindd.sessions.keeper import make_due
from hivemindd.sessions.lifecycle import fold


class Committed(msgspec.Struct):
    """What a transaction did: the sessions it touched and the number of new events.

    `again` names the transcripts that have to be read from their beginning, `unsaid` the keys
    of their sessions: those turned out not to be asked at all. `omissions` are to be remembered.
    """

    sessions: list[Session]
    events: int = 0
    again: list[str] = []
    unsaid: set[bytes] = set()
    omissions: list[Omission] = []


def commit(
    txn: Txn,
    batch: Batch,
    places: Mapping[tuple[str, str], Place],
    codec: BlockCodec,
    *,
    now: int,
    paused: Paused | None,
    every_n_turns: int,
) -> Committed:
    """Write a batch; may run again from the start when the map had to grow.

    Args:
        txn: the open transaction.
        batch: what to write.
        places: the place of each session that is new or may move.
        codec: packs the blocks.
        now: wall clock in ms.
        paused: tells which moments of a workspace are passed over for good; None where nothing
            is paused.
        every_n_turns: turns of the agent after which codification is due.
    """
    done = Committed(sessions=[])
    for key, read in batch.sessions.items():
        group, place = _remembered(txn, read), places.get(key)
        taken_out = _take_out_refused(txn, group, place, codec)
        session = _open_session(txn, group, place, now)
        if session is None:
            continue
        if place and place.again:
            # What was read just now is not stored either, whichever of its transcripts it is from.
            now_read = (logical_path(portion.path) for portion in group.portions)
            done.again = sorted({*done.again, *session.left_out, *now_read})
            session.left_out = []
            put_session(txn, session)
            done.unsaid.add(session_key(session.assistant, session.id))
            continue
        stored, omitted = _store(txn, session, group, codec, paused)
        done.events += stored
        done.omissions += describe(txn, session, [*taken_out, *omitted])
        if session.captured and session.turns - session.codified_turns >= every_n_turns:
            make_due(txn, session, "turns", now)
        put_session(txn, session)
        done.sessions.append(session)
    for name, checkpoint in batch.checkpoints.items():
        put_checkpoint(txn, name, checkpoint)
    for name in done.again:
        CHECKPOINTS.delete(txn, text_key(name))
    for (assistant, version, what), (count, path) in batch.unknown.items():
        _tally(
            txn,
            Tally(assistant=assistant, version=version, what=what, count=count, path=path),
        )
    return done


def _remembered(txn: Txn, group: SessionBatch) -> SessionBatch:
    """Return what a batch holds of a session without what is forgotten of it.

    That has a mark by now; what no mark is known of is forgotten by its time, and gets one
    where somebody asked for it.
    """
    key = session_key(group.assistant, group.session)
    asked, aged = FORGOTTEN.get(txn, key), AGED.get(txn, key)
    if asked is None and aged is None:
        return group
    until = max(asked or 0, aged or 0)
    left = msgspec.structs.replace(group, portions=[], forgotten=until)
    for portion in group.portions:
        if asked is not None:
            old = [item for item in portion.events if _is_before(item, asked)]
            keep_new(txn, old, mark=FORGOTTEN_MARK)
        new = [item for item in portion.events if not _is_before(item, until)]
        if any(is_new(txn, item) for item in new):
            left.portions.append(msgspec.structs.replace(portion, events=new))
    return left


def _take_out_refused(
    txn: Txn, group: SessionBatch, place: Place | None, codec: BlockCodec
) -> list[Encoded]:
    """Take out what is stored of a session that moves to where somebody said no from the first.

    While nobody knew its folder, neither that nor its process could be asked.
    """
    if place is None or place.why_not in {"", MISSED}:
        return []
    session = find_session(txn, group.assistant, group.session)
    if session is None or not session.captured or session.workspace == place.workspace.id:
        return []
    gone = take_out(txn, session, codec)
    for each in gone:
        txn.put(SEEN, each.key, REFUSED)
    left = Session(
        id=session.id,
        assistant=session.assistant,
        workspace=session.workspace,
        started=session.started,
        last_append=session.last_append,
        forgotten=session.forgotten,
        passed_over=session.passed_over,
    )
    put_session(txn, left)
    return gone


def _is_before(item: Encoded, until: int) -> bool:
    """Tell whether an event is not later than a time (ms), as far as its own tells."""
    coarse = item.event.assistant in COARSE and not item.undated
    return item.event.ts + (MINUTE - 1 if coarse else 0) <= until


def _open_session(txn: Txn, group: SessionBatch, place: Place | None, now: int) -> Session | None:
    """Return the row of a session, made or moved where its place says so."""
    session = find_session(txn, group.assistant, group.session)
    if place is None:
        return session
    if session is None:
        if not group.portions:
            return None
        session = Session(
            id=group.session,
            assistant=group.assistant,
            workspace=place.workspace.id,
            forgotten=group.forgotten,
        )
        declined = DECLINED.get(txn, session_key(group.assistant, group.session)) or ""
        place = msgspec.structs.replace(place, why_not=place.why_not or declined)
    elif session.workspace != place.workspace.id:
        left = session.workspace
        move_session(txn, session, place.workspace.id)
        drop_empty_workspace(txn, left)
    session.cwd = session.cwd or place.cwd
    session.captured, session.why_not = not place.why_not, place.why_not
    _know_workspace(txn, place, group.assistant, now)
    return session


def _know_workspace(txn: Txn, place: Place, assistant: str, now: int) -> None:
    """Note who works in a workspace and where; who is not captured adds no project to it."""
    workspace = place.workspace
    key = workspace_key(workspace.id)
    row = WORKSPACES.get(txn, key) or msgspec.structs.replace(workspace, first_seen=now)
    row.root = row.root or workspace.root
    if workspace.root not in {"", *row.roots} and not place.why_not:
        row.more_roots = [*row.more_roots, workspace.root]
    if assistant not in row.assistants:
        row.assistants = sorted({*row.assistants, assistant})
    WORKSPACES.put(txn, key, row)


def _store(
    txn: Txn,
    session: Session,
    group: SessionBatch,
    codec: BlockCodec,
    paused: Paused | None,
) -> tuple[int, list[Encoded]]:
    """Store the events of a session that are new; return how many, and which were left out."""
    stored, omitted = 0, list[Encoded]()
    mark = UNASKED if session.why_not == MISSED else REFUSED
    for portion in group.portions:
        if not session.captured:
            omitted += keep_new(txn, portion.events, mark=mark)
            session.last_append = max(session.last_append, portion.appended)
            # When it ran is all that is known of it: what it did to files is left alone too.
            times = [session.started, *(item.event.ts for item in portion.events)]
            session.started = min(filter(None, times), default=0)
            if mark == UNASKED:
                name = logical_path(portion.path)
                session.left_out = sorted({*session.left_out, name})
            continue
        while_paused = written_while(paused, session.workspace, portion) if paused else []
        if while_paused:
            passed = keep_new(txn, while_paused, mark=passed_over(session))
            session.passed_over += len(passed)
            omitted += passed
            session.last_append = max(session.last_append, portion.appended)
        fresh = keep_new(txn, portion.events)
        append(txn, session, portion.path, fresh, codec)
        stored += len(fresh)
        if fresh or not while_paused:
            session.path = session.path or portion.path
            fold(session, [item.event for item in fresh], group.facts, portion.appended)
    if not group.portions:
        fold(session, [], group.facts, session.last_append)
    return stored, omitted


def put_checkpoint(txn: Txn, name: str, checkpoint: Checkpoint) -> None:
    """Store how far a transcript was read, findable by its path and by its inode."""
    key = text_key(name)
    CHECKPOINTS.put(txn, key, checkpoint)
    FILES.put(txn, file_key(checkpoint.device, checkpoint.inode), key)


def file_key(device: int, inode: int) -> bytes:
    """Return the key of a file by where it lies on its device."""
    return (device & (2**64 - 1)).to_bytes(8, "big") + inode.to_bytes(8, "big")


def _tally(txn: Txn, tally: Tally) -> None:
    key = text_key(f"{tally.assistant}\0{tally.version}\0{tally.what}")
    before = TALLIES.get(txn, key)
    tally.count += before.count if before else 0
    TALLIES.put(txn, key, tally)
