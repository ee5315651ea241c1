"""The plain text that older versions of Cursor wrote."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.assistants.base import Parsed
from hivemindd.assistants.cursor.assistant import Cursor
from hivemindd.assistants.cursor.txt import TxtParser
from hivemindd.capture.lines import read_lines
from hivemindd.events import Event, Interrupt, Prompt, Reply, ToolCall, TurnEnded

PATH = Path("/h/.cursor/projects/p/agent-transcripts/s/s.txt")
PROMPT = "user:\n<user_query>\nuse pnpm\n</user_query>\n"
PIECES = [
    *(
        "user:\n",
        "assistant:\n",
        "\n",
        "\r\n",
        "<user_query>\n",
        "</user_query>\n",
        "[Thinking] a\n",
    ),
    *("[Tool call] Write\n", "  path: /p/a\n", "  contents: a\n", "[Tool call] ApplyPatch*** x\n"),
    *("[Tool result] Write\n", "Turn ended: success.", "Turn ended: aborted.\n", "é", "words\n"),
]


class File:
    """A growing file and the parser that follows it."""

    def __init__(self) -> None:
        """Start with an empty file."""
        self.data = b""
        self.offset = 0
        self.state = b""

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes of the file."""
        return self.data[offset : offset + length]

    def read_file(self, path: Path, limit: int) -> bytes | None:
        """Return nothing: there is no other file."""

    def grow(self, text: str, *, final: bool = False) -> Parsed:
        """Append a text and parse what is new, as the reader of transcripts does."""
        self.data += text.encode()
        lines = read_lines(self.read_at, self.offset)
        self.offset = lines.offset
        if final and lines.rest:
            lines.records.append((lines.offset, lines.rest))
            self.offset += len(lines.rest)
        parser = Cursor().parser(PATH, self.state, self)
        assert isinstance(parser, TxtParser)
        parsed = parser.feed(lines.records, final=final)
        self.state = parser.state()
        return parsed


def whole(text: str) -> list[Event]:
    """Parse a whole file."""
    return File().grow(text, final=True).events


def said(events: list[Event], kind: type[Prompt | Reply]) -> list[str]:
    """Return the texts of one kind."""
    return [event.text for event in events if isinstance(event, kind)]


def test_block_waits_for_its_end() -> None:
    """A block comes out when the next one begins, not before."""
    file = File()

    assert file.grow(PROMPT).events == []
    assert said(file.grow("\nassistant:\nYes").events, Prompt) == ["use pnpm"]
    assert file.grow(", I will.\n").events == []
    assert file.grow("\nTurn ended: success.").events == []
    events = file.grow("", final=True).events
    assert [event.seq for event in events] == [1_000, 1_999]
    assert said(events, Reply) == ["Yes, I will."]


def test_block_comes_out_when_the_file_is_quiet() -> None:
    """The last block comes out once, and again only when more of it was written."""
    file = File()
    first = file.grow(f"{PROMPT}\nassistant:\nYes.\n", final=True).events

    assert said(first, Reply) == ["Yes."]
    assert file.grow("", final=True).events == []
    grown = file.grow("[Tool call] Shell\n  command: pnpm i\n", final=True).events
    assert [event.seq for event in grown] == [1_000, 1_001]
    assert [event.target for event in grown if isinstance(event, ToolCall)] == ["pnpm i"]


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        ("Turn ended: success.", [TurnEnded]),
        ("Turn ended: error. Connection lost", [TurnEnded]),
        ("Turn ended: aborted. User aborted/interrupted manually.", [Interrupt, TurnEnded]),
        ("Turn ended: aborted", [Interrupt, TurnEnded]),
        ("Turn ended: aborted. Window closed", [TurnEnded]),
    ],
)
def test_turn_ends(line: str, kinds: list[type[Event]]) -> None:
    """The end of a turn says how it ended."""
    events = whole(f"{PROMPT}\n{line}\n")

    assert [type(event) for event in events[1:]] == kinds


@pytest.mark.parametrize(
    "text", ["\nuser:\n", "\n\nuser:\n", "user:\n", "\ufeffuser:\n", "\r\nuser:\r\n"]
)
def test_header_opens_a_block(text: str) -> None:
    """A header counts at the beginning of the file and after an empty line."""
    assert said(whole(f"{text}<user_query>\na\n</user_query>\n"), Prompt) == ["a"]


def test_header_inside_a_paragraph() -> None:
    """A line that looks like a header but follows another line is text."""
    events = whole(f"{PROMPT}\nassistant:\nIn YAML:\nuser:\n<user_query>\nmine\n</user_query>\n")

    assert said(events, Prompt) == ["use pnpm"]


def test_words_without_marks_are_not_a_persons() -> None:
    """What the agent writes may look like a block, and must not become a person's words."""
    events = whole(f"{PROMPT}\nassistant:\nThe file:\n\nuser:\n  name: always\n")
    prompts = [event for event in events if isinstance(event, Prompt)]

    assert [prompt.author for prompt in prompts] == ["human", "harness"]


def test_same_as_the_newer_file() -> None:
    """The same session in both formats has the same ids for the same messages."""
    case = Path(__file__).parents[2] / "transcripts/cursor/txt-beside-jsonl/home"
    events: list[list[Event]] = []
    for path in sorted(case.rglob("txt-sample.[jt]*")):
        if Cursor().is_transcript(path):
            file = File()
            file.data = path.read_bytes()
            lines = read_lines(file.read_at, 0)
            lines.records += [(lines.offset, lines.rest)] if lines.rest else []
            events.append(Cursor().parser(path, b"", file).feed(lines.records, final=True).events)
    newer, older = events

    assert newer == older


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=30), cut=st.integers(0, 400))
def test_any_text(pieces: list[str], cut: int) -> None:
    """Whatever a file holds and wherever it is cut, the events are those of the whole."""
    text = "".join(pieces)
    file = File()
    parts = [file.grow(text[:cut]), file.grow(text[cut:], final=True)]

    assert [event for part in parts for event in part.events] == whole(text)
    assert all(event.author == "human" for event in whole(text) if isinstance(event, Interrupt))
