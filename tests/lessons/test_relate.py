"""How rules stand to each other."""

from itertools import permutations

import pytest

from hivemindd.lessons.relate import alternatives, compare, relate
from tests.lessons.make import make_lesson, make_verdict


def pair(right: str, wrong: str) -> dict[str, str]:
    """Return the fields of a rule about two things."""
    return {"right": right, "wrong": wrong, "rule": f"Use {right or '?'} instead of {wrong or '?'}"}


@pytest.mark.parametrize(
    ("new", "old", "kind"),
    [
        (("pnpm", "npm"), ("pnpm", "npm"), "same"),
        (("pnpm", "yarn"), ("pnpm", "npm"), "same"),
        (("pnpm", ""), ("pnpm", "npm"), "same"),
        (("", "mocking the db"), ("pg fixture", "mocking the db"), "same"),
        (("", "snapshot tests"), ("", "snapshots"), "same"),
        (("logger.info", "print"), ("logger", "print"), "same"),
        (("named export", "default export"), ("named", "default"), "same"),
        (("npm", "pnpm"), ("pnpm", "npm"), "contradicts"),
        (("npm", ""), ("pnpm", "npm"), "contradicts"),
        (("", "pnpm"), ("pnpm", "npm"), "contradicts"),
        (("tabs", "spaces"), ("pnpm", "npm"), "unrelated"),
        (("zod", ""), ("pnpm", "npm"), "unrelated"),
        (("httpx", "requests"), ("aiohttp", "requests"), "unrelated"),
        (("run pnpm codegen", ""), ("pnpm", "npm"), "unrelated"),
        (("unit test", ""), ("integration test", ""), "unrelated"),
    ],
)
def test_pairs_decide(new: tuple[str, str], old: tuple[str, str], kind: str) -> None:
    """What is asked for and what is refused tell rules apart."""
    verdict, lesson = make_verdict(**pair(*new)), make_lesson(**pair(*old))

    assert compare(verdict, lesson)[0] == kind


def test_wording_decides_where_there_is_no_pair() -> None:
    """Nearly the same sentence is the same rule, and its denial the opposite."""
    lesson = make_lesson("Write the failing test before the fix", right="", wrong="")

    same = make_verdict(rule="Write a failing test before the fix", right="", wrong="")
    denied = make_verdict(rule="Never write the failing test before the fix", right="", wrong="")
    other = make_verdict(rule="Keep summaries short", right="", wrong="")

    assert compare(same, lesson)[0] == "same"
    assert compare(denied, lesson)[0] == "contradicts"
    assert compare(other, lesson)[0] == "unrelated"


def test_limited_rule_is_an_exception_to_its_opposite() -> None:
    """A rule that says where it does not hold supports its like and limits its opposite."""
    like = make_verdict(not_when=["in scripts"])
    opposite = make_verdict(**pair("npm", "pnpm"), not_when=["outside of scripts"])

    assert [x.kind for x in relate(like, [make_lesson()])] == ["same"]
    assert [x.kind for x in relate(opposite, [make_lesson()])] == ["refines"]


def test_rules_without_a_common_term_are_unrelated() -> None:
    """However alike they are built."""
    one = make_verdict(rule="Never do this by yourself", right="", wrong="")
    other = make_lesson("Never do that by yourselves", right="", wrong="")

    assert compare(one, make_lesson("Never do this by yourself", right="", wrong=""))[0] == "same"
    assert compare(one, other)[0] == "unrelated"


def test_one_same_and_all_contradictions() -> None:
    """A verdict joins one lesson and stands against every other that says the opposite."""
    lessons = [
        make_lesson(id="a"),
        make_lesson(id="b", **pair("npm", "pnpm")),
        make_lesson(id="c", **pair("npm", "")),
    ]
    kinds = {x.lesson: x.kind for x in relate(make_verdict(), lessons)}

    assert kinds == {"a": "same", "b": "contradicts", "c": "contradicts"}


def test_order_of_lessons_changes_nothing() -> None:
    """The same lessons in any order give the same relations."""
    lessons = [make_lesson(id="a"), make_lesson(id="b"), make_lesson(id="c", **pair("npm", "pnpm"))]
    found = [relate(make_verdict(), list(order)) for order in permutations(lessons)]

    assert all(each == found[0] for each in found)


def test_alternatives() -> None:
    """A side may go by several names."""
    assert alternatives("npm | yarn") == ["npm", "yarn"]
    assert alternatives("") == []
