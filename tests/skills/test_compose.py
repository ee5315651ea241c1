"""Composition: which lessons make which skills, the same way every time."""

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.records import Evidence, Lesson, Skill
from hivemindd.redaction.redactor import Redactor
from hivemindd.skills import guard
from hivemindd.skills.compose import Composition, Draft, compose

REDACTOR = Redactor()


def lesson(number: int, rule: str = "", activity: str = "package-commands", **more: Any) -> Lesson:
    """Return a promoted lesson with one piece of evidence."""
    fields: dict[str, Any] = {
        "id": f"{number:016x}",
        "workspace": "w",
        "rule": rule or f"Name thing {number} by its own number",
        "activity": activity,
        "state": "promoted",
        "created": number,
        "evidence": [Evidence(correction=f"{number:x}", session="s", ts=1, weight=3, quote="q")],
    }
    return Lesson(**(fields | more))


def row(draft: Draft, **more: Any) -> Skill:
    """Return the row that is kept of a draft once it is written."""
    fields: dict[str, Any] = {
        "id": draft.skill_id,
        "workspace": "w",
        "name": draft.text.name,
        "path": "",
        "version": draft.version,
        "rules": list(draft.text.rules),
        "lessons": [each.id for each in draft.lessons],
        "sha256": draft.sha256,
    }
    return Skill(**(fields | more))


def put(lessons: list[Lesson], skills: list[Skill] | None = None, *taken: str) -> Composition:
    """Compose with the shared redactor."""
    return compose(lessons, skills or [], taken, REDACTOR)


def names(composition: Composition) -> list[str]:
    """Return the names of the drafts."""
    return [draft.text.name for draft in composition.drafts]


class TestGrouping:
    """One skill an activity."""

    def test_lessons_of_one_activity_make_one_skill(self) -> None:
        """Its name is the activity, its rules in the order in which they were learned."""
        composition = put([lesson(2, "Second"), lesson(1, "First"), lesson(3, "Third", "naming")])

        assert names(composition) == ["naming", "package-commands"]
        assert composition.drafts[1].text.rules == ["First", "Second"]
        assert composition.blocked == {}

    @pytest.mark.parametrize("state", ["open", "contested", "superseded", "review", "retired"])
    def test_only_promoted_lessons_count(self, state: str) -> None:
        """Whatever else there is stays in the log."""
        composition = put([lesson(1, state=state)])

        assert composition.drafts == []
        assert composition.blocked == {}

    def test_two_lessons_with_one_wording_make_one_rule(self) -> None:
        """Both are in the skill, their rule is said once."""
        [draft] = put([lesson(1, "Use pnpm."), lesson(2, "use pnpm")]).drafts

        assert len(draft.lessons) == 2
        assert draft.text.rules == ["Use pnpm."]

    def test_a_full_skill_is_followed_by_a_second(self) -> None:
        """Eight rules a skill; an existing one is filled before another begins."""
        composition = put([lesson(number) for number in range(11)])

        assert names(composition) == ["package-commands", "package-commands-2"]
        assert [len(draft.lessons) for draft in composition.drafts] == [8, 3]

    def test_a_thirteenth_activity_joins_the_emptiest_skill(self) -> None:
        """Twelve skills a workspace, since assistants drop what is too much to list."""
        composition = put([lesson(number, activity=f"act-{number:02}") for number in range(14)])

        assert len(composition.drafts) == 12
        assert sum(len(draft.lessons) for draft in composition.drafts) == 14

    def test_when_everything_is_full_the_rest_is_reported(self) -> None:
        """Ninety-six rules are the end."""
        composition = put([lesson(number) for number in range(100)])

        assert sum(len(draft.lessons) for draft in composition.drafts) == 96
        assert len(composition.blocked) == 4
        assert set(composition.blocked.values()) == {"the workspace has 12 full skills already"}

    @pytest.mark.parametrize("activity", ["", "Ünsinn", "../../etc", "a b"])
    def test_an_activity_that_is_no_name_gets_a_common_one(self, activity: str) -> None:
        """Never a path."""
        assert names(put([lesson(1, activity=activity)])) == ["project-conventions"]

    def test_names_that_are_taken_are_stepped_over(self) -> None:
        """By somebody else's skills, in the project or at home."""
        composition = put([lesson(1)], [], "package-commands", "package-commands-2")

        assert names(composition) == ["package-commands-3"]


class TestHistory:
    """What was written before."""

    def test_the_same_lessons_change_nothing(self) -> None:
        """A second run knows what the first has written."""
        lessons = [lesson(1), lesson(2)]
        [first] = put(lessons).drafts

        [second] = put(lessons, [row(first)]).drafts

        assert not second.changed
        assert (second.version, second.files) == (first.version, first.files)
        assert second.expected == first.sha256

    def test_a_new_lesson_makes_a_new_version(self) -> None:
        """Under the same id and name, after the rules that were there."""
        [first] = put([lesson(5)]).drafts

        [second] = put([lesson(5), lesson(1)], [row(first)]).drafts

        assert second.changed
        assert (second.skill_id, second.version) == (first.skill_id, 2)
        assert [each.id for each in second.lessons] == [lesson(5).id, lesson(1).id]

    def test_new_evidence_for_the_same_rule_is_no_new_version(self) -> None:
        """Only `lineage.json` tells it."""
        [first] = put([lesson(1)]).drafts
        more = [
            *lesson(1).evidence,
            Evidence(correction="9", session="t", ts=2, weight=1, quote=""),
        ]

        [second] = put([lesson(1, evidence=more)], [row(first)]).drafts

        assert not second.changed
        assert second.files["SKILL.md"] == first.files["SKILL.md"]
        assert second.files["lineage.json"] != first.files["lineage.json"]

    def test_a_lesson_stays_where_it_is_when_its_activity_changes(self) -> None:
        """Skills do not shuffle their rules."""
        [first] = put([lesson(1)]).drafts

        composition = put([lesson(1, activity="naming")], [row(first)])

        assert names(composition) == ["package-commands"]

    def test_a_skill_that_has_lost_its_lessons_is_emptied(self) -> None:
        """The caller removes it, if it is still ours."""
        [first] = put([lesson(1)]).drafts

        composition = put([lesson(1, state="contested")], [row(first)])

        assert composition.drafts == []
        assert [skill.id for skill in composition.emptied] == [first.skill_id]

    @pytest.mark.parametrize("state", ["deleted", "retired"])
    def test_what_was_deleted_is_not_written_again(self, state: str) -> None:
        """Its name is not used again either; what is learned later has a skill of its own."""
        [first] = put([lesson(1)]).drafts

        composition = put([lesson(1), lesson(2)], [row(first, state=state)])

        assert names(composition) == ["package-commands-2"]
        assert composition.blocked[lesson(1).id] == (
            "the skill package-commands that it was in is gone"
        )

    def test_what_is_absent_keeps_its_lessons(self) -> None:
        """It goes on when it is back: what is learned meanwhile gets no skill of its own."""
        [first] = put([lesson(1)]).drafts

        [draft] = put([lesson(1), lesson(2)], [row(first, state="absent")]).drafts

        assert draft.skill_id == first.skill_id
        assert draft.lessons == [lesson(1), lesson(2)]

    def test_what_is_gone_keeps_its_id(self) -> None:
        """Also where the same rule makes another skill later."""
        [first] = put([lesson(1)]).drafts

        [again] = put([lesson(1)], [row(first, state="retired", lessons=[])]).drafts

        assert again.text.name == "package-commands-2"
        assert again.skill_id != first.skill_id

    @pytest.mark.parametrize("state", ["waiting", "rejected"])
    def test_what_was_never_written_gives_way_to_others(self, state: str) -> None:
        """Somebody took its name while it waited; what was written keeps its own."""
        [first] = put([lesson(1)]).drafts
        waiting = row(first, state=state, sha256="")

        assert names(put([lesson(1)], [waiting], "package-commands")) == ["package-commands-2"]
        assert names(put([lesson(1)], [waiting])) == ["package-commands"]
        assert names(put([lesson(1)], [row(first)], "package-commands")) == ["package-commands"]

    @pytest.mark.parametrize("state", ["user-owned", "pinned"])
    def test_what_a_person_owns_gets_a_proposal(self, state: str) -> None:
        """Also for what is learned later: nothing is written past the owner."""
        [first] = put([lesson(1)]).drafts

        composition = put([lesson(1), lesson(2)], [row(first, state=state)])

        assert composition.drafts == []
        [proposal] = composition.proposals
        assert len(proposal.lessons) == 2
        assert proposal.version == 2


class TestGuarding:
    """What may not be written is said, never silently dropped."""

    @pytest.mark.parametrize(
        ("rule", "reason"),
        [
            ("Run curl x | sh first", "it tells to run a dangerous command"),
            ("Use " + "very " * 50 + "long names", "it is longer than 200 characters"),
            ("Log in with token ghp_" + "a1B2" * 9, "it holds a secret"),
            ("The password is hunter2", "it holds a secret"),
        ],
    )
    def test_a_rule_that_may_not_be_written_blocks_its_lesson(self, rule: str, reason: str) -> None:
        """The others are written without it."""
        composition = put([lesson(1, rule), lesson(2)])

        assert composition.blocked == {lesson(1).id: reason}
        assert [each.id for each in composition.drafts[0].lessons] == [lesson(2).id]

    def test_a_trigger_or_exception_that_may_not_be_written_is_left_out(self) -> None:
        """The rule stands; a note says what is missing."""
        composition = put(
            [lesson(1, trigger="run curl", not_when=["Fine here", "See https://evil.example"])]
        )

        [draft] = composition.drafts
        assert draft.text.triggers == []
        assert draft.text.exceptions == ["Fine here"]
        assert composition.notes[lesson(1).id] == (
            "trigger left out: it tells to run a dangerous command; "
            "exception left out: it holds a URL"
        )

    def test_a_trigger_that_only_code_makes_harmless_is_left_out(self) -> None:
        """A description holds no code; the rule is written all the same."""
        trigger = "clean up with make instead of `rm -rf build`"

        composition = put([lesson(1, trigger=trigger), lesson(2, trigger="use `@acme/ui`")])

        [draft] = composition.drafts
        assert draft.text.triggers == ["use `@acme/ui`"]
        assert composition.blocked == {}

    def test_an_example_shows_what_a_rule_alone_does_not(self) -> None:
        """Two bare names would only repeat the rule; what is dangerous is not shown."""
        [draft] = put(
            [
                lesson(1, "Use pnpm, not npm", wrong="npm", right="pnpm"),
                lesson(2, "Add with pnpm", wrong="npm i zod", right="pnpm add zod"),
                lesson(3, "Never run curl", wrong="curl x", right="fetch x"),
            ]
        ).drafts

        assert [example.wrong for example in draft.text.examples] == ["npm i zod"]

    def test_a_skill_never_outgrows_four_kilobytes(self) -> None:
        """What does not fit is reported."""
        composition = put(
            [lesson(number, f"Regel {number} " + "\u6f22" * 180) for number in range(8)]
        )

        [draft] = composition.drafts
        assert len(draft.files["SKILL.md"]) <= 4096
        assert draft.lessons
        assert len(draft.lessons) + len(composition.blocked) == 8


lessons = st.lists(
    st.builds(
        lesson,
        number=st.integers(0, 30),
        rule=st.sampled_from(
            ["Use pnpm", "Name it x", "Run curl x", "Use `a`, not `b`", "", "Use " + "\u6f22" * 190]
        ),
        activity=st.sampled_from(["naming", "package-commands", "", "types"]),
        trigger=st.sampled_from(["", "name something", "Adding a package", "sudo"]),
        state=st.sampled_from(["promoted", "promoted", "promoted", "open"]),
    ),
    max_size=40,
    unique_by=lambda each: each.id,
)


@given(first=lessons, second=lessons, chance=st.randoms(use_true_random=False))
def test_composition_keeps_its_bounds_and_forgets_nobody(
    first: list[Lesson], second: list[Lesson], chance: random.Random
) -> None:
    """Whatever was learned before and in whatever order, every promoted lesson is accounted for."""
    before = put(first)
    skills = [row(draft) for draft in before.drafts]
    known = {each.id: each for each in [*first, *second]}
    everything = list(known.values())
    composition = put(everything, skills)
    chance.shuffle(everything)

    again = put(everything, list(reversed(skills)))

    assert msgspec.to_builtins(again) == msgspec.to_builtins(composition)
    kept = [each.id for draft in composition.drafts for each in draft.lessons]
    promoted = {each.id for each in everything if each.state == "promoted"}
    assert len(kept) == len(set(kept))
    assert set(kept) | composition.blocked.keys() == promoted
    assert not set(kept) & composition.blocked.keys()
    assert len(composition.drafts) <= 12
    assert len(set(names(composition))) == len(composition.drafts)
    for draft in composition.drafts:
        assert len(draft.text.rules) <= 8
        assert guard.check_file(draft.files["SKILL.md"]) is None
    settled = put(everything, [row(draft) for draft in composition.drafts])
    assert not any(draft.changed for draft in settled.drafts)
