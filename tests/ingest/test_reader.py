"""The second process that reads along, by itself: it sees what we see, and harms nobody."""

import signal
from contextlib import closing
from pathlib import Path

import pytest

from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.ingest.__main__ import MOST_BYTES
from hivemindd.ingest.look import Look, Looker
from hivemindd.ingest.reader import Reader
from tests.ingest.reading import answers, children, found
from tests.records import ClaudeSession

HOMES = sorted((Path(__file__).parents[1] / "transcripts").glob("*/*/home"))
KEY = "ghp_" + "aB3dE6fG9hJ2kL5mN8pQ1rS4tU7vW0xY3zA6"


def test_it_rests_while_somebody_works() -> None:
    """Nothing is asked of it right after a live append, which would wait for a core."""
    with closing(Reader()) as reader:
        assert reader.is_free
        reader.rest()
        assert not reader.is_free


def test_it_sees_what_we_see() -> None:
    """From its beginning and from the end on, in transcripts of every assistant."""
    looker, seen = Looker(), set[str]()
    with closing(Reader()) as reader:
        for item in (item for home in HOMES for item in found(home)):
            first = looker.look(item, None, final=True)
            assert first.cleaned is not None
            again = looker.look(item, first.cleaned.checkpoint, final=True)
            for look in (first, again):
                reader.ask(item, look.checkpoint, final=True)
            assert answers(reader, 2) == [first, again]
            seen.add(item.assistant.name)
    assert seen == {assistant.name for assistant in ASSISTANTS}


def test_a_service_manager_does_not_end_it(claude: ClaudeSession, scratch_home: Path) -> None:
    """It tells all processes of a service to end, and ours would take it for a failure."""
    claude.prompt("hello")
    (item,) = found(scratch_home)
    with closing(Reader()) as reader:
        for _ in range(2):
            reader.ask(item, None, final=True)
            (look,) = answers(reader, 1)
            assert look.cleaned is not None
            (child,) = children()
            child.send_signal(signal.SIGTERM)


def test_what_takes_much_memory_is_left_to_us(claude: ClaudeSession, scratch_home: Path) -> None:
    """A long line is decoded by one of the two, and nothing of it is lost."""
    claude.prompt("x" * MOST_BYTES)
    (item,) = found(scratch_home)
    with closing(Reader()) as reader:
        reader.ask(item, None, final=True)
        assert answers(reader, 1) == [Look(item, None)]
        assert not reader.failed


def test_no_secret_comes_through_its_pipe(claude: ClaudeSession, scratch_home: Path) -> None:
    """What it answers is what would be stored."""
    claude.prompt(f"my key is {KEY}")
    (item,) = found(scratch_home)
    with closing(Reader()) as reader:
        reader.ask(item, None, final=True)
        (look,) = answers(reader, 1)
    assert look.cleaned is not None
    (event,) = look.cleaned.events
    assert KEY.encode() not in event.data
    assert "«redacted:github-token»".encode() in event.data


def test_it_knows_nothing_of_our_environment(
    claude: ClaudeSession, scratch_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys in our environment do not reach it, and it stands in no one's folder."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-for-you")
    claude.prompt("hello")
    (item,) = found(scratch_home)
    with closing(Reader()) as reader:
        reader.ask(item, None, final=True)
        assert answers(reader, 1)
        (child,) = children()
        assert "ANTHROPIC_API_KEY" not in child.environ()
        assert child.cwd() == "/"
