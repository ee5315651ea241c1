"""What a sentence tells to leave: recognised where it is sure, and nowhere else."""

import pytest

from hivemindd.contrast import is_left, left


def names(text: str) -> list[str]:
    """Return what a text tells to leave."""
    return [text[start:end] for start, end in left(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Use httpx, not curl", ["curl"]),
        ("Use trash instead of `rm -rf x`", ["`rm -rf x`"]),
        ("Use trash rather than rm -rf", ["rm -rf"]),
        ("Prefer httpx over curl.", ["curl"]),
        ("Avoid using `eval` or `exec()` in templates", ["`eval`", "`exec()`"]),
        ("Use the client; no direct Guzzle, curl or streams", ["Guzzle", "curl", "streams"]),
        ("Use fetch, not curl/wget", ["curl/wget"]),
        ("Run docker without sudo.", ["sudo"]),
        ("Build it; don't use sudo", ["sudo"]),
    ],
)
def test_names_right_after_a_contrast_are_left(text: str, expected: list[str]) -> None:
    """One name, a code span, or a list of them that ends its clause."""
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Use curl",
        "Never use pip instead of curl",
        "Why not sudo",
        "If it is not sudo, stop",
        "Read over sudo",
        "Nothing works without sudo",
        "Run it without sudo and it fails",
        "Use npm, not sudo make install",
        "Use npm, not only curl",
        "Use npm, not yarn, sudo or doas make",
        "",
    ],
)
def test_what_may_mean_the_opposite_is_not(text: str) -> None:
    """Another negation, a condition, a list that goes on, a name that is only the beginning."""
    assert names(text) == []


def test_a_part_is_left_only_as_a_whole() -> None:
    """What reaches beyond the name was asked for."""
    assert is_left((4, 6), [(0, 2), (4, 8)])
    assert not is_left((4, 9), [(0, 2), (4, 8)])
