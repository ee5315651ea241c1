"""Names with a sign: written so that they say the same and expand to nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.skills.spelling import spell


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Use `@acme/ui`", "Use `(at)acme/ui`"),
        ("Import from @/lib.", "Import from (at)/lib."),
        ('`import x from "@/lib/x"`', '`import x from "(at)/lib/x"`'),
        ("`npm add -D @types/node@22`", "`npm add -D (at)types/node@22`"),
        ("Use @State/@Bindable", "Use (at)State/(at)Bindable"),
        ("`@dataclass(frozen=True)`", "`(at)dataclass(frozen=True)`"),
        ("Use `$state`, not $: blocks", "Use `(dollar)state`, not $: blocks"),
        ("Use `$this->name`", "Use `(dollar)this->name`"),
        ("Ask `@alice`", "Ask `(at)alice`"),
    ],
)
def test_the_sign_of_a_name_is_spelled_out(text: str, shown: str) -> None:
    """All else stays as it is, and so does what is spelled out already."""
    assert spell(text) == shown
    assert spell(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "a@b.co",
        "git@example.org:x/y",
        "Read @notes/x",
        "Ask @alice",
        "`@notes/x.md`",
        "@../x",
        "@~/x",
        "`@a/../b`",
        "@https://x",
        "$ARGUMENTS",
        "`$arguments`",
        "`${x}`",
        "$(id)",
        "$1",
        "`$API_KEY`",
        "react@18.2.0",
    ],
)
def test_what_is_not_surely_a_name_keeps_its_sign(text: str) -> None:
    """The guard decides on it."""
    assert spell(text) == text


@given(
    parts=st.lists(
        st.sampled_from(
            ["@", "$", "/", ".", "`", " ", "a", "Lib", "md", "ARGUMENTS", "{", "1", "~"]
        ),
        max_size=12,
    )
)
def test_a_sign_is_either_spelled_out_or_left_for_the_guard(parts: list[str]) -> None:
    """Nothing else changes: put back, the signs give the text that it was."""
    text = "".join(parts)
    shown = spell(text)

    assert shown.replace("(at)", "@").replace("(dollar)", "$") == text
    assert spell(shown) == shown
