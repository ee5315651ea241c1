"""Counting evidence: what it weighs, and what it makes of a lesson."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.lessons.standing import DIRECTIVE, state_of, united, weigh
from hivemindd.records import Evidence, LessonState
from tests.lessons.make import make_lesson


def support(number: int, session: str = "", *, weight: float = 1.0) -> Evidence:
    """Return what supports a lesson at a time, in a session of its own unless one is named."""
    return Evidence(
        correction=f"c{number}", session=session or f"s{number}", ts=number, weight=weight, quote=""
    )


def against(number: int, session: str = "", *, weight: float = 1.0) -> Evidence:
    """Return what contradicts a lesson."""
    return support(number, session, weight=-weight)


def weight_of(*evidence: Evidence) -> float:
    """Return what the support weighs."""
    return weigh(make_lesson(evidence=list(evidence)))


class TestWeight:
    """What evidence weighs."""

    def test_sessions_add_up(self) -> None:
        """One correction in each of three sessions is what a promotion needs."""
        three = support(1), support(2), support(3)

        assert weight_of(*three) == 3.0
        assert [state_of(three[:2]), state_of(three)] == ["open", "promoted"]

    def test_repeats_in_one_session_count_little(self) -> None:
        """The second time in a session counts a quarter, and a cap holds the rest."""
        assert weight_of(support(1, "s"), support(2, "s")) == 1.25
        assert weight_of(*(support(n, "s") for n in range(9))) == 1.5

    def test_directive_counts_three(self) -> None:
        """Always and never weigh as much as three corrections, but still need two sessions."""
        order = support(1, weight=DIRECTIVE)

        assert weight_of(order) == 3.0
        assert state_of([order]) == "open"
        assert state_of([order, support(2, weight=0.5)]) == "promoted"

    def test_repeat_beside_a_directive_adds_nothing_beyond_the_cap(self) -> None:
        """Only the directive itself exceeds the cap of a session."""
        assert weight_of(support(1, "s", weight=DIRECTIVE), support(2, "s")) == 3.0

    def test_one_session_never_promotes(self) -> None:
        """However often something is said in one session."""
        assert state_of(support(n, "s", weight=DIRECTIVE) for n in range(5)) == "open"

    def test_weak_signals_need_more_of_them(self) -> None:
        """Edits without words reach the mark in the fifth session."""
        steps = [support(n, weight=0.7) for n in range(1, 6)]

        assert [state_of(steps[:4]), state_of(steps)] == ["open", "promoted"]

    def test_exception_weighs_nothing(self) -> None:
        """It limits the rule and is no support for it, nor a session that counts."""
        assert weight_of(support(1), support(2, weight=0.0)) == 1.0
        assert state_of([support(1, weight=DIRECTIVE), support(2, weight=0.0)]) == "open"


class TestContradiction:
    """When a person says the opposite."""

    def test_one_contradiction_contests(self) -> None:
        """A contested lesson is not promoted, however strong it was."""
        assert state_of([*(support(n) for n in range(9)), against(9)]) == "contested"

    def test_later_support_closes_it(self) -> None:
        """A person's newest word wins, and all that was said before it counts again."""
        assert state_of([support(1), against(2), support(3)]) == "open"
        assert state_of([support(1), support(2), against(3), support(4)]) == "promoted"

    def test_two_sessions_overrule(self) -> None:
        """Said again in another session, the opposite holds, and the old support is gone."""
        evidence = support(1), support(2), support(3), against(4), against(5)

        assert state_of(evidence) == "superseded"
        assert weight_of(*evidence) == 0.0

    def test_twice_in_one_session_only_contests(self) -> None:
        """One bad afternoon does not overrule."""
        assert state_of([support(1), against(2, "s"), against(3, "s")]) == "contested"

    def test_directive_overrules_at_once(self) -> None:
        """Never again needs no repetition."""
        three = support(1), support(2), support(3)

        assert state_of([*three, against(4, weight=DIRECTIVE)]) == "superseded"

    def test_overruled_lesson_starts_anew(self) -> None:
        """What is said after the turn counts from there."""
        evidence = support(1), against(2, weight=DIRECTIVE), support(3)

        assert state_of(evidence) == "open"
        assert weight_of(*evidence) == 1.0

    def test_what_was_said_before_a_lesson_is_no_contradiction_of_it(self) -> None:
        """The newest word is that of the lesson itself."""
        three = support(5), support(6), support(7)

        assert state_of([against(1), against(2), *three]) == "promoted"


# (what happens, and in which states) -> the state after it. "more" is support in a session
# of its own, "order" the same for good; "no" and "never" are their opposites, "no again" is
# a second no in the same session; "unless" names an exception.
TABLE: dict[str, dict[str, str]] = {
    "more": {"open": "counted", "contested": "counted", "superseded": "counted"},
    "order": {"open": "counted", "contested": "counted", "superseded": "counted"},
    "no": {"open": "contested", "contested": "superseded", "superseded": "superseded"},
    "no again": {"open": "contested", "contested": "contested", "superseded": "superseded"},
    "never": {"open": "superseded", "contested": "superseded", "superseded": "superseded"},
    "unless": {"open": "open", "contested": "contested", "superseded": "superseded"},
}
WEIGHTS = {"more": 1.0, "order": 3.0, "no": -1.0, "no again": -1.0, "never": -3.0, "unless": 0.0}


def told(events: Iterable[str]) -> list[Evidence]:
    """Return the evidence that some events leave."""
    found: list[Evidence] = []
    again = "again"
    for at, event in enumerate(events):
        session = again if event == "no again" else f"s{at}"
        found.append(support(at, session, weight=WEIGHTS[event]))
        if event == "no":
            again = session
    return found


def expected(events: Iterable[str]) -> str:
    """Return the state that the table leads to, with the support counted by hand."""
    state = "open"
    weights: list[float] = []
    for event in events:
        state = TABLE[event][state]
        if state == "superseded":
            weights = []
        elif state == "counted":
            weights.append(WEIGHTS[event])
            state = "open"
    promoted = state == "open" and len(weights) > 1 and sum(weights) >= 3
    return "promoted" if promoted else state


@given(st.lists(st.sampled_from(sorted(TABLE)), max_size=12))
def test_states_follow_the_table(events: list[str]) -> None:
    """Any sequence of events leads where the table says, and nowhere else."""
    evidence = told(events)

    assert state_of(evidence) == expected(events)
    assert state_of(reversed(evidence)) == expected(events)


@given(st.lists(st.sampled_from(sorted(TABLE)), max_size=12))
def test_what_waits_for_a_person_is_only_ever_superseded(events: list[str]) -> None:
    """No weight promotes it, one contradiction does not contest it, later words bring it back."""
    assert expected(events) != "superseded" or state_of(told(events), review=True) == "superseded"
    assert expected(events) == "superseded" or state_of(told(events), review=True) == "review"


ENTRIES = st.lists(
    st.builds(
        support,
        st.integers(0, 6),
        st.sampled_from(["s1", "s2", "s3"]),
        weight=st.sampled_from([-3.0, -1.0, 0.0, 0.5, 0.7, 1.0, 3.0]),
    ),
    max_size=9,
)


@given(ENTRIES.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_order_and_repetition_change_nothing(both: tuple[list[Evidence], list[Evidence]]) -> None:
    """Evidence is a set in the order of time."""
    some, shuffled = both
    once = united(some)

    assert united([*shuffled, *some]) == once
    assert len({entry.correction for entry in once}) == len(once)
    assert state_of(shuffled) == state_of([*some, *shuffled])


@given(ENTRIES)
def test_weight_is_never_more_than_its_sessions_allow(some: list[Evidence]) -> None:
    """No number of repeats gets past the cap of each session."""
    sessions = {entry.session for entry in some if entry.weight > 0}

    assert weight_of(*some) <= 3.0 * len(sessions)
    assert state_of(some) != "promoted" or len(sessions) >= 2


@pytest.mark.parametrize("state", ["open", "promoted", "contested", "superseded", "review"])
def test_every_state_is_reached(state: LessonState) -> None:
    """By evidence alone; to retire a lesson is for a person."""
    ways = [told(["more"] * 3), told(["more"]), told(["more", "no"]), told(["never"])]

    assert state in {state_of(way, review=wait) for way in ways for wait in (False, True)}
