"""What counts as a session that had a skill, and what counts against it."""

import msgspec
import pytest

from tests.lessons.histories import DAY, NAME, History


def taught(*lessons: str) -> History:
    """Return a history of six sessions, three of which taught a rule that was written then."""
    history = History(lessons or ("l1",))
    history.session()
    for _ in range(2):
        history.session(*history.lessons)
    history.session(bears=False)
    history.session()
    history.session(*history.lessons)
    history.write()
    return history


def test_a_skill_that_works() -> None:
    """Before, without the session that tipped the scale, against since."""
    history = taught()
    for _ in range(12):
        history.session(opens=True)
    proof = history.shown()

    assert proof.outcome == "worked"
    assert (proof.prior.hits, proof.prior.trials) == (0, 1)
    assert (proof.learning.hits, proof.learning.trials) == (3, 4)
    assert (proof.before.hits, proof.before.trials) == (2, 4)
    assert (proof.after.hits, proof.after.trials) == (0, 12)
    assert proof.change.value == pytest.approx(-0.5)
    assert proof.diagnosis is None


def test_below_five_sessions_it_is_too_early() -> None:
    """However clear it looks; sessions that the rule does not bear on are none of them."""
    history = taught()
    for _ in range(4):
        history.session()
        history.session(bears=False)

    assert (history.shown().outcome, history.shown().exposed) == ("too early", 4)
    history.session()
    assert (history.shown().outcome, history.shown().exposed) == ("unclear", 5)


def test_without_a_session_since_nothing_is_known() -> None:
    """Neither good nor bad."""
    proof = taught().shown()

    assert (proof.outcome, proof.exposed, proof.recurred) == ("too early", 0, 0)
    assert (proof.after.low, proof.after.high) == (0.0, 1.0)


def test_a_recurrence_counts_once_a_session() -> None:
    """However often the rule was said in it."""
    history = taught()
    history.session("l1", times=3)
    history.session("l1")
    history.session()
    proof = history.shown()

    assert (proof.after.hits, proof.after.trials, proof.recurred) == (2, 3, 2)


def test_a_session_in_which_the_rule_was_said_bore_on_it() -> None:
    """Whatever its events look like: else a correction would count against no session."""
    history = taught()
    history.session("l1", bears=False)

    assert (history.shown().after.hits, history.shown().after.trials) == (1, 1)


def test_what_speaks_against_a_rule_is_no_recurrence() -> None:
    """Nor is an exception to it."""
    history = taught()
    session = history.session()
    history.say("l1", session, history.now + 1, weight=-1.0)
    history.say("l1", session, history.now + 2, weight=0.0)

    assert history.shown().after.hits == 0


def test_only_assistants_that_load_it_are_exposed() -> None:
    """Before and since alike."""
    history = taught()
    for _ in range(6):
        history.session(assistant="codex")
    alone, both = history.proof(), history.proof(loaders=("claude-code", "codex"))

    assert alone is not None
    assert both is not None
    assert (alone.exposed, both.exposed) == (0, 6)


class TestUnderWay:
    """A session that began before the skill was written and goes on."""

    def go_on(self, *, listed: bool) -> History:
        """Return a history in which the rule is said again in the session that is under way."""
        history = taught()
        last = history.visits[-1]
        later = history.now + DAY
        last.session.last_event = later
        last.trace.listed = [NAME] if listed else []
        history.say("l1", last.session.id, later)
        return history

    def test_it_counts_from_when_it_says_that_it_has_the_skill(self) -> None:
        """Claude Code loads skills in a running session, and says so."""
        proof = self.go_on(listed=True).shown()

        assert (proof.before.hits, proof.before.trials) == (2, 4)
        assert (proof.after.hits, proof.after.trials) == (1, 1)

    def test_else_it_belongs_to_the_time_before(self) -> None:
        """What is said in it later counts nowhere."""
        proof = self.go_on(listed=False).shown()

        assert (proof.before.hits, proof.before.trials) == (2, 4)
        assert proof.after.trials == 0


class TestSeveralRules:
    """A skill with more than one rule, each with a time of its own."""

    def test_a_rule_counts_from_when_it_came_into_the_file(self) -> None:
        """What taught a later rule is no recurrence of it."""
        history = History(("l1", "l2"))
        for _ in range(3):
            history.session("l1")
        history.write("l1")
        for _ in range(3):
            history.session("l2")
        history.write("l2")
        for _ in range(5):
            history.session()
        first, second = history.shown().rules

        assert (first.after.hits, first.after.trials) == (0, 8)
        assert (second.learning.hits, second.learning.trials) == (3, 3)
        assert (second.prior.trials, second.after.trials) == (3, 5)
        assert history.shown().exposed == 8

    def test_a_late_rule_does_not_shift_the_comparison(self) -> None:
        """Both sides weigh rules by their sessions since: what changed nothing shows none."""
        history = History(("often", "seldom"))
        for number in range(40):
            history.session(*["often"] * (number % 2), *["seldom"] * (number % 10 == 9))
        history.write("often")
        for number in range(40):
            history.session(*["often"] * (number % 2), *["seldom"] * (number % 10 == 9))
        history.write("seldom")
        for number in range(10):
            history.session(*["often"] * (number % 2), *["seldom"] * (number % 10 == 9))
        proof = history.shown()

        assert proof.outcome == "unclear"
        assert proof.change.value == pytest.approx(0.0, abs=0.02)
        assert proof.learning.trials > proof.rules[0].learning.trials

    def test_one_whose_lesson_is_gone_is_left_out(self) -> None:
        """And a skill of which none is left says nothing."""
        history = taught("l1", "l2")
        del history.lessons["l2"]
        assert [rule.lesson for rule in history.shown().rules] == ["l1"]

        history.lessons.clear()
        assert history.proof() is None


def test_a_skill_that_is_no_more_has_no_effect() -> None:
    """Nobody is exposed to it."""
    history = taught()
    for state in ("deleted", "retired", "blocked"):
        history.skill = msgspec.structs.replace(history.skill, state=state)
        assert history.proof() is None


@pytest.mark.parametrize("state", ["absent", "user-owned", "pinned"])
def test_a_skill_that_we_do_not_write_just_now_is_still_measured(state: str) -> None:
    """Whoever has taken it away or frozen it, its history stays."""
    history = taught()
    history.session()
    before = history.proof()
    history.skill = msgspec.structs.replace(history.skill, state=state)

    assert history.proof() == before


def test_activation_is_counted() -> None:
    """Listed, of those that tell what is listed, and opened."""
    history = taught()
    history.session(opens=True)
    history.session()
    history.session(sees=False)
    history.session(lists=False, opens=True)
    proof = history.shown()

    assert (proof.exposed, proof.listing, proof.listed, proof.opened) == (4, 3, 3, 2)
