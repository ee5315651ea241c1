"""Things that stand in for each other."""

import pytest

from hivemindd.lessons.activity import activity_of, trigger_of
from hivemindd.lessons.rivals import rivals


@pytest.mark.parametrize(
    ("thing", "text", "found"),
    [
        ("pnpm", "npm install zod", ("pnpm", "npm")),
        ("the logger", "print('x')", ("logger", "print")),
        ("uv", "RUN pip3 install x", ("uv", "pip3")),
        ("StateFlow", "MutableLiveData<Int>()", ("StateFlow", "MutableLiveData")),
        ("named export", "export default x", ("named", "default")),
        ("pnpm", "pnpm install", None),
        ("pnpm", "see package-lock and npm-shrinkwrap", None),
        ("pnpm or npm", "yarn add", None),
        ("zod", "npm install", None),
        ("", "npm install", None),
    ],
)
def test_rival_is_found_where_it_stands(
    thing: str, text: str, found: tuple[str, str] | None
) -> None:
    """Only whole names count, and only where one member of a family is asked for."""
    assert rivals(thing, text) == found


@pytest.mark.parametrize(
    ("rule", "slug"),
    [
        ("Use pnpm instead of npm", "package-commands"),
        ("Do not commit", "version-control"),
        ("Do not edit vendor", "generated-files"),
        ("Use logger instead of print", "logging"),
        ("Avoid mocking the db", "writing-tests"),
        ("Prefer turquoise", "code-choices"),
    ],
)
def test_rules_are_grouped_by_what_one_is_about_to_do(rule: str, slug: str) -> None:
    """A skill holds the rules of one activity."""
    assert activity_of(rule).slug == slug


def test_trigger_names_what_is_about_to_be_used() -> None:
    """The trigger completes "when you are about to"."""
    activity = activity_of("Use pnpm instead of npm")

    assert trigger_of(activity, "npm").endswith("; use npm")
    assert trigger_of(activity, "") == activity.trigger
