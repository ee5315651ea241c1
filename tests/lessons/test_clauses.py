"""A rule in the person's own words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.lessons.clauses import RULE_CHARS, as_rule, best_clause, plainness


@pytest.mark.parametrize(
    ("words", "clause"),
    [
        ("no, we only ship one header", "we only ship one header"),
        ("hm why? cooldowns are counted in ticks", "cooldowns are counted in ticks"),
        ("put it back. prices are always in cents!", "prices are always in cents"),
        ("nein, wir schreiben die texte nur in arb-dateien", None),
        ("we log with logger.info, never print", "we log with logger.info, never print"),
        ("不对。金额必须用分来表示", "金额必须用分来表示"),
        ("```\nnever quote this\n```", ""),
        ("", ""),
    ],
)
def test_the_sentence_that_reads_most_like_a_rule_is_taken(words: str, clause: str | None) -> None:
    """Questions, pointing words and openings lose against a plain statement that binds."""
    if clause is None:
        clause = words.removeprefix("nein, ")
    assert best_clause(words) == clause


@given(st.text(max_size=300))
def test_a_clause_is_a_piece_of_the_words(words: str) -> None:
    """Nothing is ever put into a person's mouth."""
    assert best_clause(words) in words


@given(st.lists(st.sampled_from(["use ticks", "why?", "it is only that", "all logs go to stderr"])))
def test_the_plainest_does_not_depend_on_the_order(clauses: list[str]) -> None:
    """The same wordings make the same rule, in whatever order they came."""
    backwards = clauses[::-1]
    assert sorted(clauses, key=plainness) == sorted(backwards, key=plainness)


def test_a_rule_holds_what_was_said_of_one_thing() -> None:
    """The plainest clauses stand in one rule, each once."""
    clauses = ["why seconds?", "cooldowns are counted in ticks", "never the wall clock", "ticks"]
    assert as_rule([*clauses, clauses[1]]) == as_rule(clauses[::-1])
    assert as_rule(clauses).startswith("Never the wall clock; cooldowns are counted in ticks")


@given(st.lists(st.text(max_size=250)))
def test_a_rule_is_never_too_long(clauses: list[str]) -> None:
    """However much was said, a rule is short enough for a skill."""
    assert len(as_rule(clauses)) <= RULE_CHARS
