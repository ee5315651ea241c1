"""How answers look."""

import json
import time
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindctl.render import (
    WIDTH,
    Terminal,
    clean,
    columns,
    crop,
    describe_bytes,
    describe_span,
    describe_time,
    fold,
    one_line,
    plural,
    table,
    to_json,
)
from tests.control.filled_log import DAY, MINUTE, NOW

_HOUR = 60 * MINUTE


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@given(st.text())
def test_nothing_that_moves_a_terminal_is_left(text: str) -> None:
    """No control, format, private or surrogate character survives, but newlines."""
    categories = {unicodedata.category(char) for char in clean(text) if char != "\n"}

    assert not categories & {"Cc", "Cf", "Co", "Cs"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mC1", "C1"),
        ("a\u202eb\u200bc", "abc"),
        ("a\tb\r\nc\rd", "a    b\ncd"),
        ("\x1bPdata\x1b\\after", "after"),
        ("plain ü 漢", "plain ü 漢"),
    ],
)
def test_escape_sequences_go_as_a_whole(text: str, shown: str) -> None:
    """What belongs to a sequence does not stay behind as text."""
    assert clean(text) == shown


@given(st.text(), st.integers(min_value=1, max_value=90))
def test_a_line_never_exceeds_its_width(text: str, width: int) -> None:
    """Wide characters count as two columns."""
    line = one_line(text, width)

    assert "\n" not in line
    assert columns(line) <= width


@given(st.lists(st.tuples(st.text(max_size=90), st.text(max_size=30), st.integers()), max_size=5))
def test_a_table_fits_into_a_terminal(rows: list[tuple[str, str, int]]) -> None:
    """The column that may grow is the one that is cut."""
    lines = table(("name", "note", "count>"), [(a, b[:20], str(c)[:12]) for a, b, c in rows])

    assert len(lines) == len(rows) + 1
    assert all(columns(line) <= WIDTH for line in lines)


def test_numbers_stand_right_and_words_left() -> None:
    """A heading that ends in `>` names a column of numbers."""
    assert table(("name", "count>"), [("a", "1"), ("longer", "12,345")]) == [
        "name     count",
        "a            1",
        "longer  12,345",
    ]


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (0, "never"),
        (None, "never"),
        (NOW, "today 07:40"),
        (NOW - 3 * _HOUR, "today 04:40"),
        (NOW - 8 * _HOUR, "yesterday 23:40"),
        (NOW - 3 * DAY, "3 d ago"),
        (NOW - 60 * DAY, "2026-09-22"),
        (NOW + 5 * MINUTE, "in 5 min"),
        (NOW + 40 * DAY, "2026-12-31"),
        (10**18, "9999-01-01"),
    ],
)
def test_a_moment_is_said_as_people_say_it(moment: int | None, shown: str) -> None:
    """Short, in local time, and never an error, whatever a transcript claims."""
    assert describe_time(moment, NOW) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3_600, "1 h"),
        (4_000, "1 h 6 min"),
        (40_000, "11 h"),
        (90_000, "1 d 1 h"),
        (86_400 * 12, "12 d"),
    ],
)
def test_a_span_has_at_most_two_units(seconds: float, shown: str) -> None:
    """The second unit only where the first says little."""
    assert describe_span(seconds) == shown


def test_sizes_and_counts_read_like_english() -> None:
    """One is not plural."""
    assert [describe_bytes(size) for size in (0, 1_500, 2_000_000, 3 * 10**9)] == [
        "0 B",
        "1.5 kB",
        "2.0 MB",
        "3.0 GB",
    ]
    assert [plural(count, "skill") for count in (0, 1, 1_200)] == [
        "0 skills",
        "1 skill",
        "1,200 skills",
    ]


@given(st.text())
def test_json_holds_everything_and_no_control_character(text: str) -> None:
    """What a terminal would obey is escaped; what a program decodes is the text itself."""
    text = text.encode("utf-8", "replace").decode()
    line = to_json({"text": text})

    assert json.loads(line) == {"text": text}
    assert not {unicodedata.category(char) for char in line} & {"Cc"}


@given(st.lists(st.tuples(st.text("ab å日", max_size=6), st.booleans())), st.integers(1, 12))
def test_a_line_of_ours_is_cut_with_its_colours(parts: list[tuple[str, bool]], width: int) -> None:
    """What is seen fits and begins the same, and what was coloured is still ended."""
    line = "".join(f"\x1b[31m{text}\x1b[0m" if red else text for text, red in parts)
    cut = crop(line, width)
    seen, whole = (clean(each) for each in (cut, line))

    assert columns(seen) <= width
    assert cut.count("\x1b") == line.count("\x1b")
    assert whole.startswith(seen.removesuffix("…"))
    if columns(whole) <= width:
        assert cut == line


def test_colours_are_only_for_terminals() -> None:
    """Standard output of a test is none."""
    assert Terminal({}, NOW).paint("x", "red", bold=True) == "x"


def test_paths_below_home_are_short() -> None:
    """Home itself is `~`, what lies beside it is not."""
    terminal = Terminal({"HOME": "/home/dev"}, NOW)

    assert terminal.path("/home/dev/a/b") == "~/a/b"
    assert terminal.path("/home/dev") == "~"
    assert terminal.path("/home/developer/a") == "/home/developer/a"


_WORDS = st.lists(st.text(st.characters(categories=["L", "N", "P"]), max_size=100))


@given(_WORDS, st.sampled_from(["", "  "]))
def test_a_folded_sentence_loses_nothing_and_fits(words: list[str], first: str) -> None:
    """Only where a single word is too long a line is longer than 80 columns."""
    text = " ".join(words)

    lines = fold(text, first=first, indent="    ").split("\n")

    assert first + text == " ".join([lines[0], *(line[4:] for line in lines[1:])])
    for line in lines:
        longest = max(columns(word) for word in line.split(" "))
        assert columns(line) <= WIDTH or longest > WIDTH - 4


def test_a_long_path_stays_whole() -> None:
    """Whoever copies it wants it so, where it has no room on a line of its own either."""
    path = "/" + "x" * 90

    assert fold(f"wrote {path} and more", first="  ") == f"  wrote {path}\n  and more"
    assert fold("a" * 70 + " ~/b/SKILL.md") == "a" * 70 + "\n  ~/b/SKILL.md"
