"""What the real Codex does with corrections and with skills."""

from typing import Any

import pytest

from tests.e2e.codex import Codex
from tests.e2e.corrections import (
    FOLLOWED_UP,
    REJECTED,
    RESTATED,
    ask_in_new_session,
    correct_by_follow_up,
    correct_by_interrupt,
    correct_by_refusal,
    place_skill,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def test_refusal_is_recorded_as_an_aborted_turn_and_a_prompt(codex: Codex) -> None:
    """A refused command aborts the turn; what to do instead is the next prompt."""
    with codex.start() as session:
        correct_by_refusal(session)
        records = codex.records(session.leave())

    (output,) = [record for record in records if _kind(record) == "function_call_output"]
    assert "aborted by user" in output["payload"]["output"]
    assert _story(records) == [
        ("UserMessage", "please add zod"),
        ("AgentMessage", "Adding zod."),
        ("turn_aborted", "interrupted"),
        ("UserMessage", REJECTED),
        ("AgentMessage", "Understood, I will take pnpm."),
    ]


def test_interrupt_is_recorded_between_reply_and_restatement(codex: Codex) -> None:
    """An interrupt leaves what the agent had said, an aborted turn, and then the next prompt."""
    with codex.start() as session:
        correct_by_interrupt(session)
        records = codex.records(session.leave())

    assert _story(records) == [
        ("UserMessage", "we need date-fns"),
        ("AgentMessage", "I will run npm install date-fns."),
        ("turn_aborted", "interrupted"),
        ("UserMessage", RESTATED),
        ("AgentMessage", "Fine, pnpm then."),
    ]


def test_follow_up_is_recorded_after_the_approved_command(codex: Codex) -> None:
    """A command that a person approved, its output and the next prompt are all there."""
    with codex.start() as session:
        correct_by_follow_up(session)
        records = codex.records(session.leave())

    assert _story(records) == [
        ("UserMessage", "add a test runner"),
        ("AgentMessage", "Adding vitest."),
        ("CommandExecution", "added 1 package"),
        ("AgentMessage", "The test runner is installed."),
        ("UserMessage", FOLLOWED_UP),
        ("AgentMessage", "Noted, pnpm it is."),
    ]


def test_model_is_told_of_a_skill_in_the_project(codex: Codex) -> None:
    """A skill in `.agents/skills` is listed to the model in the next session."""
    skill = place_skill(codex.skills)

    told = ask_in_new_session(codex)

    assert skill.name in told
    assert skill.description in told


def _kind(record: dict[str, Any]) -> str:
    kind: str = record["payload"].get("type", record["type"])
    return kind


def _story(records: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return what happened in a session, in order: (kind, what was said or printed)."""
    story = []
    for record in records:
        payload = record["payload"]
        if _kind(record) == "turn_aborted":
            story.append(("turn_aborted", payload["reason"]))
        elif _kind(record) == "item_completed":
            item = payload["item"]
            if item["type"] == "CommandExecution":
                if item["status"] == "completed":
                    story.append((item["type"], item["aggregated_output"].strip()))
            elif item["type"] in {"UserMessage", "AgentMessage"}:
                said = [part["text"] for part in item["content"]]
                story.append((item["type"], " ".join(said)))
    return story
