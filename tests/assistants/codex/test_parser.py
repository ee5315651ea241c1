"""Rollouts of Codex as events: whose session, which turns."""

from pathlib import Path
from typing import Any

import pytest

from hivemindd.assistants.base import SessionFacts
from hivemindd.assistants.codex.assistant import Codex
from hivemindd.events import Event, Interrupt, Prompt, Rewind, TurnEnded
from tests.rollouts import (
    NAME,
    PARENT,
    THREAD,
    Side,
    brief,
    context,
    encode,
    event,
    meta,
    only,
    read,
    said,
    split,
    started,
)


class TestIdentity:
    """Which session a rollout belongs to, and what is known about it."""

    def test_facts(self) -> None:
        """The first line says version, branch and parent, the first turn the folder."""
        parsed = read(
            meta(git={"branch": "main"}, forked_from_id=PARENT, history_base={"thread_id": PARENT}),
            context(cwd="/repo/sub"),
            context(cwd="/elsewhere"),
        )

        assert parsed.facts == {
            THREAD: SessionFacts(cwd="/repo/sub", version="0.169.0", branch="main", parent=PARENT)
        }

    def test_the_record_names_the_session(self) -> None:
        """The id in the first line counts, not the one in the name of the file."""
        other = NAME.replace(THREAD, PARENT)

        assert {one.session for one in read(meta(), said("hi"), name=other).events} == {THREAD}

    def test_lost_first_line(self) -> None:
        """Without its first line a thread is known by its name, and nobody is trusted."""
        parsed = read(b'{"timestamp":"2026-11-21T07:37:25.000Z","type":"sess', said("hi"))

        assert parsed.malformed == 1
        assert [(one.session, one.author) for one in parsed.events] == [(THREAD, "harness")]

    def test_only_a_first_line(self) -> None:
        """A rollout in which nothing was said has facts and no events."""
        parsed = read(meta())

        assert parsed.events == []
        assert parsed.facts[THREAD].cwd == "/repo"

    def test_bare_rollout_is_skipped(self) -> None:
        """The oldest format is named once and gives no events."""
        data = encode(
            [
                {"id": THREAD, "timestamp": "2025-08-01T00:00:00Z", "instructions": None},
                {"record_type": "state"},
                {"type": "message", "role": "user", "content": []},
            ]
        )
        first = Codex().parser(Path(NAME), b"", Side(data))
        notes = first.feed(split(data)[:2], final=False).notes
        second = Codex().parser(Path(NAME), first.state(), Side(data))
        rest = second.feed(split(data)[2:], final=True)

        assert len(notes) == 1
        assert (rest.notes, rest.events, rest.unknown, rest.facts) == ([], [], {}, {})

    def test_stray_line_before_the_first_is_not_bare(self) -> None:
        """Garbage at the top does not make a whole rollout unreadable."""
        parsed = read({"a": 1}, meta(), said("hi"))

        assert [one.text for one in only(parsed, Prompt)] == ["hi"]
        assert parsed.unknown == {("", "? (shape)"): 1}


class TestTurns:
    """How turns end."""

    @pytest.mark.parametrize(
        ("end", "events"),
        [
            (event("task_complete", 20), [TurnEnded]),
            (event("turn_aborted", 20, reason="interrupted"), [Interrupt, TurnEnded]),
            (event("turn_aborted", 20, reason="replaced"), [TurnEnded]),
        ],
    )
    def test_ends(self, end: dict[str, Any], events: list[type[Event]]) -> None:
        """Only a person's interruption is one."""
        parsed = read(meta(), started(), said("go"), end)

        assert [type(one) for one in parsed.events[1:]] == events

    def test_status(self) -> None:
        """A turn says how it ended."""
        parsed = read(
            meta(),
            started(),
            said("a", 10),
            event("task_complete", 20, error={"message": "no network"}),
            started(30),
            said("b", 40),
            event("task_complete", 50, error=None),
        )

        assert [one.status for one in only(parsed, TurnEnded)] == ["error", "completed"]

    def test_rollback(self) -> None:
        """Turns that are taken back are counted, and the first prompt among them named."""
        parsed = read(
            meta(),
            *(event("user_message", at, message=f"turn {at}") for at in (10, 20, 30)),
            event("thread_rolled_back", 40, num_turns=2),
            event("thread_rolled_back", 50, num_turns=5),
        )
        prompts, rewinds = only(parsed, Prompt), only(parsed, Rewind)

        assert [(one.turns, one.prompt) for one in rewinds] == [(2, prompts[1].id), (5, "")]
        assert {one.author for one in rewinds} == {"human"}

    def test_rewind_segment(self) -> None:
        """A file that goes on from an earlier point of its own thread begins with a rewind."""
        base = {"thread_id": THREAD, "end_ordinal_exclusive": 110}
        parsed = read(meta(history_base=base), said("again"))

        assert brief(parsed) == [("Rewind", "human"), ("Prompt", "human")]
