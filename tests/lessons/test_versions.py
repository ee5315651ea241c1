"""The versions of a lesson: what its evidence made of it, one correction after the other."""

from typing import Any

import msgspec
from hypothesis import given

from hivemindd.lessons.promote import derive
from hivemindd.lessons.taught import lesson_id
from hivemindd.lessons.versions import Version, versions
from hivemindd.records import Correction
from tests.lessons.make import make_correction, make_verdict
from tests.lessons.test_derive import histories

RULE = "Use pnpm instead of npm"


def judged(number: int, rule: str = RULE, **more: Any) -> Correction:
    """Return a judged correction of a session of its own."""
    name = f"c{number}"
    row = make_correction("pnpm please", name=name, session=f"s{number}", ts=number)
    return msgspec.structs.replace(row, verdict=make_verdict(name, rule, **more))


def told(*rows: Correction) -> list[Version]:
    """Return the versions of the oldest lesson that corrections teach."""
    return versions(derive(rows)[0], {row.id: row for row in rows})


def test_a_lesson_grows_until_it_is_promoted() -> None:
    """What only adds weight is no version; each names the correction that made it."""
    found = told(*map(judged, range(1, 5)))

    assert [(each.number, each.state, each.weight, each.ts) for each in found] == [
        (1, "open", 1.0, 1),
        (2, "promoted", 3.0, 3),
    ]
    assert [each.correction for each in found] == ["c1", "c3"]


def test_another_wording_is_a_version() -> None:
    """What it was called before can be set beside what it is called now."""
    first, second = told(judged(1, "Use pnpm, not npm, for packages"), judged(2))

    assert (first.rule, second.rule) == ("Use pnpm, not npm, for packages", RULE)


def test_an_exception_and_an_overruling_are_versions() -> None:
    """Where it does not apply any more, and when it stopped to count."""
    row = judged(1)
    named: dict[str, Any] = {"relation": "refines", "relates_to": lesson_id(row)}
    limit = judged(2, "", not_when=["publishing"], wrong="", right="", **named)
    reversal = judged(3, "Use npm instead of pnpm", right="npm", wrong="pnpm", directive="reversal")

    found = told(row, limit, reversal)

    assert [(each.state, each.not_when) for each in found] == [
        ("open", []),
        ("open", ["publishing"]),
        ("superseded", ["publishing"]),
    ]


def test_what_is_forgotten_is_worded_as_the_lesson_is_now() -> None:
    """Its evidence still counts, and no wording is made up for it."""
    rows = [judged(1, "Use pnpm, not npm, for packages"), judged(2), judged(3)]
    lesson = derive(rows)[0]

    found = versions(lesson, {row.id: row for row in rows[1:]})

    assert [(each.rule, each.state) for each in found] == [(RULE, "open"), (RULE, "promoted")]


def test_a_rule_that_waits_for_a_person_was_never_promoted() -> None:
    """Also where it has been overruled since."""
    rows = [judged(number, "Push without asking", right="", wrong="") for number in (1, 2, 3)]

    assert {each.state for each in told(*rows)} == {"review"}


@given(history=histories())
def test_the_last_version_is_the_lesson(history: list[Correction]) -> None:
    """Whatever was judged: in order of time, each another, and the last is what there is now."""
    corrections = {row.id: row for row in history}
    for lesson in derive(history):
        found = versions(lesson, corrections)

        now = (lesson.rule, lesson.not_when, lesson.state)
        assert (found[-1].rule, found[-1].not_when, found[-1].state) == now
        assert [each.number for each in found] == list(range(1, len(found) + 1))
        assert sorted(each.ts for each in found) == [each.ts for each in found]
        assert {each.correction for each in found} <= {e.correction for e in lesson.evidence}
