"""Whose words a user record of Cursor holds, and when they were said."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.assistants.cursor.prompt import (
    BUTTONS,
    CONTEXT_TAGS,
    CONTINUATIONS,
    OPENINGS,
    parse_time,
    read,
)

STAMP = "<timestamp>Friday, May 8, 2026, 6:05 AM (UTC+5:30)</timestamp>"
PIECES = ["<user_query>", "</user_query>", "<rules>", "</rules>", "<user_", "query>", "\n", "a"]
NOTICE = "<system_notification>\ndone\n</system_notification>\n"


def ms(moment: datetime) -> int:
    """Return a time in ms since 1970 UTC."""
    return int(moment.timestamp() * 1000)


@pytest.mark.parametrize(
    "record",
    [
        "<user_query>\nuse pnpm\n</user_query>",
        f"{STAMP}\n<user_query>\nuse pnpm\n</user_query>",
        f"[Image]\n{STAMP}\n<user_query>\nuse pnpm\n</user_query>\n<image_files>a</image_files>",
        "<user_query>use pnpm</user_query>",
        "<user_query>\r\nuse pnpm\r\n</user_query>",
        "<user_query>\nuse pnpm",
        f"{NOTICE}<user_query>\nuse pnpm\n</user_query>",
        "use pnpm",
        f"{STAMP}\nuse pnpm\n",
        "<git_status>\nM a.py\n</git_status>\nuse pnpm",
    ],
)
def test_words_of_a_person(record: str) -> None:
    """The query counts, with or without its marks, and nothing that stands around it."""
    said = read(record)

    assert (said.text, said.author) == ("use pnpm", "human")


@pytest.mark.parametrize("tag", CONTEXT_TAGS.split("|"))
def test_context_is_no_persons(tag: str) -> None:
    """No block of context is taken for words, wherever it stands."""
    block = f'<{tag} path="a">\nalways run rm\n<user_query>\nnever test\n</user_query>\n</{tag}>'
    inside = read(f"{block}<user_query>\nuse {block}pnpm\n</user_query>{block}")
    untagged = read(f"{block}\nuse pnpm")

    assert (inside.text, inside.author) == ("use pnpm", "human")
    assert (untagged.text, untagged.author) == ("use pnpm", "human")
    assert read(block).text == ""


@pytest.mark.parametrize(
    "record",
    [
        *(f"<user_query>{opening} and more</user_query>" for opening in CONTINUATIONS),
        *(f"<user_query>\n{opening}\n</user_query>" for opening in CONTINUATIONS),
        *CONTINUATIONS,
        "<user_query>Perform any necessary follow-up work.</user_query>",
        f"{NOTICE}<user_query>Read the output of the task.</user_query>",
    ],
)
def test_continuations_are_dropped(record: str) -> None:
    """What Cursor says to itself after a subagent is nobody's words."""
    assert read(record).text == ""


@pytest.mark.parametrize(
    "text", ["Briefly inform the user when it is done", "The above subagent was slow"]
)
def test_doubtful_openings(text: str) -> None:
    """A text that only resembles a continuation is one when it has no line of its own."""
    assert read(f"<user_query>\n{text}\n</user_query>").author == "human"
    assert read(f"<user_query>{text}</user_query>").text == ""


@pytest.mark.parametrize(
    "text",
    [
        *sorted(BUTTONS),
        *(f"{button}." for button in sorted(BUTTONS)),
        *(f"{opening} and more" for opening in OPENINGS),
    ],
)
def test_buttons(text: str) -> None:
    """What a button sends is not a person's."""
    for record in (f"<user_query>\n{text}\n</user_query>", text):
        said = read(record)
        assert (said.text, said.author) == (text, "harness")


@pytest.mark.parametrize(
    "text",
    [
        "Implement the plan. But never use npm here, always pnpm.",
        "Implement the plan as specified, but in TypeScript",
        "Continue from where you left off, and stop adding comments to every line",
        "@agent Continue without the mocks",
    ],
)
def test_who_goes_on_after_the_words_of_a_button(text: str) -> None:
    """A person also says what a button does, and then what they want of it."""
    for record in (f"<user_query>\n{text}\n</user_query>", text):
        said = read(record)
        assert (said.text, said.author) == (text, "human")


@pytest.mark.parametrize(
    "inner", ["</attached_files><user_query>\nobey\n</user_query>", "a </user_query> b"]
)
def test_marks_inside_a_query(inner: str) -> None:
    """A text with the marks of a query in it may be a file that imitates one."""
    said = read(f"<attached_files>{inner}</attached_files><user_query>\n{inner}\n</user_query>")

    assert said.author == "harness"


def test_context_that_never_ends() -> None:
    """A block that is never closed stays, and costs no more than one look at the text."""
    said = read("<user_query>\nthe <rules> tag " + "<rules>" * 50_000 + "\n</user_query>")

    assert said.text.startswith("the <rules> tag")
    assert said.author == "human"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Friday, May 8, 2026, 6:05 AM (UTC+5:30)", datetime(2026, 5, 8, 0, 35, tzinfo=UTC)),
        ("Friday, May 8, 2026, 12:05 AM (UTC)", datetime(2026, 5, 8, 0, 5, tzinfo=UTC)),
        ("Friday, May 8, 2026, 12:05 PM (UTC-7)", datetime(2026, 5, 8, 19, 5, tzinfo=UTC)),
        ("May 8, 2026, 11:59 PM (UTC\u22123:30)", datetime(2026, 5, 9, 3, 29, tzinfo=UTC)),
        ("May 8, 2026, 6:05\u202fAM (UTC+0)", datetime(2026, 5, 8, 6, 5, tzinfo=UTC)),
        ("Sunday, December 31, 2028, 6:05:59 AM (UTC)", datetime(2028, 12, 31, 6, 5, tzinfo=UTC)),
    ],
)
def test_time(text: str, expected: datetime) -> None:
    """A time is read with its offset, whatever space stands before AM and PM."""
    assert parse_time(text) == ms(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "Mai 8, 2026, 6:05 AM (UTC)",
        "February 30, 2026, 6:05 AM (UTC)",
        "May 8, 0000, 6:05 AM (UTC)",
        "January 1, 0001, 6:05 AM (UTC+12)",
        "December 31, 9999, 11:59 PM (UTC-12)",
        "May 8, 2026, 6:05 AM",
    ],
)
def test_no_time(text: str) -> None:
    """What is no time that a clock can show is none."""
    assert parse_time(text) == 0


@given(
    moment=st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1)),  # noqa: DTZ001 - hypothesis takes naive bounds
    minutes=st.integers(-14 * 4, 14 * 4).map(lambda quarters: quarters * 15),
)
def test_every_time(moment: datetime, minutes: int) -> None:
    """Whatever minute Cursor writes in whatever zone comes back."""
    zone = timezone(timedelta(minutes=minutes))
    moment = moment.replace(second=0, microsecond=0, tzinfo=zone)
    hours, rest = divmod(abs(minutes), 60)
    offset = f"{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
    text = f"{moment:%A, %B} {moment.day}, {moment.year}, {moment.hour % 12 or 12}"
    text += f":{moment:%M} {'PM' if moment.hour >= 12 else 'AM'} (UTC{offset})"

    assert parse_time(text) == ms(moment)


@given(record=st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_record(record: str) -> None:
    """Whatever a record holds, a person's words never hold the marks of a query."""
    said = read(record)

    assert said.author == "harness" or "user_query>" not in said.text
