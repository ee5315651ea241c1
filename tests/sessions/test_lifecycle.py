"""The life of a session as a function of what is known about it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.assistants.base import SessionFacts
from hivemindd.events import Outline
from hivemindd.records import Session, SessionState
from hivemindd.sessions.lifecycle import GRACE, Liveness, fold, judge, uncodified
from tests.sessions.make import END_AFTER, FACTS, IDLE_AFTER, make_event, make_session

KINDS = st.sampled_from(["prompt", "reply", "call", "result", "end"])
EVENTS = st.builds(make_event, KINDS, st.integers(1, 10**12), sidechain=st.booleans())
STATES: list[SessionState] = ["active", "idle", "ended"]
LIVENESS: list[Liveness] = ["busy", "idle", "open", "gone", "unknown"]


def state_after(
    quiet: float, liveness: Liveness = "unknown", state: SessionState = "active"
) -> SessionState:
    """Judge a session that has been quiet for some seconds."""
    session = make_session(state=state, last_append=1_000_000)
    now = 1_000_000 + round(quiet * 1000)
    return judge(session, now, liveness, idle_after=IDLE_AFTER, end_after=END_AFTER)


class TestFold:
    """What events do to the row of their session."""

    def test_a_turn_is_an_answer_to_a_prompt(self) -> None:
        """However many replies and calls it takes; a person's words begin the next one."""
        session = make_session()
        kinds = ["prompt", "call", "result", "reply", "end", "prompt", "reply", "prompt", "prompt"]
        fold(session, [make_event(kind) for kind in kinds], FACTS, 5000)

        assert (session.prompts, session.turns, session.events) == (4, 2, 9)

    def test_only_a_person_prompts(self) -> None:
        """What a program or the harness puts in is no prompt of theirs, but begins a turn."""
        session = make_session()
        events = [make_event("prompt", author="harness"), make_event("reply")]
        fold(session, events, FACTS, 5000)

        assert (session.prompts, session.turns) == (0, 1)

    def test_agents_of_an_agent_take_no_turns(self) -> None:
        """Their events count, but neither as prompts nor as turns."""
        session = make_session()
        kinds = ["prompt", "reply", "call"]
        fold(session, [make_event(kind, sidechain=True) for kind in kinds], FACTS, 5000)

        assert (session.prompts, session.turns, session.events) == (0, 0, 3)

    @given(st.lists(EVENTS, max_size=12), st.lists(st.integers(0, 12), max_size=4))
    def test_a_session_may_come_in_pieces(self, events: list[Outline], cuts: list[int]) -> None:
        """Wherever the reads fall, the row is the same in the end."""
        whole, pieces = make_session(), make_session()
        fold(whole, events, FACTS, 5000)
        bounds = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
        for start, end in pairwise(bounds):
            fold(pieces, events[start:end], FACTS, 5000)

        assert pieces == whole

    def test_times_are_those_of_the_events(self) -> None:
        """The earliest begins it and the latest is its last, in whatever order they stand."""
        session = make_session()
        fold(session, [make_event("reply", ts) for ts in (300, 100, 200)], FACTS, 5000)

        assert (session.started, session.last_event, session.last_append) == (100, 300, 5000)

    @pytest.mark.parametrize("state", STATES)
    def test_an_event_opens_a_session_again(self, state: SessionState) -> None:
        """Whatever it was, it is active; facts alone do not do that."""
        session = make_session(state=state)
        fold(session, [], FACTS, 5000)
        assert (session.state, session.last_append) == (state, 0)

        fold(session, [make_event("reply")], FACTS, 5000)
        assert session.state == "active"

    def test_an_older_file_does_not_make_a_session_older(self) -> None:
        """A second transcript of the session may have been written before the first."""
        session = make_session(last_append=9000)
        fold(session, [make_event("reply")], FACTS, 5000)

        assert session.last_append == 9000

    def test_facts_are_kept_as_they_come(self) -> None:
        """The first folder stays, the latest version counts, nothing is emptied."""
        session = make_session()
        fold(session, [], SessionFacts(cwd="/first", version="1", branch="main"), 0)
        fold(session, [], SessionFacts(cwd="/second", version="2", headless=True), 0)
        fold(session, [], SessionFacts(), 0)

        assert (session.cwd, session.version, session.branch) == ("/first", "2", "main")
        assert session.headless


class TestJudge:
    """What time and liveness do to its state."""

    @pytest.mark.parametrize(
        ("quiet", "liveness", "expected"),
        [
            (0, "unknown", "active"),
            (IDLE_AFTER - 1, "unknown", "active"),
            (IDLE_AFTER, "unknown", "idle"),
            (END_AFTER - 1, "unknown", "idle"),
            (END_AFTER, "unknown", "ended"),
            (END_AFTER, "busy", "ended"),
            (GRACE - 1, "gone", "active"),
            (GRACE, "gone", "ended"),
            (59, "idle", "active"),
            (60, "idle", "idle"),
            (60, "busy", "active"),
            (60, "open", "active"),
        ],
    )
    def test_a_session_goes_quiet(
        self, quiet: float, liveness: Liveness, expected: SessionState
    ) -> None:
        """Idle after a while, ended after a long one, or soon when its program is gone."""
        assert state_after(quiet, liveness) == expected

    @given(
        st.lists(
            st.tuples(st.floats(-(10**6), 10**6), st.sampled_from(LIVENESS)), min_size=1, max_size=9
        )
    )
    def test_time_only_moves_a_session_on(self, looks: list[tuple[float, Liveness]]) -> None:
        """Whatever the clock and the registry say, without an event nothing opens again."""
        states: list[SessionState] = ["active"]
        for quiet, liveness in looks:
            states.append(state_after(quiet, liveness, states[-1]))

        assert states == sorted(states, key=STATES.index)

    def test_a_future_append_is_not_quiet(self) -> None:
        """A clock that was set back makes no session idle."""
        assert state_after(-3600) == "active"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"events": 5, "prompts": 1}, True),
        ({"events": 5, "prompts": 1, "codified_events": 4}, True),
        ({"events": 5, "prompts": 1, "codified_events": 5}, False),
        ({"events": 5, "prompts": 1, "captured": False}, False),
        ({"events": 5}, False),
        ({}, False),
    ],
)
def test_what_is_new_is_to_be_codified(fields: dict[str, object], expected: object) -> None:
    """Only where a person spoke, who agreed to it, and only what was not looked at before."""
    session: Session = make_session(**fields)

    assert uncodified(session) is expected
