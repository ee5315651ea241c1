"""From what was judged to lessons: what they stand on, and what they are called."""

from typing import Any

import msgspec
import pytest

from hivemindd.lessons.promote import derive
from hivemindd.lessons.standing import weigh
from hivemindd.lessons.taught import lesson_id
from hivemindd.records import Correction, Lesson
from tests.lessons.make import make_correction, make_lesson, make_verdict

SPACES: dict[str, Any] = {"rule": "Use spaces instead of tabs", "right": "spaces", "wrong": "tabs"}
NPM: dict[str, Any] = {"rule": "Use npm instead of pnpm", "right": "npm", "wrong": "pnpm"}
NO_PAIR: dict[str, Any] = {"right": "", "wrong": ""}


def said(number: int, session: str = "", *, weight: float = 1.0, **fields: Any) -> Correction:
    """Return a correction with the verdict on it; its number is its time too."""
    correction = make_correction(
        "pnpm please", name=f"c{number}", session=session or f"s{number}", ts=number, weight=weight
    )
    return msgspec.structs.replace(correction, verdict=make_verdict(f"c{number}", **fields))


def about(number: int, other: Correction, relation: str, **fields: Any) -> Correction:
    """Return one whose judge named the lesson that another began."""
    return said(number, relates_to=lesson_id(other), relation=relation, **fields)


def held(lesson: Lesson) -> dict[str, float]:
    """Return the weights of a lesson's evidence."""
    return {entry.correction: entry.weight for entry in lesson.evidence}


class TestLearning:
    """Which lessons there are."""

    def test_first_correction_begins_a_lesson(self) -> None:
        """With the judge's name and the correction as evidence."""
        first = msgspec.structs.replace(said(1), judge="local")
        (lesson,) = derive([first])

        assert (lesson.judge, lesson.workspace, lesson.state) == ("local", "w1", "open")
        assert (lesson.id, lesson.created, lesson.updated) == (lesson_id(first), 1, 1)
        assert held(lesson) == {"c1": 1.0}

    def test_same_rule_joins(self) -> None:
        """The second correction strengthens the lesson instead of beginning another."""
        first = said(1)
        (lesson,) = derive([first, said(2, wrong="yarn", rule="Use pnpm instead of yarn")])

        assert lesson.id == lesson_id(first)
        assert (weigh(lesson), lesson.updated) == (2.0, 2)

    def test_three_sessions_promote(self) -> None:
        """Two do not."""
        (lesson,) = derive([said(1), said(2)])
        (promoted,) = derive([said(1), said(2), said(3)])

        assert (lesson.state, promoted.state) == ("open", "promoted")

    def test_standing_order_counts_three(self) -> None:
        """An order for good needs but one more word in another session."""
        (lesson,) = derive([said(1, directive="always"), said(2, weight=0.5)])

        assert lesson.state == "promoted"
        assert held(lesson) == {"c1": 3.0, "c2": 0.5}

    def test_opposite_contests_one_and_begins_another(self) -> None:
        """Both sides of a change of mind are on record."""
        old, new = derive([said(1), said(2, **NPM)])

        assert (old.state, held(old)) == ("contested", {"c1": 1.0, "c2": -1.0})
        assert (new.state, held(new)) == ("open", {"c2": 1.0})

    @pytest.mark.parametrize("directive", ["always", "reversal"])
    def test_order_to_the_contrary_supersedes(self, directive: str) -> None:
        """A lesson that was promoted does not outlive it."""
        old, new = derive([said(1), said(2), said(3), said(4, directive=directive, **NPM)])

        assert (old.state, new.state) == ("superseded", "open")

    def test_promoted_lesson_can_be_contested(self) -> None:
        """Promotion does not shield a lesson from a person's later word."""
        old, _ = derive([said(1), said(2), said(3), said(4, **NPM)])

        assert old.state == "contested"

    @pytest.mark.parametrize(
        "fields", [{"durable": 0}, {"scope": "task"}, {"is_correction": False}, {"rule": ""}]
    )
    def test_what_holds_no_rule_teaches_nothing(self, fields: dict[str, Any]) -> None:
        """One-off remarks leave no trace."""
        assert derive([said(1, **fields)]) == []

    def test_what_was_refused_teaches_nothing(self) -> None:
        """The verdict is kept, and says so."""
        assert derive([msgspec.structs.replace(said(1), why="it has no quote")]) == []

    def test_what_nobody_judged_teaches_nothing(self) -> None:
        """It waits for a judge."""
        assert derive([make_correction("pnpm please")]) == []

    def test_standing_order_need_not_correct_anything(self) -> None:
        """An order for good is worth as much without a mistake."""
        assert len(derive([said(1, is_correction=False, directive="always")])) == 1

    def test_unlike_lessons_stay_apart(self) -> None:
        """Nothing is merged that does not agree."""
        assert len(derive([said(1), said(2, **SPACES)])) == 2

    def test_lessons_that_turn_out_the_same_are_merged(self) -> None:
        """A third wording shows that two are one; the older gives the name."""
        first, second = said(1, rule="Use pnpm", wrong=""), said(2, wrong="yarn", right="")
        assert len(derive([first, second])) == 2

        both = said(3, rule="Use pnpm instead of yarn", wrong="yarn")
        (lesson,) = derive([first, second, both])

        assert lesson.id == lesson_id(first)
        assert weigh(lesson) == 3.0


class TestNamed:
    """What a judge says of a lesson that it was shown."""

    def test_judge_has_the_last_word(self) -> None:
        """A model saw both; similarity is only for those who did not."""
        other = said(2, rule="Keep it short", **NO_PAIR)
        pnpm, short = derive([said(1), other, about(3, other, "refines", not_when=["here"])])

        assert (held(short), short.not_when) == ({"c2": 1.0, "c3": 0.0}, ["here"])
        assert (held(pnpm), pnpm.not_when) == ({"c1": 1.0}, [])

    def test_lesson_out_of_thin_air_is_no_relation(self) -> None:
        """An id that no correction makes falls back to the wording."""
        (lesson,) = derive([said(1), said(2, relates_to="gone", relation="contradicts")])

        assert held(lesson) == {"c1": 1.0, "c2": 1.0}

    def test_lesson_is_found_by_the_correction_it_began_with(self) -> None:
        """Also when another, that came in late, has given it another name since."""
        first, late = said(5), said(1)
        word = about(6, first, "same", rule="As I said", **NO_PAIR)
        (lesson,) = derive([first, word, late])

        assert lesson.id == lesson_id(late)
        assert held(lesson) == {"c1": 1.0, "c5": 1.0, "c6": 1.0}

    def test_earlier_word_joins_a_lesson_that_began_later(self) -> None:
        """A session that was captured late is judged beside lessons of its future."""
        first = said(5)
        (lesson,) = derive([first, about(1, first, "same", rule="As I said", **NO_PAIR)])

        assert lesson.created == 1
        assert held(lesson) == {"c1": 1.0, "c5": 1.0}

    def test_earlier_contradiction_is_on_record_and_does_not_win(self) -> None:
        """The newest word is the later one, whichever was judged first."""
        first = said(5)
        lessons = derive([first, about(1, first, "contradicts", rule="Be brief", **NO_PAIR)])
        (lesson,) = [each for each in lessons if each.id == lesson_id(first)]

        assert (lesson.state, held(lesson)) == ("open", {"c1": -1.0, "c5": 1.0})
        assert lesson.created == 5

    def test_word_to_the_contrary_never_supports(self) -> None:
        """However alike two rules sound, the judge that read both knows better."""
        alike = "Keep the summary of each change short and in one paragraph"
        first = said(1, rule=alike, **NO_PAIR)
        other = about(2, first, "contradicts", rule=alike.replace("one", "two"), **NO_PAIR)
        one, two = derive([first, other])

        assert (held(one), held(two)) == ({"c1": 1.0, "c2": -1.0}, {"c2": 1.0})

    def test_lesson_that_names_itself_is_compared(self) -> None:
        """What is judged again may be shown what it has taught."""
        first = said(1)
        (lesson,) = derive([about(1, first, "same")])

        assert held(lesson) == {"c1": 1.0}

    def test_circle_of_names_comes_to_an_end(self) -> None:
        """Two that name each other are one lesson."""
        one, two = said(1), said(2)
        (lesson,) = derive([about(1, two, "same"), about(2, one, "same")])

        assert held(lesson) == {"c1": 1.0, "c2": 1.0}


class TestExceptions:
    """Where a rule does not apply."""

    @pytest.mark.parametrize("number", [1, 5])
    def test_near_miss_limits_and_weighs_nothing(self, number: int) -> None:
        """It is no support for the rule, and holds whether it came before or after it."""
        first = said(3)
        miss = about(number, first, "refines", rule="", not_when=["for publishing"], **NO_PAIR)
        (lesson,) = derive([first, miss])

        assert lesson.not_when == ["for publishing"]
        assert held(lesson) == {"c3": 1.0, f"c{number}": 0.0}
        assert (lesson.id, weigh(lesson)) == (lesson_id(first), 1.0)

    def test_exception_begins_no_lesson(self) -> None:
        """What is only allowed somewhere is nothing by itself, nor when its rule is gone."""
        first = said(1)
        limit = about(2, first, "refines", not_when=["for publishing"], **NPM)

        assert derive([limit]) == []

    def test_exception_outlives_the_correction_that_it_named(self) -> None:
        """Where the rest of the lesson is left, the wording finds it."""
        gone = said(1)
        limit = about(3, gone, "refines", not_when=["for publishing"], **NPM)
        (lesson,) = derive([said(2), limit])

        assert lesson.not_when == ["for publishing"]
        assert held(lesson) == {"c2": 1.0, "c3": 0.0}

    def test_limited_rule_is_no_contradiction(self) -> None:
        """A rule that says where it does not hold limits its opposite."""
        (lesson,) = derive([said(1), said(2, not_when=["outside of scripts"], **NPM)])

        assert (lesson.state, lesson.not_when) == ("open", ["outside of scripts"])

    def test_what_repeats_an_exception_does_not_support_the_rule(self) -> None:
        """It is named by what it began with, and that is no part of the lesson now."""
        miss = said(2, not_when=["outside of scripts"], **NPM)
        again = about(3, miss, "same", rule="As I said", **NO_PAIR)
        lesson = derive([said(1), miss, again])[0]

        assert held(lesson) == {"c1": 1.0, "c2": 0.0}


class TestWording:
    """Which words a lesson keeps."""

    def test_both_sides_beat_one(self) -> None:
        """A rule that names what to leave is better than one that does not."""
        (lesson,) = derive([said(1, rule="Use pnpm", wrong=""), said(2)])

        assert lesson.rule == "Use pnpm instead of npm"

    def test_names_gather(self) -> None:
        """What was refused in several forms is known in all of them."""
        (lesson,) = derive([said(1), said(2, wrong="yarn")])

        assert (lesson.wrong, lesson.right) == ("npm | yarn", "pnpm")


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


class TestOnce:
    """The same thing, told more than once."""

    def test_resumed_session_counts_once(self) -> None:
        """Its corrections come again under another session, and it is still one session."""
        told = [said(1, "a"), said(2, "a"), said(3, "a", directive="always")]
        again = [msgspec.structs.replace(each, session="b") for each in told[:1]]
        (lesson,) = derive([*told, *again])

        assert derive(told) == [lesson]
        assert {entry.session for entry in lesson.evidence} == {"a"}

    def test_forks_of_a_session_count_as_one(self) -> None:
        """What each of them says after the fork is said in one conversation."""
        first = said(1, "a")
        fork = msgspec.structs.replace(first, session="b")
        (lesson,) = derive([first, fork, said(2, "b"), said(3, "a")])

        assert weigh(lesson) == 1.5
        assert lesson.state == "open"

    def test_change_of_a_file_counts_once(self) -> None:
        """By whatever trace it was found; the one with a person's words is kept."""
        found = [
            msgspec.structs.replace(said(n, weight=weight), changes=["x", str(n)])
            for n, weight in ((1, 0.7), (2, 1.0), (3, 0.7))
        ]
        (lesson,) = derive(found)

        assert held(lesson) == {"c2": 1.0}
