"""From what was judged to lessons: what they stand on, and what they are called."""

from typing import Any

import msgspec
import pytest

from hivemindd.lessons.promote import derive
from hivemindd.lessons.standing import weigh
from hivemindd.lessons.taught import lesson_id
from hivemindd.records import Correction
from tests.lessons.judged import NO_PAIR, about, held, said
from tests.lessons.make import make_correction

SPACES: dict[str, Any] = {"rule": "Use spaces instead of tabs", "right": "spaces", "wrong": "tabs"}
SWAPPED: dict[str, Any] = {"right": "npm", "wrong": "pnpm"}
NPM: dict[str, Any] = {"rule": "Use npm instead of pnpm", **SWAPPED}


def by_model(correction: Correction) -> Correction:
    """Return it as a model that was asked has judged it."""
    return msgspec.structs.replace(correction, judge="api:claude-haiku-5-5/p2")


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

    def test_what_may_only_limit_is_not_needed(self) -> None:
        """Where three are sure, it neither counts nor words the rule; in any order."""
        doubted = said(9, limit=0.3, rule="Use pnpm instead of npm; new ones")
        for others in ([1, 2, 3], [10, 11, 12]):
            (lesson,) = derive([doubted, *(said(number) for number in others)])

            assert lesson.state == "promoted"
            assert held(lesson) == {"c9": 0.0} | {f"c{number}": 1.0 for number in others}
            assert lesson.rule == "Use pnpm instead of npm"

    def test_what_may_only_limit_counts_where_it_is_needed(self) -> None:
        """A doubt is no reason to hear somebody a fourth time."""
        (lesson,) = derive([said(1), said(2), said(3, limit=0.3)])

        assert lesson.state == "promoted"
        assert held(lesson) == {"c1": 1.0, "c2": 1.0, "c3": 1.0}

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


class TestModel:
    """A model that was asked has seen the lessons, and says itself what it means."""

    def test_an_exception_with_a_rule_of_its_own_is_no_contradiction(self) -> None:
        """It names the same two things the other way round."""
        kept = [by_model(said(number)) for number in (1, 2, 3)]
        docs = said(4, rule="Keep npm in the docs folder", **SWAPPED)
        pnpm, npm = derive([*kept, by_model(docs)])

        assert (pnpm.state, held(pnpm)) == ("promoted", {"c1": 1.0, "c2": 1.0, "c3": 1.0})
        assert (npm.state, held(npm)) == ("open", {"c4": 1.0})

    @pytest.mark.parametrize("word", [{"directive": "reversal"}, {"relation": "contradicts"}])
    def test_what_takes_a_rule_back_contests_it(self, word: dict[str, Any]) -> None:
        """By its name, or as an order for good: that may have come before the lesson did."""
        first = said(1)
        taken = about(2, first, word.pop("relation", "unrelated"), **NPM, **word)
        pnpm, npm = derive([by_model(first), by_model(taken)])

        assert held(pnpm)["c2"] < 0
        assert held(npm) == {"c2": abs(held(pnpm)["c2"])}

    def test_a_wording_in_common_joins_no_two_that_ask_for_different_things(self) -> None:
        """Long rules may differ in one word alone, and that is the one that counts."""
        rule = "Use {} for the unit tests of the web application"
        vitest = [said(n, rule=rule.format("Vitest"), right="Vitest", wrong="") for n in (1, 2)]
        jest = said(3, rule=rule.format("Jest"), right="Jest", wrong="")
        lessons = derive(map(by_model, [*vitest, jest]))

        assert [held(lesson) for lesson in lessons] == [{"c1": 1.0, "c2": 1.0}, {"c3": 1.0}]

    def test_where_what_it_named_teaches_no_more_wordings_decide(self) -> None:
        """As when the assistant is left out in which the first was said."""
        first = said(1)
        rules = ["Install packages with pnpm", "Add dependencies by pnpm", "Let pnpm run scripts"]
        repeated = [
            about(n, first, "same", rule=rule, wrong="") for n, rule in enumerate(rules, start=2)
        ]
        (whole,) = derive(map(by_model, [first, *repeated]))
        unheeded = msgspec.structs.replace(first, why="not learned from")
        (left,) = derive(map(by_model, [unheeded, *repeated]))

        assert held(whole) == {f"c{n}": 1.0 for n in (1, 2, 3, 4)}
        assert held(left) == {f"c{n}": 1.0 for n in (2, 3, 4)}
        assert left.state == "promoted"

    def test_rules_that_share_one_side_stay_apart(self) -> None:
        """It was shown the first, and did not name it."""
        yarn = said(2, rule="Use pnpm instead of yarn", wrong="yarn")
        lessons = derive([by_model(said(1)), by_model(yarn)])

        assert [held(lesson) for lesson in lessons] == [{"c1": 1.0}, {"c2": 1.0}]

    @pytest.mark.parametrize("other", [{}, {"rule": "Never npm, pnpm"}, NO_PAIR])
    def test_the_very_same_rule_is_one(self, other: dict[str, Any]) -> None:
        """Two of one session are judged at once: neither can name the other's lesson."""
        lessons = derive([by_model(said(1)), by_model(said(2, **other))])

        assert [held(lesson) for lesson in lessons] == [{"c1": 1.0, "c2": 1.0}]


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
