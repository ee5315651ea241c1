"""The history of a session: in order, each event once, wherever it moves."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hivemindd.events import Event
from hivemindd.log.blocks import BLOCK_EVENTS
from hivemindd.log.datafile import DamagedLogError
from hivemindd.log.history import append, blocks, read
from hivemindd.log.homes import drop_empty_workspace, find_session, move_session, put_session
from hivemindd.log.keys import block_key, session_key, workspace_key
from hivemindd.log.opening import open_log
from hivemindd.log.seen import PASSED_OVER, keep_new
from hivemindd.log.store import Log
from hivemindd.log.tables import (
    BLOCKS,
    CORRECTIONS,
    DUE,
    SEEN,
    SESSIONS,
    TRACES,
    WORKSPACES,
    Txn,
)
from hivemindd.records import Correction, Session, Trace, Workspace
from hivemindd.work import Due
from tests.log.make import codec, encode, make_event, make_session

T = TypeVar("T")
Appends = list[tuple[str, list[int]]]


def add(log: Log, session: Session, path: str, events: Sequence[Event]) -> None:
    """Append events to a session as ingest does: only what is new, then the row."""
    before = session.blocks

    def change(txn: Txn) -> None:
        session.blocks = before  # of a try that found the map too small nothing stays
        fresh = keep_new(txn, [encode(event) for event in events])
        append(txn, session, path, fresh, codec)
        put_session(txn, session)

    log.transact(change)


def stored(log: Log, session: Session) -> list[tuple[str, Event]]:
    """Return what the log holds of a session."""
    with log.read() as txn:
        packed = blocks(txn, session)
    return list(read(packed, codec))


def ask(log: Log, question: Callable[[Txn], T]) -> T:
    """Ask something of a snapshot."""
    with log.read() as txn:
        return question(txn)


@contextmanager
def scratch_log() -> Iterator[Log]:
    """Give a log for one example of a property."""
    with TemporaryDirectory() as folder:
        log = open_log(Path(folder) / "log", map_size=1 << 20)
        try:
            yield log
        finally:
            log.close()


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["/a.jsonl", "/b.jsonl"]),
            st.lists(st.sampled_from([0, 10, 100, 3000, 100_000]), max_size=80),
        ),
        max_size=8,
    )
)
def test_events_are_read_in_the_order_in_which_they_came(appends: Appends) -> None:
    """Whatever the sizes and however often the transcript changes; blocks stay bounded."""
    session = make_session()
    chance = random.Random(0)
    expected: list[tuple[str, Event]] = []
    with scratch_log() as log:
        for path, sizes in appends:
            events = [
                make_event(len(expected) + at, chance.randbytes(size).hex())
                for at, size in enumerate(sizes)
            ]
            add(log, session, path, events)
            expected += [(path, event) for event in events]

        assert stored(log, session) == expected
        with log.read() as txn:
            assert txn.count(BLOCKS) == session.blocks
            for data in blocks(txn, session):
                assert 0 < len(codec.unpack(data).events) <= BLOCK_EVENTS


def test_small_appends_share_a_block(log: Log) -> None:
    """A live session writes an event at a time and still compresses well."""
    session = make_session()
    for number in range(200):
        add(log, session, "/a", [make_event(number)])

    assert [event.id for _, event in stored(log, session)] == [f"e{n}" for n in range(200)]
    assert session.blocks == -(-200 // BLOCK_EVENTS)


def test_transcripts_do_not_share_a_block(log: Log) -> None:
    """Each event can be traced to the file that it came from."""
    session = make_session()
    add(log, session, "/a", [make_event(1)])
    add(log, session, "/b", [make_event(2)])
    add(log, session, "/a", [make_event(3)])

    assert [path for path, _ in stored(log, session)] == ["/a", "/b", "/a"]
    assert session.blocks == 3


def test_an_event_is_stored_once(log: Log) -> None:
    """Twice in one append, again later, or in another session's copy: once."""
    session, fork = make_session(), make_session(session="fork")
    first, second = make_event(1), make_event(2)
    add(log, session, "/a", [first, first])
    add(log, session, "/a", [first, second])
    add(log, fork, "/b", [first, second])

    assert stored(log, session) == [("/a", first), ("/a", second)]
    assert stored(log, fork) == []
    assert fork.blocks == 0


def test_what_was_passed_over_stays_so(log: Log) -> None:
    """An event that came while capture was paused is known, and why."""
    event = encode(make_event(1))

    def pass_over(txn: Txn) -> int:
        return len(keep_new(txn, [event], mark=PASSED_OVER))

    assert log.transact(pass_over) == 1
    assert log.transact(pass_over) == 0
    session = make_session()
    add(log, session, "/a", [make_event(1)])

    assert stored(log, session) == []
    with log.read() as txn:
        assert txn.get(SEEN, event.key) == PASSED_OVER


def test_a_session_is_found_by_its_id(log: Log) -> None:
    """Wherever it lies, and by its assistant's name as well."""
    session = make_session(workspace="somewhere")
    add(log, session, "/a", [])

    def find(assistant: str, name: str) -> Session | None:
        return ask(log, lambda txn: find_session(txn, assistant, name))

    assert find("codex", "s") == session
    assert find("cursor", "s") is None
    assert find("codex", "t") is None


def test_a_session_moves_with_all_its_events(log: Log) -> None:
    """Nothing is left in the old workspace, and its neighbours there stay."""
    session, neighbour = make_session(), make_session(session="neighbour")
    events = [make_event(number, "x" * 300) for number in range(300)]
    add(log, session, "/a", events)
    add(log, neighbour, "/b", [make_event(1000, session="neighbour")])

    log.transact(lambda txn: move_session(txn, session, "new"))

    assert session.workspace == "new"
    assert [event for _, event in stored(log, session)] == events
    assert ask(log, lambda txn: find_session(txn, "codex", "s")) == session
    with log.read() as txn:
        left = workspace_key("w") + session_key("codex", "s")
        assert list(txn.scan(BLOCKS, left)) == []
        assert list(SESSIONS.scan(txn, left)) == []
    assert len(stored(log, neighbour)) == 1
    more = make_event(2000)
    add(log, session, "/a", [more])
    assert stored(log, session)[-1] == ("/a", more)


@pytest.mark.parametrize("number", [0, 1, 3])
def test_blocks_that_are_missing_are_told(log: Log, number: int) -> None:
    """Whoever reads the rest as the whole would lose them silently."""
    session = make_session()
    add(log, session, "/a", [make_event(number) for number in range(200)])
    key = block_key(workspace_key("w"), session_key("codex", "s"), number)
    log.transact(lambda txn: txn.delete(BLOCKS, key))

    with pytest.raises(DamagedLogError, match="blocks of the session s are missing"):
        stored(log, session)
    assert not log.is_in_place()


def test_no_block_is_written_over(log: Log) -> None:
    """A row that knows of fewer blocks than there are is not believed."""
    session = make_session()
    add(log, session, "/a", [make_event(number) for number in range(200)])
    session.blocks = 1

    with pytest.raises(DamagedLogError, match="more blocks than it should"):
        add(log, session, "/a", [make_event(200)])


def test_a_row_that_should_be_there_is_missed(log: Log) -> None:
    """A session whose row is gone is not taken for a new one."""
    session = make_session()
    add(log, session, "/a", [make_event(1)])
    key = workspace_key("w") + session_key("codex", "s")
    log.transact(lambda txn: SESSIONS.delete(txn, key))

    with pytest.raises(DamagedLogError, match="the row of the session s is missing"):
        ask(log, lambda txn: find_session(txn, "codex", "s"))


def test_a_session_that_moved_is_codified_anew(log: Log) -> None:
    """What hung on the old workspace goes, and the session is open until it is due again."""
    session = make_session()
    session.state, session.codified_events, session.corrections = "ended", 5, 1
    add(log, session, "/a", [make_event(1)])
    key = workspace_key("w") + session_key("codex", "s")

    def learn(txn: Txn) -> None:
        due = Due(workspace="w", assistant="codex", session="s", reason="idle", since=1)
        DUE.put(txn, key, due)
        correction = Correction(
            id="c", workspace="w", session="s", assistant="codex", ts=1, channel="rejection"
        )
        CORRECTIONS.put(txn, key + b"c", correction)
        TRACES.put(txn, key, Trace(session="s", assistant="codex"))

    log.transact(learn)
    log.transact(lambda txn: move_session(txn, session, "new"))

    assert (session.state, session.codified_events, session.corrections) == ("active", 0, 0)
    with log.read() as txn:
        assert DUE.rows(txn) == []
        assert CORRECTIONS.rows(txn) == []
        assert TRACES.rows(txn) == []


def test_moving_nowhere_changes_nothing(log: Log) -> None:
    """A session whose workspace is the same keeps everything."""
    session = make_session()
    add(log, session, "/a", [make_event(1)])

    log.transact(lambda txn: move_session(txn, session, "w"))

    assert len(stored(log, session)) == 1


def test_a_workspace_is_forgotten_with_its_last_session(log: Log) -> None:
    """And not before."""
    session = make_session()

    def drop(txn: Txn) -> int:
        drop_empty_workspace(txn, "w")
        return txn.count(WORKSPACES.name)

    def begin(txn: Txn) -> None:
        WORKSPACES.put(txn, workspace_key("w"), Workspace(id="w", name="w"))
        put_session(txn, session)

    log.transact(begin)
    assert log.transact(drop) == 1

    log.transact(lambda txn: move_session(txn, session, "new"))
    assert log.transact(drop) == 0
