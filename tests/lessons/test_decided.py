"""What a person has to decide about lessons, and that what was decided is carried over."""

from typing import Any

from hivemindd.lessons.promote import derive
from tests.lessons.judged import NO_PAIR, about, held, said
from tests.lessons.make import make_lesson

WIDENING: dict[str, Any] = {"rule": "Push without asking", "right": "push", "wrong": "asking"}


class TestReview:
    """Rules that would widen what an assistant may do."""

    def test_widening_rule_waits_for_a_person(self) -> None:
        """It is kept with all that speaks for it, and no weight promotes it."""
        (lesson,) = derive([said(n, directive="always", **WIDENING) for n in range(1, 5)])

        assert (lesson.state, lesson.rule) == ("review", "Push without asking")
        assert len(lesson.evidence) == 4

    def test_widening_words_weaken_no_other_rule(self) -> None:
        """A safeguard is not taken down by them, nor limited."""
        guard = said(1, rule="Ask before you push", right="ask", wrong="push without asking")
        words = about(2, guard, "contradicts", directive="always", **WIDENING)
        limit = about(3, guard, "refines", not_when=["on branches"], **WIDENING)
        asked, waiting = derive([guard, words, limit])

        assert (asked.state, held(asked), asked.not_when) == ("open", {"c1": 1.0}, [])
        assert (waiting.state, list(held(waiting))) == ("review", ["c2", "c3"])

    def test_words_against_it_supersede_it(self) -> None:
        """What a person takes back need not be reviewed."""
        wish = said(1, **WIDENING)
        no = about(2, wish, "contradicts", directive="reversal", rule="Ask first", **NO_PAIR)
        waiting, rule = derive([wish, no])

        assert (waiting.state, rule.state) == ("superseded", "open")

    def test_allowed_rule_counts_like_any_other(self) -> None:
        """By its evidence, for as long as it is the very rule that a person read."""
        told = [said(n, **WIDENING) for n in (1, 2, 3)]
        (before,) = derive(told[:1])
        before.allowed = before.rule
        assert [each.state for each in derive(told[:1], [before])] == ["open"]
        (after,) = derive(told, [before])
        assert (after.state, after.allowed) == ("promoted", before.rule)

        before.allowed = "Push without asking to a branch of your own"
        (again,) = derive(told, [before])
        assert again.state == "review"


class TestDecisions:
    """What a person or the shelf decided is carried over."""

    def test_lesson_stays_in_its_skill_under_another_name(self) -> None:
        """An older correction arrives late."""
        (before,) = derive([said(5), said(6), said(7)])
        before.skill = "sk"
        (after,) = derive([said(1), said(5), said(6), said(7)], [before])

        assert after.id != before.id
        assert after.skill == "sk"

    def test_retired_stays_retired(self) -> None:
        """What a person took out does not come back by itself, whatever is said and when."""
        (before,) = derive([said(5), said(6)])
        before.state = "retired"
        (after,) = derive([said(n) for n in range(1, 9)], [before])

        assert after.state == "retired"

    def test_decision_outlives_another_reading(self) -> None:
        """A judge that sees nothing in the same words does not undo what a person decided."""
        (before,) = derive([said(1), said(2)])
        before.state = "retired"
        (kept,) = derive([said(1, durable=0)], [before])
        assert (kept.state, held(kept)) == ("retired", {"c1": 1.0})

        (again,) = derive([said(1), said(3)], [kept])
        assert again.state == "retired"
        assert derive([], [kept]) == []

    def test_older_skill_keeps_what_two_have_learned(self) -> None:
        """Two lessons of two skills turn out to be one."""
        first, second = said(1, rule="Use pnpm", wrong=""), said(2, wrong="yarn", right="")
        before = derive([first, second])
        before[0].skill, before[1].skill = "old", "new"
        both = said(3, rule="Use pnpm instead of yarn", wrong="yarn")
        (lesson,) = derive([first, second, both], before[::-1])

        assert lesson.skill == "old"

    def test_decision_goes_with_the_evidence(self) -> None:
        """A lesson that has none of it is another, however alike."""
        (before,) = derive([said(1)])
        before.skill, before.state = "sk", "retired"
        (after,) = derive([said(2)], [before])

        assert (after.skill, after.state) == ("", "open")

    def test_nothing_else_is_taken_from_before(self) -> None:
        """Not a word, not a weight, not a state."""
        odd = make_lesson("Nonsense", state="promoted", evidence=derive([said(1)])[0].evidence)

        assert derive([said(1)], [odd]) == derive([said(1)])
