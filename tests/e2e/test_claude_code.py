"""What the real Claude Code does with corrections and with skills."""

from typing import Any

import pytest

from hivemindd.skills.render import Example, SkillText, render
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

NAMES = SkillText(
    name="names",
    rules=[
        "Use `@acme/ui` and add it with `pnpm add @acme/ui`",
        "Import from @acme/ui, never from ../ui",
        "Use `$state` and `$derived.by`, and read $HOME",
        "Use httpx, not curl",
    ],
    triggers=["import from @acme/ui"],
    exceptions=["Code that has @acme/ui already"],
    examples=[Example(wrong="npm i @acme/ui", right="pnpm add @acme/ui")],
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


def test_skill_of_ours_is_loaded_as_it_is_written(claude: ClaudeCode) -> None:
    """Nothing in it runs, is replaced, or pulls in a file that happens to have such a name."""
    text = render(NAMES, "0a1b", 1).decode()
    _place(claude, "names", text)

    told = claude.load("names")

    assert text.split("---\n\n", 1)[1].strip() in told
    assert "in the file" not in told


def test_same_names_with_their_signs_would_be_expanded(claude: ClaudeCode) -> None:
    """Why they are spelled out: a file is read also where its name stands in inline code."""
    _place(
        claude, "raw", "---\nname: raw\ndescription: x\n---\n\nUse `add @acme/ui` $0 $ARGUMENTS.\n"
    )

    told = claude.load("raw")

    assert "in the file" in told
    assert "$ARGUMENTS" not in told


def _place(claude: ClaudeCode, name: str, text: str) -> None:
    """Write a skill, and a file with the name of a package."""
    skill = claude.skills / name / "SKILL.md"
    skill.parent.mkdir(parents=True)
    skill.write_text(text, "utf-8")
    named = claude.skills.parents[1] / "acme" / "ui"
    named.parent.mkdir()
    named.write_text("in the file\n", "utf-8")


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
