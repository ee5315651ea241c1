"""What is said of this one time, in several languages, and rules that sound like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.lessons.asides import is_adjustment, is_for_now, takes_back


@pytest.mark.parametrize(
    "clause",
    [
        "smaller",
        '"bit more left" (label of the summit)',
        "make it a little bigger",
        "no, 4px more to the right",
        "etwas kleiner bitte",
        "noch weiter nach links",
        "un poco más arriba",
        "un peu plus à gauche",
        "diminui um pouco (foto do perfil)",
        "чуть левее",
        "もう少し小さく",
    ],
)
def test_which_way_a_thing_should_change_is_an_adjustment(clause: str) -> None:
    """It names no thing, so said again it may be of another."""
    assert is_adjustment(clause)


@pytest.mark.parametrize(
    "clause",
    [
        "",
        "please",
        "left of the price",
        "smaller commits",
        "no more mocks",
        "lower case keys",
        "more tests for the parser",
        "links never open in a new tab",
        "less nesting",
    ],
)
def test_what_names_a_thing_is_none(clause: str) -> None:
    """Then it may well be a rule."""
    assert not is_adjustment(clause)


@pytest.mark.parametrize(
    "words",
    [
        "skip the e2e tests for now",
        "npm is fine just this once",
        "in this PR only, leave the old name",
        "only for this branch",
        "diesmal ohne Test",
        "solo esta vez con npm",
        "cette fois sans migration",
        "только сейчас без тестов",
        "今回だけnpmで",
    ],
)
def test_words_say_themselves_that_they_hold_once(words: str) -> None:
    """Whatever they ask for."""
    assert is_for_now(words)


@pytest.mark.parametrize(
    "words", ["from now on skip the e2e tests", "each PR has its own branch", "once is enough"]
)
def test_what_holds_from_now_on_does_not_hold_once(words: str) -> None:
    """Some of the same words stand in it."""
    assert not is_for_now(words)


@pytest.mark.parametrize(
    "words",
    [
        "forget what I said about rounding, decide per page",
        "ignore everything I told you about tabs",
        "no, there is no rounding rule any more",
        "drop that rule",
        "I take that back",
        "we dropped the team prefix thing, ignore it from now on",
        "we've given up on that naming convention",
        "never mind what I said about tabs, either is fine",
        "new box arrived. scrap the float32 thing, no preference anymore",
        "vergiss, was ich zu Tabs gesagt habe",
        "olvida lo que dije de los tests",
    ],
)
def test_a_person_takes_a_rule_back(words: str) -> None:
    """And puts none in its place."""
    assert takes_back(words)


@pytest.mark.parametrize(
    "words",
    [
        "forget charts, we moved everything to kustomize",
        "don't forget what the linter wants",
        "back to date-fns",
        "drop the rule of thumb from the README",
        "ignore what the bot said",
        "we dropped pandas, polars everywhere",
    ],
)
def test_another_rule_takes_nothing_back(words: str) -> None:
    """Who changes a rule says the new one."""
    assert not takes_back(words)


@given(st.text(max_size=2_000))
def test_any_words_can_be_read(words: str) -> None:
    """Nothing that is said is too odd."""
    for tell in (is_adjustment, is_for_now, takes_back):
        assert tell(words) in {True, False}
