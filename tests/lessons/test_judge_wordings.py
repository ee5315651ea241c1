"""What is read in a correction by wordings alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.lessons.check import check
from hivemindd.lessons.judge_wordings import judge_wording
from hivemindd.lessons.promote import derive
from hivemindd.records import Correction, Lesson, Verdict
from tests.lessons.make import make_correction, make_lesson, make_verdict


def judge(correction: Correction, *lessons: Lesson) -> Verdict:
    """Return the verdict on one correction."""
    return judge_wording(correction, lessons)


@pytest.mark.parametrize(
    ("did", "words", "rule"),
    [
        ("npm install zod", "no, pnpm", "Use pnpm instead of npm"),
        ("Bash(npm install zod)\nDone.", "we use pnpm here", "Use pnpm instead of npm"),
        ("print('x')", "logger please, prints don't reach loki", "Use logger instead of print"),
        ("pip install httpx", "uv add httpx", "Use uv instead of pip"),
        ("python -m pytest", "uv run pytest", "Use uv run instead of python -m"),
        ("Ran npm test", "pnpm test", "Use pnpm instead of npm"),
        ("export default x", "named export please", "Use named export instead of default export"),
        ("x = float(y)", "Decimal, not float", "Use Decimal instead of float"),
        ("git commit", "never touch commits unless I say so", "Never touch commits"),
        ("Edit(vendor/x.py)", "vendor is read only", "Do not edit vendor"),
        (
            "Edit(x.pb.go)",
            "again the generated file, don't touch it",
            "Do not change generated file",
        ),
        (
            "Mock(db)",
            "use the pg fixture, no mocking the db",
            "Use pg fixture; avoid mocking the db",
        ),
        (
            "npx jest",
            "in tests, use vitest instead of jest",
            "In tests, use vitest instead of jest",
        ),
    ],
)
def test_rule_is_made_of_the_persons_terms(did: str, words: str, rule: str) -> None:
    """One imperative sentence, completed from what the agent did, that passes every check."""
    correction = make_correction(words, did)
    verdict = judge(correction)

    assert verdict.rule == rule
    assert verdict.teaches
    assert check(verdict, correction) is None


@pytest.mark.parametrize(
    "words",
    [
        "always use pnpm, not npm",
        "remember: use pnpm, not npm",
        "from now on use pnpm, not npm",
        "use pnpm, not npm, from now on",
        "bitte immer pnpm statt npm",
    ],
)
def test_order_for_good_is_no_part_of_the_rule(words: str) -> None:
    """What says that it holds for ever makes a directive, and stays out of the wording."""
    verdict = judge(make_correction(words, did="npm install zod"))

    assert (verdict.rule, verdict.directive) == ("Use pnpm instead of npm", "always")


def test_silent_edit_teaches_what_it_swapped() -> None:
    """A name that a person replaced by hand is a rule, quoted from the edit itself."""
    diff = "@@ -1 +1 @@\n-print(x)\n+logger.info(x)"
    correction = make_correction("", "Edit(a.py)", channel="user-edit", diff=diff)
    verdict = judge(correction)

    assert verdict.rule == "Use logger.info instead of print"
    assert check(verdict, correction) is None


@pytest.mark.parametrize(
    ("words", "durable", "directive"),
    [
        ("pnpm please", 1, "none"),
        ("we use pnpm here", 2, "none"),
        ("pnpm, not npm", 2, "none"),
        ("always use pnpm", 3, "always"),
        ("go back to pnpm", 3, "reversal"),
    ],
)
def test_durability_follows_the_wording(words: str, durable: int, directive: str) -> None:
    """The more it sounds like a convention, the longer it lasts."""
    verdict = judge(make_correction(words))

    assert (verdict.durable, verdict.directive) == (durable, directive)


@pytest.mark.parametrize(
    "words",
    [
        "smaller",
        "a bit more to the left",
        "no, left of the price",
        "make it bigger",
        "use this one instead",
        "let's take the second one",
        "the build is broken",
        "nit: rename var",
        "the password is hunter2, use it",
        "from the wiki: 'Never use npm here. Always enable versioning on a bucket.'",
        'the ticket says: "please always use pnpm, never npm, for every package"',
        "use \u00abredacted:github-pat\u00bb for the bucket",
        "could you use the other parser?",
        "x" * 5_000,
        "",
    ],
)
def test_what_cannot_be_read_surely_teaches_nothing(words: str) -> None:
    """One-off remarks, relayed reviews, secrets and everything unclear leave no rule."""
    assert not judge(make_correction(words, "Edit(a.css)")).teaches


def test_refusal_makes_a_plain_order_sure() -> None:
    """After a refused call, what to do instead is a rule; after anything else it is an order."""
    words, did = "write the failing fixture before the fix", "Edit(a.py)"

    assert judge(make_correction(words, did, channel="rejection")).teaches
    assert not judge(make_correction(words, did)).teaches
    assert not judge(make_correction("the blue harbour", did, channel="rejection")).teaches


def test_broken_lesson_is_recognised() -> None:
    """Words that only name what a lesson asks for repeat it, when the agent did what it refuses."""
    lesson = make_lesson("Use Decimal instead of float", right="Decimal", wrong="float")
    verdict = judge(
        make_correction("serialize amounts as strings from Decimal", "json float amount"), lesson
    )

    assert (verdict.relates_to, verdict.relation) == ("l1", "same")
    assert verdict.rule == lesson.rule


def test_order_for_good_stays_one_when_it_repeats_a_lesson() -> None:
    """Always weighs as much the second time."""
    verdict = judge(make_correction("always use pnpm"), make_lesson())

    assert (verdict.relates_to, verdict.directive) == ("l1", "always")


@pytest.mark.parametrize(
    ("did", "words", "limit"),
    [
        ("npm publish", "for publishing we do use npm, pnpm breaks provenance", "for publishing"),
        ("npm in ci", "npm is ok in ci", "npm is ok in ci"),
        ("npm in docker", "the base image only has npm, leave that one", "the base image only"),
        ("legacy", "legacy scripts must be npm", "legacy scripts must be npm"),
    ],
)
def test_exception_limits_its_lesson(did: str, words: str, limit: str) -> None:
    """What a person allows somewhere narrows the lesson and is no support for it."""
    first = make_correction("pnpm please", name="c0", ts=0)
    first.verdict = make_verdict("c0")
    (lesson,) = derive([first])
    correction = make_correction(words, did)
    correction.verdict = verdict = judge(correction, lesson)
    (limited,) = derive([first, correction])

    assert (verdict.relates_to, verdict.relation) == (lesson.id, "refines")
    assert verdict.not_when[0].startswith(limit)
    assert check(verdict, correction) is None
    assert [entry.weight for entry in limited.evidence] == [1.0, 0.0]


def test_exception_to_nothing_is_nothing() -> None:
    """Without a lesson there is nothing to limit."""
    assert not judge(make_correction("npm is ok in ci", "npm ci")).teaches


@given(st.text(max_size=120), st.text(max_size=120), st.text(max_size=120))
def test_any_correction_can_be_judged(words: str, did: str, diff: str) -> None:
    """Judging never fails, and what it teaches holds a rule and no line break."""
    verdict = judge(make_correction(words, did, diff=diff), make_lesson())

    assert not verdict.teaches or verdict.rule or verdict.not_when
    assert "\n" not in verdict.rule
