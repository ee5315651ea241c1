"""What is not worth a judge."""

import pytest

from hivemindd.lessons.prefilter import is_candidate, is_standing


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "ok, go ahead",
        "yes let's do it",
        "thanks, looks good!",
        "commit this",
        "commit and push please",
        "continue",
        "weiter bitte",
        "sí, sigue",
        "好的 继续",
        "run the tests",
        "1 and 2",
        "Option B",
        "/compact",
        "!ls",
        "https://example.com/x/1",
        "👍",
        "```\nalways\n```",
        "2026-01-01T00:00:00 boom",
        "",
    ],
)
def test_the_obvious_is_dropped(text: str) -> None:
    """Agreement, small orders, numbers, links and pasted logs correct nothing."""
    assert not is_candidate(text)


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "no, pnpm",
        "don't commit",
        "ok but not with npm",
        "could this live in the config instead?",
        "why did you rename it?",
        "bitte kein npm",
        "не так",
        "不要用 npm",
        "the total should be per customer",
        "too long",
        "commit?",
    ],
)
def test_what_may_correct_is_kept(text: str) -> None:
    """In any language, and however politely; only plain agreement is dropped."""
    assert is_candidate(text)


def test_first_prompt_needs_a_standing_order() -> None:
    """Where nothing came before, only an order for good counts."""
    assert not is_candidate("build the importer", {"first"})
    assert is_candidate("build the importer, and never touch vendor", {"first"})


@pytest.mark.parametrize("word", ["always", "niemals", "désormais", "nunca", "всегда", "以后"])
def test_standing_orders_are_known_in_many_languages(word: str) -> None:
    """Always and never, as people say them."""
    assert is_standing(f"x {word} y")
