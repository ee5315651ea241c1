"""Counting evidence: what promotes, contests and overrules a lesson, in any order."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.lessons.judge import Verdict
from hivemindd.lessons.promote import (
    absorb,
    forget,
    is_due,
    learn,
    merge,
    merge_duplicates,
    settle,
    weigh,
)
from hivemindd.records import Correction, Lesson
from tests.lessons.make import make_correction, make_lesson, make_verdict

Step = tuple[Verdict, Correction]


def support(number: int, session: str = "", *, weight: float = 1.0, **fields: Any) -> Step:
    """Return a correction that supports a lesson, and the verdict on it."""
    correction = make_correction(
        "pnpm please", name=f"c{number}", session=session or f"s{number}", ts=number, weight=weight
    )
    return make_verdict(f"c{number}", **fields), correction


def against(number: int, session: str = "", **fields: Any) -> Step:
    """Return a correction that contradicts lesson l1."""
    verdict, correction = support(number, session, **fields)
    related = msgspec.structs.replace(verdict, relates_to="l1", relation="contradicts")
    return related, correction


def taught(*steps: Step) -> Lesson:
    """Return lesson l1 after some steps."""
    lesson = make_lesson()
    for verdict, correction in steps:
        lesson = absorb(lesson, verdict, correction)
    return lesson


class TestWeight:
    """What evidence weighs."""

    def test_sessions_add_up(self) -> None:
        """One correction in each of three sessions is what a promotion needs."""
        lesson = taught(support(1), support(2), support(3))

        assert weigh(lesson) == 3.0
        assert is_due(lesson)

    def test_repeats_in_one_session_count_little(self) -> None:
        """The second time in a session counts a quarter, and a cap holds the rest."""
        assert weigh(taught(support(1, "s"), support(2, "s"))) == 1.25
        assert weigh(taught(*(support(n, "s") for n in range(9)))) == 1.5

    def test_directive_counts_three(self) -> None:
        """Always and never weigh as much as three corrections, but still need two sessions."""
        order = support(1, directive="always")

        assert weigh(taught(order)) == 3.0
        assert not is_due(taught(order))
        assert is_due(taught(order, support(2, weight=0.5)))

    def test_repeat_beside_a_directive_adds_nothing_beyond_the_cap(self) -> None:
        """Only the directive itself exceeds the cap of a session."""
        assert weigh(taught(support(1, "s", directive="always"), support(2, "s"))) == 3.0

    def test_one_session_never_promotes(self) -> None:
        """However often something is said in one session."""
        lesson = taught(*(support(n, "s", directive="always") for n in range(5)))

        assert not is_due(lesson)

    def test_weak_signals_need_more_of_them(self) -> None:
        """Edits without words reach the mark in the fifth session."""
        steps = [support(n, weight=0.7) for n in range(1, 6)]

        assert [is_due(taught(*steps[:4])), is_due(taught(*steps))] == [False, True]


class TestContradiction:
    """When a person says the opposite."""

    def test_one_contradiction_contests(self) -> None:
        """A contested lesson is not promoted, however strong it was."""
        lesson = taught(support(1), support(2), support(3), against(4))

        assert lesson.state == "contested"
        assert not is_due(lesson)

    def test_later_support_closes_it(self) -> None:
        """A person's newest word wins."""
        lesson = taught(support(1), support(2), against(3), support(4))

        assert lesson.state == "open"
        assert is_due(lesson)

    def test_two_sessions_overrule(self) -> None:
        """Said again in another session, the opposite holds, and the old support is gone."""
        lesson = taught(support(1), support(2), support(3), against(4), against(5))

        assert lesson.state == "superseded"
        assert weigh(lesson) == 0.0

    def test_twice_in_one_session_only_contests(self) -> None:
        """One bad afternoon does not overrule."""
        lesson = taught(support(1), against(2, "s"), against(3, "s"))

        assert lesson.state == "contested"

    @pytest.mark.parametrize("directive", ["always", "reversal"])
    def test_directive_overrules_at_once(self, directive: str) -> None:
        """Never again needs no repetition."""
        lesson = taught(support(1), support(2), support(3), against(4, directive=directive))

        assert lesson.state == "superseded"

    def test_overruled_lesson_starts_anew(self) -> None:
        """What is said after the turn counts from there."""
        lesson = taught(support(1), against(2, directive="always"), support(3))

        assert lesson.state == "open"
        assert weigh(lesson) == 1.0

    def test_promoted_lesson_can_be_contested(self) -> None:
        """Promotion does not shield a lesson from a person's later word."""
        lesson = taught(support(1), support(2), support(3))
        lesson.state = "promoted"
        verdict, correction = against(4)

        assert absorb(lesson, verdict, correction).state == "contested"

    def test_retired_stays_retired(self) -> None:
        """What a person took out does not come back by itself."""
        lesson = taught(support(1), support(2))
        lesson.state = "retired"
        verdict, correction = support(3)
        lesson = absorb(lesson, verdict, correction)

        assert lesson.state == "retired"
        assert not is_due(lesson)


class TestExceptions:
    """Where a rule does not apply."""

    def test_exception_is_kept_and_weighs_nothing(self) -> None:
        """It limits the rule and is no support for it."""
        verdict, correction = support(
            2, relates_to="l1", relation="refines", not_when=["for publishing"]
        )
        lesson = absorb(taught(support(1)), verdict, correction)

        assert lesson.not_when == ["for publishing"]
        assert weigh(lesson) == 1.0
        assert [entry.weight for entry in lesson.evidence] == [1.0, 0.0]


class TestWording:
    """Which words a lesson keeps."""

    def test_both_sides_beat_one(self) -> None:
        """A rule that names what to leave is better than one that does not."""
        lesson = make_lesson("Use pnpm", wrong="")
        verdict, correction = support(1, rule="Use pnpm instead of npm")

        assert absorb(lesson, verdict, correction).rule == "Use pnpm instead of npm"

    def test_names_gather(self) -> None:
        """What was refused in several forms is known in all of them."""
        lesson = taught(support(1), support(2, wrong="yarn"))

        assert lesson.wrong == "npm | yarn"
        assert lesson.right == "pnpm"


class TestLearning:
    """From verdicts to the lessons of a workspace."""

    def test_first_correction_begins_a_lesson(self) -> None:
        """With the judge's name and the correction as evidence."""
        verdict, correction = support(1)
        (lesson,) = learn(verdict, correction, [], judge="local")

        assert (lesson.judge, lesson.workspace, lesson.state) == ("local", "w1", "open")
        assert [entry.correction for entry in lesson.evidence] == ["c1"]

    def test_same_rule_joins(self) -> None:
        """The second correction strengthens the lesson instead of beginning another."""
        (lesson,) = learn(*support(1), [])
        (again,) = learn(*support(2, wrong="yarn", rule="Use pnpm instead of yarn"), [lesson])

        assert again.id == lesson.id
        assert weigh(again) == 2.0

    def test_counted_corrections_are_not_counted_again(self) -> None:
        """A second run over the same session changes nothing."""
        (lesson,) = learn(*support(1), [])

        assert learn(*support(1), [lesson]) == []

    def test_opposite_contests_one_and_begins_another(self) -> None:
        """Both sides of a change of mind are on record."""
        (lesson,) = learn(*support(1), [])
        swapped = support(2, right="npm", wrong="pnpm", rule="Use npm instead of pnpm")
        changed = learn(*swapped, [lesson])

        assert sorted(each.state for each in changed) == ["contested", "open"]

    @pytest.mark.parametrize(
        "fields", [{"durable": 0}, {"scope": "task"}, {"is_correction": False}, {"rule": ""}]
    )
    def test_what_holds_no_rule_teaches_nothing(self, fields: dict[str, Any]) -> None:
        """One-off remarks leave no trace."""
        assert learn(*support(1, **fields), []) == []

    def test_standing_order_need_not_correct_anything(self) -> None:
        """An order for good is worth as much without a mistake."""
        assert len(learn(*support(1, is_correction=False, directive="always"), [])) == 1

    def test_exception_without_a_rule_limits_its_lesson(self) -> None:
        """What is only allowed somewhere begins no lesson of its own."""
        (lesson,) = learn(*support(1), [])
        limit = support(
            2,
            rule="",
            relates_to=lesson.id,
            relation="refines",
            not_when=["in scripts"],
            right="",
            wrong="",
        )
        (limited,) = learn(*limit, [lesson])

        assert limited.not_when == ["in scripts"]
        assert weigh(limited) == 1.0


class TestUpkeep:
    """Merging and forgetting."""

    def test_forgetting_takes_back_what_evidence_did(self) -> None:
        """Without the contradiction the lesson stands as before."""
        lesson = taught(support(1), support(2), support(3), against(4))
        left = forget(lesson, {"c4"})

        assert left is not None
        assert left.state == "open"
        assert is_due(left)

    def test_forgetting_everything_leaves_nothing(self) -> None:
        """A lesson without support is gone, also where exceptions remain."""
        assert forget(taught(support(1), against(2)), {"c1"}) is None

    def test_promoted_lesson_falls_when_its_evidence_goes(self) -> None:
        """What no longer earns its promotion loses it."""
        lesson = taught(support(1), support(2), support(3))
        lesson.state = "promoted"
        left = forget(lesson, {"c3"})

        assert left is not None
        assert left.state == "open"

    def test_duplicates_become_one(self) -> None:
        """Two lessons that turn out the same are merged under the older name."""
        one = make_lesson(id="old", evidence=taught(support(1)).evidence, created=1)
        two = make_lesson(id="new", evidence=taught(support(2), support(3)).evidence, created=2)
        (merged,), gone = merge_duplicates([two, one])

        assert (merged.id, gone) == ("old", ["new"])
        assert weigh(merged) == 3.0

    def test_unlike_lessons_stay_apart(self) -> None:
        """Nothing is merged that does not agree."""
        other = make_lesson("Use tabs instead of spaces", id="l2", right="tabs", wrong="spaces")

        assert merge_duplicates([make_lesson(), other]) == ([], [])

    def test_lesson_in_a_skill_keeps_its_name(self) -> None:
        """The skill must find its lesson again."""
        one = make_lesson(id="old", created=1)
        two = make_lesson(id="new", created=2, skill="sk")

        assert merge(one, two).id == merge(two, one).id == "new"


SESSIONS = st.sampled_from(["s1", "s2", "s3"])
KINDS = st.sampled_from(["same", "refines", "contradicts"])
RULES = st.sampled_from(["Use pnpm", "Use pnpm instead of npm", "Use pnpm instead of yarn"])


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """Draw a history: corrections of one lesson, with repeated times and ids."""
    steps: list[Step] = []
    for number in draw(st.lists(st.integers(0, 6), min_size=1, max_size=9)):
        directive = draw(st.sampled_from(["none", "none", "always", "reversal"]))
        kind = draw(KINDS)
        correction = make_correction(
            "pnpm please",
            name=f"c{number}",
            session=draw(SESSIONS),
            ts=draw(st.integers(0, 3)),
            weight=draw(st.sampled_from([0.5, 0.6, 0.7, 1.0])),
        )
        verdict = make_verdict(
            f"c{number}",
            draw(RULES),
            wrong=draw(st.sampled_from(["npm", "yarn", ""])),
            relates_to="l1",
            relation=kind,
            directive=directive,
            not_when=["in scripts"] if kind == "refines" else [],
        )
        steps.append((verdict, correction))
    return steps


@given(histories().flatmap(lambda steps: st.tuples(st.just(steps), st.permutations(steps))))
def test_order_of_arrival_changes_nothing(both: tuple[list[Step], list[Step]]) -> None:
    """The same evidence gives the same lesson, whatever came first."""
    steps, shuffled = both

    assert taught(*steps) == taught(*shuffled)


@given(histories(), st.data())
def test_arriving_twice_changes_nothing(steps: list[Step], data: st.DataObject) -> None:
    """A resumed or forked session brings the same corrections again."""
    again = data.draw(st.lists(st.sampled_from(steps), max_size=6))

    assert taught(*steps, *again) == taught(*steps)


@given(histories())
def test_evidence_is_a_set_in_the_order_of_time(steps: list[Step]) -> None:
    """Every correction stands once, and settling is final."""
    lesson = taught(*steps)
    keys = [(entry.ts, entry.correction) for entry in lesson.evidence]

    assert len({name for _, name in keys}) == len(keys)
    assert all(one < two for one, two in pairwise(keys))
    assert settle(lesson) == lesson
    assert lesson.created == keys[0][0]


@given(histories(), histories())
def test_merging_is_the_same_from_either_side(one: list[Step], two: list[Step]) -> None:
    """Which of two duplicates is found first does not matter."""
    first, second = taught(*one), taught(*two)
    second.id = "l2"

    assert merge(first, second) == merge(second, first)


@given(histories())
def test_weight_is_never_more_than_its_sessions_allow(steps: list[Step]) -> None:
    """No number of repeats gets past the cap of each session."""
    lesson = taught(*steps)
    sessions = {entry.session for entry in lesson.evidence if entry.weight > 0}

    assert weigh(lesson) <= 3.0 * len(sessions)
    assert not is_due(lesson) or len(sessions) >= 2
