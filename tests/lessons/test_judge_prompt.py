"""What a model is asked."""

import hashlib
import json

import pytest

from hivemindd.assistants.claude_code.words import spoken
from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.judge_prompt import (
    ACCEPTED_CHARS,
    DIFF_CHARS,
    LESSONS,
    OUTPUT_CHARS,
    PROMPT,
    SYSTEM,
    UNASKED,
    WORDS_CHARS,
    ask,
    complain,
    in_words,
    schema,
)
from hivemindd.records import Verdict
from tests.lessons.make import make_correction, make_lesson, make_verdict


def test_every_field_of_a_verdict_is_explained() -> None:
    """A model must know what each field means; what it cannot know it is not asked for."""
    asked = schema()["properties"]["verdicts"]["items"]["properties"]
    assert set(asked) | set(UNASKED) == set(Verdict.__struct_fields__)
    assert all(field in SYSTEM for field in asked)


def test_a_changed_prompt_has_a_new_version() -> None:
    """Verdicts are kept with it: whoever changes what is asked counts it up, here and there."""
    limits = [LESSONS, WORDS_CHARS, OUTPUT_CHARS, DIFF_CHARS, ACCEPTED_CHARS]
    question = ask([make_correction("words", "did")], [make_lesson()], mark="m")
    asked = [
        SYSTEM,
        in_words(""),
        question,
        complain("why", {}),
        complain("", {"c": "why"}),
        limits,
    ]
    digest = hashlib.sha256(json.dumps([*asked, schema()], sort_keys=True).encode()).hexdigest()

    assert (PROMPT, digest[:16]) == ("p2", "eb2a568227ebe29f")


def test_the_question_is_known_as_ours() -> None:
    """A client that keeps a transcript of it must not make it a person's words."""
    question = ask([make_correction("pnpm")], [], mark="m")

    assert spoken(question, labelled=False) == ""
    assert spoken("Judge the candidates by yourself", labelled=False)


def test_a_secret_is_taken_out_before_the_text_is_cut() -> None:
    """Half a secret would not be known as one."""
    secret = "s" * 40
    words = "w" * (WORDS_CHARS - 10) + secret
    text = ask([make_correction(words)], [], mark="m", redact=lambda t: t.replace(secret, "[-]"))

    assert "sss" not in text


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
