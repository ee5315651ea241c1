"""Order of arrival, resume, fork and repetition change nothing that is learned."""

from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from hivemindd.lessons.check import widens
from hivemindd.lessons.promote import derive
from hivemindd.lessons.standing import state_of
from hivemindd.lessons.taught import lesson_id
from hivemindd.records import Correction, Lesson
from tests.lessons.make import make_correction, make_verdict

JUDGES = ("judge 0", "judge 1", "local/9")
MOST = 8
SESSIONS = ("s1", "s2", "s3", "s4")
# Rules that agree, oppose each other, nearly agree, say nothing by a pair, or widen.
RULES: Sequence[dict[str, str]] = (
    {"rule": "Use pnpm instead of npm", "right": "pnpm", "wrong": "npm"},
    {"rule": "Use pnpm instead of yarn", "right": "pnpm", "wrong": "yarn"},
    {"rule": "Use pnpm", "right": "pnpm", "wrong": ""},
    {"rule": "Never use yarn", "right": "", "wrong": "yarn"},
    {"rule": "Use npm instead of pnpm", "right": "npm", "wrong": "pnpm"},
    {"rule": "Use spaces instead of tabs", "right": "spaces", "wrong": "tabs"},
    {"rule": "Keep the summary of a change short", "right": "", "wrong": ""},
    {"rule": "Never keep the summary of a change short", "right": "", "wrong": ""},
    {"rule": "Push without asking", "right": "push", "wrong": "asking"},
    {"rule": "Ask before you push", "right": "ask", "wrong": "push without asking"},
    {"rule": "", "right": "", "wrong": ""},
)


def named(number: int) -> str:
    """Return the id of the lesson that a correction begins, if it does."""
    return lesson_id(make_correction("", name=f"c{number}"))


@st.composite
def corrections(draw: st.DrawFn, number: int) -> Correction:
    """Draw a judged correction, which may name the lesson of any other, earlier or later."""
    fields: dict[str, Any] = dict(draw(st.sampled_from(RULES)))
    relation = draw(st.sampled_from(["unrelated", "unrelated", "same", "refines", "contradicts"]))
    limited = not fields["rule"] or draw(st.integers(0, 5)) == 0
    correction = make_correction(
        "pnpm please",
        name=f"c{number}",
        session=draw(st.sampled_from(SESSIONS)),
        ts=draw(st.integers(0, 5)),
        weight=draw(st.sampled_from([0.5, 0.7, 1.0])),
    )
    verdict = make_verdict(
        correction.id,
        **fields,
        relation=relation,
        relates_to=draw(st.sampled_from([*map(named, range(MOST)), "gone"])),
        directive=draw(st.sampled_from(["none", "none", "none", "always", "reversal"])),
        not_when=[f"case {number}"] if limited else [],
        is_correction=draw(st.integers(0, 9)) > 0,
        limit=draw(st.sampled_from([0.0, 0.0, 0.05, 0.3])),
    )
    return msgspec.structs.replace(correction, verdict=verdict, judge=JUDGES[number % 3])


@st.composite
def histories(draw: st.DrawFn) -> list[Correction]:
    """Draw what was judged in a workspace."""
    numbers = draw(st.lists(st.integers(0, MOST - 1), unique=True, max_size=MOST))
    return [draw(corrections(number)) for number in numbers]


def holders(lessons: Sequence[Lesson]) -> dict[str, str]:
    """Return by correction the lesson that it supports or limits."""
    return {e.correction: each.id for each in lessons for e in each.evidence if e.weight >= 0}


@given(histories(), st.data())
def test_any_order_and_any_batches_give_the_same(judged: list[Correction], data: Any) -> None:
    """Lessons derived batch by batch are those derived from everything at once."""
    arrived: list[Correction] = []
    lessons: list[Lesson] = []
    for each in data.draw(st.permutations(judged)):
        arrived.insert(data.draw(st.integers(0, len(arrived))), each)
        if data.draw(st.booleans()):
            lessons = derive(arrived, lessons)

    assert derive(arrived, lessons) == derive(judged)


@given(histories(), st.data())
def test_what_arrives_again_changes_nothing(judged: list[Correction], data: Any) -> None:
    """A second run over a session, a resumed one, and a fork of one."""
    again = [
        msgspec.structs.replace(each, session=each.session + data.draw(st.sampled_from(["", "~"])))
        for each in data.draw(
            st.lists(st.sampled_from(judged), max_size=5) if judged else st.just([])
        )
    ]

    assert derive([*again, *judged]) == derive(judged)


@given(histories(), st.data())
def test_what_is_removed_was_never_there(judged: list[Correction], data: Any) -> None:
    """Nothing of a correction is left in what was derived with it."""
    left = [each for each in judged if data.draw(st.booleans())]

    assert derive(left, derive(judged)) == derive(left)


@given(histories(), st.data())
def test_decisions_are_never_lost(judged: list[Correction], data: Any) -> None:
    """Whatever arrives later, and whatever its lesson is called then."""
    early = [each for each in judged if data.draw(st.booleans())]
    before = derive(early)
    for lesson in before:
        lesson.skill = data.draw(st.sampled_from(["", f"skill of {lesson.id}"]))
        lesson.state = data.draw(st.sampled_from([lesson.state, "retired"]))
    after = {lesson.id: lesson for lesson in derive(judged, before)}

    for lesson in before:
        heirs = {name for each in support(lesson) for name in supported_by(after, each)}
        assert all(after[heir].skill for heir in heirs) or not lesson.skill
        assert all(after[heir].state == "retired" for heir in heirs) or lesson.state != "retired"
    skills = {lesson.skill for lesson in before}
    assert all(lesson.skill in skills for lesson in after.values() if lesson.skill)


def support(lesson: Lesson) -> list[str]:
    """Return the corrections that a lesson stands on."""
    return [entry.correction for entry in lesson.evidence if entry.weight > 0]


def supported_by(lessons: dict[str, Lesson], correction: str) -> list[str]:
    """Return the lessons that stand on a correction: one, and what a person took out."""
    return [lesson.id for lesson in lessons.values() if correction in support(lesson)]


@given(histories())
def test_each_lesson_is_what_its_evidence_says(judged: list[Correction]) -> None:
    """Evidence is in the order of time, each correction supports one lesson, which is named so."""
    lessons = derive(judged)
    known = {each.id: each for each in judged}
    supporting = [e.correction for each in lessons for e in each.evidence if e.weight > 0]

    assert len(supporting) == len(set(supporting))
    assert len({lesson.id for lesson in lessons}) == len(lessons)
    for lesson in lessons:
        keys = [(entry.ts, entry.correction) for entry in lesson.evidence]
        first = next(entry for entry in lesson.evidence if entry.weight > 0)
        assert keys == sorted(set(keys))
        assert lesson.id == lesson_id(known[first.correction])
        assert (lesson.created, lesson.updated) == (first.ts, keys[-1][0])
        waits = any(
            widens(verdict_of(known[e.correction])) for e in lesson.evidence if e.weight > 0
        )
        assert lesson.state == state_of(lesson.evidence, review=waits)
        assert lesson.rule


def verdict_of(correction: Correction) -> Any:
    """Return the verdict, which every drawn correction has."""
    return correction.verdict


@given(histories())
def test_widening_words_change_no_other_lesson(judged: list[Correction]) -> None:
    """What waits for a person is as good as not said, for all the rest."""
    plain = [each for each in judged if not widens(verdict_of(each))]
    wide = {each.id for each in judged} - {each.id for each in plain}
    lessons = derive(judged)
    rest = [each for each in lessons if wide.isdisjoint(e.correction for e in each.evidence)]

    assert rest == derive(plain)
    assert all(each.state in {"review", "superseded"} for each in lessons if each not in rest)


@given(histories())
def test_a_near_miss_ends_in_the_limits_of_its_lesson(judged: list[Correction]) -> None:
    """Whatever was judged first, and whichever of the two was said first."""
    plain = {each.id: each for each in judged if not widens(verdict_of(each))}
    lessons = {lesson.id: lesson for lesson in derive(judged)}
    began = {named(number): f"c{number}" for number in range(MOST)}
    for each in plain.values():
        verdict = verdict_of(each)
        target = began.get(verdict.relates_to, "")
        told = verdict.relation == "refines" and verdict.teaches and target != each.id
        for name in supported_by(lessons, target) if told and target in plain else ():
            lesson = lessons[name]
            assert {e.correction: e.weight for e in lesson.evidence}[each.id] == 0
            assert set(verdict.not_when) <= set(lesson.not_when)


@settings(max_examples=30)
@given(histories(), histories())
def test_workspaces_know_nothing_of_each_other(
    ours: list[Correction], theirs: list[Correction]
) -> None:
    """An id is made of the workspace too."""
    moved = [msgspec.structs.replace(each, workspace="w2") for each in theirs]

    assert {each.id for each in derive(ours)}.isdisjoint(each.id for each in derive(moved))
