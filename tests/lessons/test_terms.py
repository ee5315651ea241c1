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


@given(st.text(max_size=80))
def test_terms_are_unique_and_never_fail(text: str) -> None:
    """Any text has terms, each once."""
    found = terms(text)

    assert len(found) == len(set(found))
