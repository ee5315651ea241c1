"""Whose turn it is, while a second process looks at some."""

from contextlib import closing
from pathlib import Path

import zstandard

from hivemindd.ingest.reader import Reader
from hivemindd.ingest.turns import Turns
from tests.ingest.reading import answers, found
from tests.records import ClaudeSession


def test_what_is_looked_at_keeps_its_place(scratch_home: Path, project: Path) -> None:
    """An append to it has its turn next, and not after all others."""
    for number in range(3):
        session = ClaudeSession(scratch_home, project, f"{number:08x}-0000-4000-8000-000000000000")
        session.prompt("hello")
    first, second, third = found(scratch_home)
    turns = Turns([second, third])
    with closing(Reader()) as reader:
        reader.ask(first, None, final=False)
        turns.put_first(first)
        assert turns.next(reader) == second
        answers(reader, 1)
        assert turns.next(reader) == first
        assert turns.next(reader) == third
        assert turns.next(reader) is None


def test_what_is_not_asked_for_keeps_its_place(scratch_home: Path, project: Path) -> None:
    """A compressed transcript is left to us, and we come to it in its turn."""
    file = scratch_home / ".codex" / "sessions" / "rollout-2026-11-21T07-37-25-1.jsonl.zst"
    file.parent.mkdir(parents=True)
    file.write_bytes(zstandard.compress(b"{}\n"))
    ClaudeSession(scratch_home, project).prompt("hello")
    plain, compressed = sorted(found(scratch_home), key=lambda item: item.name.endswith(".zst"))
    turns = Turns([compressed, plain])
    with closing(Reader()) as reader:
        assert turns.next(reader, to_ask=True) == plain
        assert turns.next(reader, to_ask=True) is None
        turns.put_last(plain)
        assert turns.next(reader, to_ask=True) == plain
        assert turns.next(reader, to_ask=True) is None
        turns.put_first(plain)
        assert turns.next(reader, to_ask=True) == plain
        assert turns.next(reader) == compressed


def test_whatever_waits_does_so_once(scratch_home: Path, project: Path) -> None:
    """However often there is an append to what has much left to be read."""
    for number in range(3):
        session = ClaudeSession(scratch_home, project, f"{number:08x}-0000-4000-8000-000000000000")
        session.prompt("hello")
    first, second, third = found(scratch_home)
    turns = Turns([first, second])
    turns.put_first(second)
    turns.put_first(third, second)
    turns.put_last(third)

    assert len(turns) == 3
    assert list(turns) == [third, second, first]
