"""What the real Claude Code does with corrections and with skills."""

from typing import Any

import pytest

from tests.e2e.claude import ClaudeCode
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


def test_refusal_is_recorded_with_its_words(claude: ClaudeCode) -> None:
    """A refused command leaves a tool result that is marked and holds the user's words."""
    with claude.start() as session:
        correct_by_refusal(session)
        records = claude.records(session.leave())

    (refused,) = [record for record in records if "toolDenialKind" in record]
    assert refused["toolDenialKind"] == "user-rejected"
    assert refused["userFeedback"] == REJECTED


def test_interrupt_is_recorded_between_reply_and_restatement(claude: ClaudeCode) -> None:
    """An interrupt leaves what the agent had said, a marker, and then the next prompt."""
    with claude.start() as session:
        correct_by_interrupt(session)
        records = claude.records(session.leave())

    assert _story(records) == [
        ("user", "we need date-fns"),
        ("assistant", "I will run npm install date-fns."),
        ("user", "[Request interrupted by user]"),
        ("user", RESTATED),
        ("assistant", "Fine, pnpm then."),
    ]


def test_follow_up_is_recorded_after_the_approved_command(claude: ClaudeCode) -> None:
    """A command that a person approved, its output and the next prompt are all there."""
    with claude.start() as session:
        correct_by_follow_up(session)
        records = claude.records(session.leave())

    (ran,) = [record for record in records if "permissionDecision" in record]
    assert ran["permissionDecision"]["source"] == "user_temporary"
    assert ran["toolUseResult"]["stdout"] == "added 1 package"
    assert _story(records) == [
        ("user", "add a test runner"),
        ("assistant", "Adding vitest."),
        ("assistant", "npm install vitest"),
        ("user", "added 1 package"),
        ("assistant", "The test runner is installed."),
        ("user", FOLLOWED_UP),
        ("assistant", "Noted, pnpm it is."),
    ]


def test_model_is_told_of_a_skill_in_the_project(claude: ClaudeCode) -> None:
    """A skill in `.claude/skills` is listed to the model in the next session."""
    skill = place_skill(claude.skills)

    told = ask_in_new_session(claude)

    assert skill.name in told
    assert skill.description in told


def _story(records: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return what was said, run and printed in a session, in order: (author, text)."""
    return [
        (record["type"], text)
        for record in records
        if record["type"] in {"user", "assistant"}
        for text in _texts(record["message"]["content"])
    ]


def _texts(content: str | list[dict[str, Any]]) -> list[str]:
    """Return the texts, commands and outputs that a message holds."""
    if isinstance(content, str):
        return [content]
    return [
        part["input"]["command"] if "input" in part else part.get("text") or part["content"]
        for part in content
    ]
