"""What was captured, as queries tell it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemindd.control.queries import (
    find_session,
    list_events,
    list_sessions,
    list_workspaces,
    workspace_names,
)
from hivemindd.errors import HivemindError
from hivemindd.log.opening import open_log_readonly
from hivemindd.log.store import Log
from tests.control.filled_log import EVIL, FIX, HELD, NOTES, NPM, REFUSED, SHOP, fill


@pytest.fixture(name="log")
def _log(tmp_path: Path) -> Iterator[Log]:
    log = open_log_readonly(fill(tmp_path).log)
    yield log
    log.close()


def test_workspaces_come_newest_first_with_what_they_hold(log: Log) -> None:
    """A workspace sums up its sessions."""
    shop, notes = list_workspaces(log)

    assert (shop.id, notes.id) == (SHOP, NOTES)
    assert (shop.sessions, shop.events, shop.corrections, shop.skills) == (3, 11, 1, 1)
    assert notes.skills == 0
    assert workspace_names(log) == {SHOP: "shop", NOTES: "notes"}


def test_sessions_come_newest_first(log: Log) -> None:
    """All sessions, or those of one workspace."""
    assert [row.id for row in list_sessions(log)][:2] == [FIX, NPM]
    assert [row.id for row in list_sessions(log, NOTES)] == [HELD]
    assert list_sessions(log, "no such workspace") == []


def test_a_session_that_was_refused_says_why(log: Log) -> None:
    """Nobody has to guess why a session has no events."""
    session = find_session(log, REFUSED)

    assert not session.captured
    assert session.why_not == "HIVEMIND_CAPTURE=false in its environment"


def test_a_session_is_found_by_how_its_id_begins(log: Log) -> None:
    """A prefix is enough as long as only one session has it."""
    assert find_session(log, "3f2").id == NPM
    assert find_session(log, NPM).id == NPM


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("3f", "2 sessions begin with '3f': give more of the id"),
        ("zz", "there is no session 'zz': `hivemindctl sessions` lists them"),
        ("", "there is no session '': `hivemindctl sessions` lists them"),
    ],
)
def test_a_prefix_that_names_no_single_session_is_refused(
    log: Log, wanted: str, sentence: str
) -> None:
    """The sentence says what to do."""
    with pytest.raises(HivemindError) as raised:
        find_session(log, wanted)

    assert str(raised.value) == sentence
    assert raised.value.exit_code == 1


def test_events_come_in_their_order_with_every_field(log: Log) -> None:
    """Fields with defaults are there too, so that names are stable."""
    events = list_events(log, find_session(log, NPM))

    assert [event["kind"] for event in events] == ["prompt", "tool_call", "prompt", "reply"]
    assert [event["seq"] for event in events] == [0, 90, 180, 270]
    assert events[0]["sidechain"] is False
    assert events[0]["origin"] == "typed"
    assert events[1]["input"] == {}
    assert events[2]["text"] == EVIL
    assert events[3]["transcript"].endswith("npm.jsonl")
