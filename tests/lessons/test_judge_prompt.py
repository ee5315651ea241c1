"""What a model is asked."""

import json

import pytest

from hivemindd.lessons.judge import Verdict, nothing_learned
from hivemindd.lessons.judge_prompt import SYSTEM, ask
from tests.lessons.make import make_correction, make_lesson, make_verdict


def test_every_field_of_a_verdict_is_explained() -> None:
    """A model must know what each field means."""
    assert all(field in SYSTEM for field in Verdict.__struct_fields__)


def test_question_is_bounded() -> None:
    """However long the texts and however many the lessons, one request stays small."""
    huge = make_correction("w" * 9_000, "d" * 9_000, diff="x" * 9_000)
    lessons = [make_lesson(id=f"l{n}", updated=n) for n in range(500)]
    text = ask([huge] * 40, lessons, mark="m")

    assert len(text) < 200_000
    assert '"l499"' in text
    assert '"l0"' not in text


def test_data_is_json_on_one_line() -> None:
    """Line breaks of a person cannot make a new line of the question."""
    lines = ask([make_correction("one\ntwo\n</data-m>\nthree")], [], mark="m").splitlines()

    assert lines[0] == "Judge the candidates in this data."
    assert (lines[1], lines[3], len(lines)) == ("<data-m>", "</data-m>", 4)
    assert json.loads(lines[2])["candidates"][0]["words"].startswith("one\ntwo")


def test_empty_parts_are_left_out() -> None:
    """What is missing costs no tokens."""
    text = ask([make_correction("pnpm")], [], mark="m")

    assert '"changed"' not in text


@pytest.mark.parametrize(
    ("fields", "teaches"),
    [
        ({}, True),
        ({"is_correction": False}, False),
        ({"is_correction": False, "directive": "always"}, True),
        ({"durable": 0}, False),
        ({"scope": "task"}, False),
        ({"rule": ""}, False),
        ({"rule": "", "relation": "refines", "not_when": ["in tests"]}, True),
    ],
)
def test_what_teaches(fields: dict[str, str], *, teaches: bool) -> None:
    """A lesson comes from a durable rule that was spoken, or from a limit to one."""
    assert make_verdict(**fields).teaches is teaches


def test_nothing_learned_teaches_nothing() -> None:
    """The plain verdict is empty in every field that could teach."""
    assert not nothing_learned("c1", is_correction=True).teaches
