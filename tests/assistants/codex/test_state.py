"""What is remembered of a rollout: little, and which thread of Codex it came from."""

from pathlib import Path
from typing import Any

import pytest

from hivemindd.assistants.base import SessionFacts
from hivemindd.assistants.codex.assistant import Codex
from hivemindd.events import Prompt, Reply, SubagentStarted
from tests.rollouts import (
    NAME,
    OLD_TURN,
    OWN_TURN,
    PARENT,
    THREAD,
    Side,
    answered,
    brief,
    called,
    encode,
    event,
    item,
    line,
    meta,
    only,
    read,
    said,
    split,
    started,
)


@pytest.mark.parametrize("field", ["id", "cwd", "cli_version", "forked_from_id", "git"])
def test_what_is_too_long_to_be_a_name_is_not_remembered(field: str) -> None:
    """Whatever a rollout says, the state that is stored with its checkpoint stays small."""
    long = "x" * 1_000_000
    first = meta(**{field: {"branch": long} if field == "git" else long})
    data = encode([first, started(), called(long, "apply_patch", {}), said("use pnpm")])
    parser = Codex().parser(Path(NAME), b"", Side(data))
    parser.feed(split(data), final=True)

    assert len(parser.state()) < 10_000


class TestForks:
    """History that was copied from another thread."""

    def copied(self) -> list[dict[str, Any]]:
        """Return the lines of a parent as a fork repeats them."""
        return [
            line(1, "session_meta", {"id": PARENT, "cwd": "/parent"}),
            event("task_started", 1, turn_id=OLD_TURN),
            event("user_message", 1, message="of the parent"),
            called("c", "shell", {"command": ["ls"]}, 1),
            event("task_complete", 2, turn_id=OLD_TURN),
        ]

    def test_copied_history_is_dropped(self) -> None:
        """What a fork repeats of its parent is the parent's, what follows is its own."""
        parsed = read(
            meta(forked_from_id=PARENT),
            *self.copied(),
            event("task_started", 3, turn_id=OWN_TURN),
            event("user_message", 4, message="in the fork"),
        )

        assert [one.text for one in only(parsed, Prompt)] == ["in the fork"]
        assert len(parsed.events) == 1
        assert parsed.facts[THREAD] == SessionFacts(cwd="/repo", version="0.169.0", parent=PARENT)

    def test_fork_without_its_parent_s_first_line(self) -> None:
        """The same holds after the rewriting in the newer dialect, which drops that line."""
        parsed = read(
            meta(forked_from_id=PARENT, history_mode="paginated"),
            event("task_started", 1, turn_id=OLD_TURN),
            event("user_message", 1, message="of the parent"),
            event("task_started", 3, turn_id=OWN_TURN),
            event("user_message", 4, message="in the fork"),
        )

        assert [one.text for one in only(parsed, Prompt)] == ["in the fork"]

    def test_fork_that_does_not_say_so(self) -> None:
        """A second first line right behind the first betrays a copy."""
        parsed = read(meta(), *self.copied(), event("task_started", 3, turn_id=OWN_TURN))

        assert parsed.events == []

    def test_old_fork_without_turn_ids(self) -> None:
        """Where turns have no ids, the silence after the copying ends it."""
        parsed = read(
            meta(forked_from_id=PARENT, cli_version="0.98.0"),
            event("user_message", 1, message="of the parent"),
            event("agent_message", 9, message="reply"),
            event("user_message", 2_000, message="in the fork"),
            event("user_message", 2_001, message="and more"),
        )

        assert [one.text for one in only(parsed, Prompt)] == ["in the fork", "and more"]

    def test_clock_that_was_set_back(self) -> None:
        """A fork is not lost when ids of turns cannot be trusted: copying takes no minute."""
        parsed = read(
            meta(forked_from_id=PARENT),
            event("task_started", 1, turn_id=OLD_TURN),
            event("user_message", 1, message="of the parent"),
            event("task_started", 90_000, turn_id=OLD_TURN),
            event("user_message", 90_001, message="in the fork"),
        )

        assert [one.text for one in only(parsed, Prompt)] == ["in the fork"]

    def test_newer_forks_copy_nothing(self) -> None:
        """A fork that refers to its parent's file holds only lines of its own."""
        parsed = read(
            meta(forked_from_id=PARENT, history_base={"thread_id": PARENT}), said("in the fork")
        )

        assert brief(parsed) == [("Prompt", "human")]


class TestSubagents:
    """Threads that the agent started."""

    SPAWN: dict[str, Any] = {  # noqa: RUF012 only read
        "session_id": PARENT,
        "parent_thread_id": PARENT,
        "thread_source": "subagent",
        "source": {"subagent": {"thread_spawn": {"parent_thread_id": PARENT}}},
    }

    def test_events_belong_to_the_root(self) -> None:
        """A subagent's events are the root's session, off the main line, and no person's."""
        parsed = read(
            meta(**self.SPAWN),
            started(trigger=None),
            said("task"),
            event("turn_aborted", 20, reason="interrupted"),
        )

        assert {(one.session, one.sidechain) for one in parsed.events} == {(PARENT, True)}
        assert brief(parsed) == [("Prompt", "agent"), ("TurnEnded", "harness")]
        assert parsed.facts == {PARENT: SessionFacts(version="0.169.0", paths=["/repo"])}

    @pytest.mark.parametrize(
        "fields",
        [
            {"source": {"subagent": "review"}},
            {"source": {"subagent": {"other": "guardian"}}},
            {"thread_source": "subagent"},
        ],
    )
    def test_agents_without_a_parent(self, fields: dict[str, Any]) -> None:
        """Reviewers and guardians are sessions of their own, with nobody's words."""
        parsed = read(meta(**fields), said("The following is the Codex agent history"))
        (one,) = only(parsed, Prompt)

        assert (one.session, one.sidechain, one.author) == (THREAD, True, "agent")
        assert parsed.facts[THREAD].headless

    def test_inherited_history(self) -> None:
        """What a subagent inherits is the parent's: its own begins at an ordinal."""
        lines = [
            meta(**self.SPAWN, subagent_history_start_ordinal=3, forked_from_id=PARENT),
            line(1, "session_meta", {"id": PARENT}, ordinal=1),
            line(1, "event_msg", {"type": "turn_aborted", "reason": "interrupted"}, ordinal=2),
            line(2, "event_msg", {"type": "agent_message", "message": "own"}, ordinal=3),
        ]

        assert [one.text for one in only(read(*lines), Reply)] == ["own"]

    @pytest.mark.parametrize(
        "news",
        [
            item("CollabAgentToolCall", 25, id="c", tool="spawn_agent", receiver_thread_ids=["A"]),
            item("SubAgentActivity", 25, id="c", kind="started", agent_thread_id="A"),
            event("collab_agent_spawn_end", 25, call_id="c", new_thread_id="A", prompt="task"),
            event("sub_agent_activity", 25, event_id="c", kind="started", agent_thread_id="A"),
            answered("c", '{"agent_id":"A"}', 25),
        ],
    )
    def test_started(self, news: dict[str, Any]) -> None:
        """The start of a subagent is told once, whatever records it."""
        parsed = read(
            meta(),
            called("c", "spawn_agent", {"message": "task"}),
            news,
            answered("c", '{"agent_id":"A"}', 30),
        )

        assert [(one.call, one.agent, one.text) for one in only(parsed, SubagentStarted)] == [
            ("c", "A", "task")
        ]
