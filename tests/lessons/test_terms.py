"""What wordings have in common."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.lessons.terms import closeness, key, likeness, stem, terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("toMatchSnapshot()", "match snapshots"),
        ("committing", "commits"),
        ("mocked", "mocking"),
        ("vendored code", "vendor code"),
        ("logger", "logging"),
        ("package-lock.json", "package lock json"),
        ("retries", "retry"),
    ],
)
def test_forms_of_one_thing_share_their_terms(one: str, other: str) -> None:
    """Inflection, case and the shape of identifiers do not matter."""
    assert set(terms(one)) & set(terms(other)) == set(terms(other))


@pytest.mark.parametrize("word", ["status", "class", "string", "https", "is", "bus"])
def test_stems_do_not_mangle_short_words(word: str) -> None:
    """What only looks like an inflection is left alone."""
    assert stem(word) == word


def test_function_words_go() -> None:
    """Politeness and articles say nothing, in several languages."""
    assert terms("please, the a of bitte nicht por favor") == []


def test_key_leaves_out_light_verbs() -> None:
    """Touching and editing the same thing is about the thing, unless there is nothing else."""
    assert key("touch vendor") == key("edit vendor")
    assert key("edit")


def test_generic_terms_alone_are_no_likeness() -> None:
    """Two phrases that share only "test" or "file" are not alike."""
    assert likeness(key("unit test"), key("load test")) == 0
    assert likeness(key("test"), key("test")) == 1


@given(st.text(max_size=60), st.text(max_size=60))
def test_closeness_is_symmetric_and_bounded(one: str, other: str) -> None:
    """Any two texts compare, the same from both sides."""
    there, back = closeness(one, other), closeness(other, one)

    assert there == back
    assert -1e-9 <= there <= 1 + 1e-9


@given(
    st.lists(st.sampled_from(["pnpm", "npm", "use", "tests", "ba", "ab"]), max_size=30), st.data()
)
def test_what_may_be_close_enough_is_counted_exactly(words: list[str], data: st.DataObject) -> None:
    """However much two texts share; who asks for more than they have gets nothing."""
    one, other = " ".join(words), " ".join(data.draw(st.permutations(words))[:25])
    exact = closeness(one, other)

    assert closeness(one, other, exact) == exact
    for least in (0.2, 0.5, 0.8, 0.95):
        found = closeness(one, other, least)
        assert found == exact if exact >= least else found in {0.0, exact}


def test_what_is_far_apart_is_not_counted() -> None:
    """Texts of a workspace share a word or two, and are compared by the thousand."""
    one, other = "use pnpm for all packages", "use the logger for what a person reads"

    assert closeness(one, other) > 0
    assert closeness(one, other, 0.8) == 0


@given(st.text(max_size=80))
def test_terms_are_unique_and_never_fail(text: str) -> None:
    """Any text has terms, each once."""
    found = terms(text)

    assert len(found) == len(set(found))
