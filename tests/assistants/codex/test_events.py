"""Words in rollouts of Codex: whose they are."""

import json
from typing import Any

import pytest

from hivemindd.events import Compaction, Prompt, Reply, Thought
from tests.rollouts import (
    START,
    THREAD,
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
    response,
    said,
    started,
)


class TestWords:
    """Whose words a prompt holds."""

    @pytest.mark.parametrize(
        "prompt",
        [
            said("no, use pnpm"),
            event("user_message", message="no, use pnpm", images=[], kind="plain"),
        ],
        ids=["item", "event"],
    )
    def test_typed(self, prompt: dict[str, Any]) -> None:
        """What a person types is theirs, in both dialects, with the same id."""
        (one,) = only(read(meta(), started(), prompt), Prompt)

        assert (one.text, one.author, one.origin) == ("no, use pnpm", "human", "typed")
        assert one.id.startswith(f"{THREAD}:{START + 10}:prompt:")
        assert one.seq == len(encode([meta(), started()]))

    def test_both_dialects_give_the_same_ids(self) -> None:
        """A thread that was rewritten in the newer dialect adds nothing."""
        older = read(
            meta(),
            event("user_message", 1, message="hi", local_images=["/x.png"]),
            event("agent_reasoning", 2, text="think"),
            event("agent_message", 3, message="hello"),
            event("patch_apply_end", 4, call_id="c", success=True, changes={"/a": {"type": "add"}}),
        )
        newer = read(
            meta(),
            item(
                "UserMessage",
                1,
                content=[{"type": "local_image", "path": "/x.png"}, {"type": "text", "text": "hi"}],
            ),
            item("Reasoning", 2, summary_text=["think"], raw_content=[]),
            item("AgentMessage", 3, content=[{"type": "Text", "text": "hello"}]),
            item("FileChange", 4, id="c", changes={"/a": {"type": "add"}}, status="completed"),
        )

        assert [one.id for one in older.events] == [one.id for one in newer.events]
        assert brief(older) == brief(newer)

    def test_steering_is_queued(self) -> None:
        """What is typed while the agent works is told apart from what opens a turn."""
        parsed = read(
            meta(),
            started(),
            said("first", 10),
            said("and this", 20),
            event("task_complete", 30),
            started(40),
            said("next", 50),
        )

        assert [one.origin for one in only(parsed, Prompt)] == ["typed", "queued", "typed"]

    def test_versions_without_turns(self) -> None:
        """Where no turn is marked, nothing is called queued."""
        parsed = read(
            meta(cli_version="0.98.0"),
            event("user_message", 10, message="a"),
            event("user_message", 20, message="b"),
        )

        assert [one.origin for one in only(parsed, Prompt)] == ["typed", "typed"]

    @pytest.mark.parametrize("source", ["exec", "mcp"])
    def test_scripts(self, source: str) -> None:
        """The prompts of `codex exec` and of the MCP server are a program's."""
        parsed = read(meta(source=source), started(trigger=None), said("do it"))
        (one,) = only(parsed, Prompt)

        assert (one.author, one.origin) == ("harness", "headless")
        assert parsed.facts[THREAD].headless

    def test_person_in_a_script_s_thread(self) -> None:
        """When a person resumes a script's thread in the terminal, their words are theirs."""
        parsed = read(
            meta(source="exec"),
            started(),
            said("mine"),
            started(20, "exec"),
            said("not mine", 30),
        )

        assert [one.author for one in only(parsed, Prompt)] == ["human", "harness"]

    @pytest.mark.parametrize(
        "fields",
        [{"thread_source": "automation"}, {"source": {"custom": "robot"}}],
        ids=["feature", "custom"],
    )
    def test_threads_of_features(self, fields: dict[str, Any]) -> None:
        """A thread that no person opened holds no person's words."""
        assert [one.author for one in read(meta(**fields), said("x")).events] == ["harness"]

    def test_buttons(self) -> None:
        """A prompt that a button wrote is kept, but is nobody's."""
        (one,) = only(read(meta(), started(), said("Implement the plan.")), Prompt)

        assert (one.text, one.author) == ("Implement the plan.", "harness")

    def test_images(self) -> None:
        """Images stand as markers behind the words, and alone where there are none."""
        parsed = read(
            meta(),
            item("UserMessage", 1, content=[{"type": "image", "image_url": "data:x"}]),
            event("user_message", 2, message="look", images=["data:x"], local_images=["/y.png"]),
        )

        assert [one.text for one in only(parsed, Prompt)] == [
            "[image]",
            "look\n[image]\n[image: /y.png]",
        ]

    def test_injected_messages_and_copies_are_not_prompts(self) -> None:
        """What the model saw as a message is no prompt: prompts have records of their own."""
        parsed = read(
            meta(),
            response("message", role="user", content=[{"type": "input_text", "text": "typed"}]),
            response(
                "message",
                role="user",
                content=[{"type": "input_text", "text": "<environment_context>"}],
            ),
            line(20, "compacted", {"message": "", "replacement_history": [{"role": "user"}]}),
        )

        assert [type(one) for one in parsed.events] == [Compaction]

    def test_commands_of_a_person(self) -> None:
        """A `!command` is neither a prompt nor the agent's work, nor its turn a turn."""
        parsed = read(
            meta(),
            started(trigger=None),
            item("CommandExecution", id="x", command=["bash", "-lc", "ls"], source="user_shell"),
            event("task_complete", 20),
        )

        assert parsed.events == []

    def test_answers(self) -> None:
        """What a person answers to a question is theirs, and names the question."""
        asked = {"questions": [{"id": "i", "question": "Tabs or spaces?"}]}
        parsed = read(
            meta(),
            started(),
            said("go"),
            called("q", "request_user_input", asked),
            answered("q", json.dumps({"answers": {"i": {"answers": ["user_note: tabs!"]}}})),
        )
        one = only(parsed, Prompt)[-1]

        assert (one.text, one.author, one.origin, one.call) == ("tabs!", "human", "answer", "q")

    def test_replies_and_thoughts(self) -> None:
        """Messages and plans are replies, each part of the reasoning is a thought."""
        parsed = read(
            meta(),
            item("Reasoning", 1, summary_text=["a", " "], raw_content=["b"]),
            item("AgentMessage", 2, content=[{"type": "Text", "text": "c"}]),
            item("AgentMessage", 3, content=[]),
            item("Plan", 4, text="d"),
            response("message", 5, role="assistant", content=[{"text": "c"}]),
            event("agent_reasoning_raw_content", 6, text="e"),
        )

        assert [one.text for one in only(parsed, Thought)] == ["a", "b", "e"]
        assert [one.text for one in only(parsed, Reply)] == ["c", "d"]
