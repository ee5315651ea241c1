"""The ladder: where a skill fails, from the place of its file to its words."""

import pytest

from hivemindd.lessons.diagnosis import IDLE_DAYS, IDLE_SESSIONS, Diagnosis
from tests.lessons.histories import History


@pytest.fixture(name="history")
def _history() -> History:
    """Give a history at the moment when its skill has been written."""
    history = History()
    for _ in range(3):
        history.session("l1")
    history.write()
    return history


def found(history: History) -> Diagnosis:
    """Return the diagnosis that there has to be."""
    diagnosis = history.shown().diagnosis
    assert diagnosis is not None
    return diagnosis


def test_what_is_not_on_the_disk_is_missing(history: History) -> None:
    """Whatever else there is to say."""
    session = history.session("l1", opens=True)
    proof = history.proof(on_disk=False)

    assert proof is not None
    assert proof.diagnosis is not None
    assert (proof.diagnosis.rung, proof.diagnosis.sessions) == ("missing", [session])


def test_what_no_list_names_is_unlisted(history: History) -> None:
    """The rule was broken where the assistant did not know of it."""
    session = history.session("l1", sees=False)

    assert (found(history).rung, found(history).sessions) == ("unlisted", [session])


def test_it_is_told_before_a_rule_is_broken(history: History) -> None:
    """Two lists without it are enough, one in which it stands is not."""
    history.session(sees=False)
    assert history.shown().diagnosis is None
    history.session(sees=False)
    assert found(history).rung == "unlisted"
    history.session()
    assert history.shown().diagnosis is None


def test_what_is_listed_and_never_opened_needs_another_description(history: History) -> None:
    """Its rule is broken by those who never read it."""
    session = history.session("l1")
    history.session(opens=True)

    assert (found(history).rung, found(history).sessions) == ("unopened", [session])


def test_where_no_list_is_told_it_counts_as_within_reach(history: History) -> None:
    """Cursor does not write down which skills it shows."""
    history.session("l1", lists=False)

    assert found(history).rung == "unopened"


def test_what_is_opened_and_broken_needs_another_rule(history: History) -> None:
    """Those who break it have read it."""
    for _ in range(2):
        history.session("l1", opens=True)

    assert (found(history).rung, len(found(history).sessions)) == ("unheeded", 2)
    assert found(history).rules == ["Use pnpm (l1)"]


def test_what_still_recurs_is_offered_for_another_place(history: History) -> None:
    """The file that the assistant always reads."""
    for assistant in ("claude-code", "claude-code", "codex"):
        history.session("l1", opens=True, assistant=assistant)
    proof = history.proof(loaders=("claude-code", "codex"))

    assert proof is not None
    assert proof.diagnosis is not None
    assert proof.diagnosis.rung == "persistent"
    assert proof.diagnosis.files == ["AGENTS.md", "CLAUDE.md"]
    assert proof.diagnosis.rules == ["Use pnpm (l1)"]


def test_another_wording_than_that_of_the_file_is_not_offered(history: History) -> None:
    """Only what stands in the file has passed the guard."""
    history.lessons["l1"].rule = "Use something else"
    for _ in range(3):
        history.session("l1", opens=True)

    assert (found(history).rung, found(history).rules) == ("persistent", [])


def test_most_of_the_sessions_decide(history: History) -> None:
    """And where they are even, what has to be mended first."""
    history.session("l1", opens=True)
    history.session("l1")
    assert found(history).rung == "unopened"
    history.session("l1", opens=True)
    assert found(history).rung == "unheeded"


class TestIdle:
    """A skill that nobody needs any more."""

    def test_it_takes_both_time_and_sessions(self, history: History) -> None:
        """Sixty days, and ten sessions that it bears on."""
        for _ in range(IDLE_SESSIONS):
            history.session()
        assert history.shown().idle is None

        history.session(days=IDLE_DAYS)
        idle = history.shown().idle
        assert idle is not None
        assert (idle.days, idle.sessions) == (IDLE_DAYS + IDLE_SESSIONS, IDLE_SESSIONS + 1)

    def test_few_sessions_are_no_reason(self, history: History) -> None:
        """A project may rest."""
        for _ in range(IDLE_SESSIONS - 1):
            history.session(days=IDLE_DAYS)

        assert history.shown().idle is None

    @pytest.mark.parametrize("said", [(), ("l1",)])
    def test_use_begins_the_count_anew(self, history: History, said: tuple[str, ...]) -> None:
        """Being opened; and a rule that is broken is missed, not idle."""
        for _ in range(IDLE_SESSIONS):
            history.session(days=9)
        assert history.shown().idle is not None
        history.session(*said, opens=not said)

        assert history.shown().idle is None
