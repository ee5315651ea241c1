"""Hunks of unified diffs: what one says of a text fits that text, and only that."""

from hypothesis import given
from hypothesis import strategies as st

from hivemindd.assistants.claude_code.edits import unified
from hivemindd.lessons.hunks import apply, changed_lines, parse, whole

_TEXTS = st.lists(st.sampled_from(["a", "b", "c", "", "  d"]), max_size=12).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


@given(_TEXTS, _TEXTS)
def test_a_diff_gives_the_text_that_it_was_made_from_or_nothing(before: str, after: str) -> None:
    """Where the place of a hunk is not certain there is no text at all, never a wrong one."""
    found = apply(before, parse(unified(before, after)))

    assert found in {after, None}


@given(st.permutations([f"line {number}" for number in range(12)]), st.integers(0, 11))
def test_places_that_are_certain_are_found(lines: list[str], at: int) -> None:
    """In a text without repetition every hunk has one place."""
    before = "".join(f"{line}\n" for line in lines)
    after = before.replace(lines[at], "changed")

    assert apply(before, parse(unified(before, after))) == after


def test_fragments_count_their_lines_from_one() -> None:
    """A hunk at line 1 may be a fragment's: it is only believed where it is the only one."""
    fragment = parse("@@ -1,1 +1,1 @@\n-x\n+y")

    assert apply("a\nx\nb\n", fragment) == "a\ny\nb\n"
    assert apply("x\na\nx\n", fragment) is None
    assert apply("a\n", fragment) is None


def test_a_new_file_is_known_whole() -> None:
    """A diff from nothing holds the whole file, any other does not."""
    assert whole("@@ -0,0 +1,2 @@\n+a\n+b") == "a\nb\n"
    assert whole("@@ -1,1 +1,1 @@\n-a\n+b") is None
    assert whole("@@ -0,0 +1 @@\n+a\n@@ -9 +9 @@\n-b\n+c") is None


def test_patches_without_line_numbers() -> None:
    """Codex names no lines, and says when a last line has no end."""
    diff = "rename from a\nrename to b\n@@\n a\n-b\n+c\n\\ No newline at end of file\n"

    assert apply("a\nb\n", parse(diff)) == "a\nc\n"
    assert changed_lines(diff) == (["b"], ["c"])


@given(st.text(max_size=200), st.text(max_size=100))
def test_any_text_can_be_read_as_a_diff(diff: str, text: str) -> None:
    """Nothing in a transcript makes it fail."""
    hunks = parse(diff)

    assert whole(diff) is None or hunks
    assert apply(text, hunks) is None or isinstance(apply(text, hunks), str)
