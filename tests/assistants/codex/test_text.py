"""What stands inside the texts of a Codex rollout."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.assistants.codex.text import (
    Outcome,
    Words,
    chosen_skill,
    listed_skills,
    opened_skills,
    read_answers,
    read_outcome,
    read_prompt,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  no, use pnpm\n", "no, use pnpm"),
        ("# A heading of mine\nand text", "# A heading of mine\nand text"),
        (
            (
                "# Context from my IDE setup:\n\n## Active file: a.py\n\n"
                "## My request for Codex:\nuse tabs here"
            ),
            "use tabs here",
        ),
        (
            "\n# Files mentioned by the user:\n\n## x.png: /tmp/x.png\n\n## My request:\nredo it\n",
            "redo it",
        ),
        (
            "I typed\n## My request for Codex:\nby hand",
            "I typed\n## My request for Codex:\nby hand",
        ),
        ("Implement the plan. But with tests", "Implement the plan. But with tests"),
    ],
)
def test_words_of_a_person(text: str, words: str) -> None:
    """A person's words come out without what the editor put around them."""
    assert read_prompt(text) == Words(words)


@pytest.mark.parametrize(
    "text",
    [
        "Implement the plan.",
        "PLEASE IMPLEMENT THIS PLAN:\n# Plan",
        "Review the current code changes (staged, unstaged, and untracked files) and ...",
        "<environment_context>\n  <cwd>/r</cwd>\n</environment_context>",
        "# AGENTS.md instructions for /r\n\n<INSTRUCTIONS>x</INSTRUCTIONS>",
        "<subagent_notification>{}</subagent_notification>",
        "<user_shell_command>\n<command>\nls\n</command>\n</user_shell_command>",
        "Automation: nightly\nAutomation ID: x",
        "The following is the Codex agent history whose request action you are assessing.",
        "# Context from my IDE setup:\n\n## My request for Codex:\nImplement the plan.",
        (
            "# Context from my IDE setup:\n## My request for Codex:\nquote:\n"
            "## My request for Codex:\nwhich of the two counts?"
        ),
    ],
)
def test_words_of_nobody(text: str) -> None:
    """Buttons, timers, injected context and what imitates a request are no person's words."""
    assert read_prompt(text).canned


def test_answer_on_a_card() -> None:
    """What a person answered on a question card comes out with the call that asked."""
    text = (
        "<send_user_message_question_reply>\n"
        '[{"questionItemId":"[\\"request_user_input_async\\",\\"call_7\\",0]",'
        '"question":"Tabs?","answer":"Tabs, always"},{"question":"Why?","answer":"house rule"}]'
        "\n</send_user_message_question_reply>"
    )

    assert read_prompt(text) == Words("Tabs, always\nhouse rule", answer=True, call="call_7")


@pytest.mark.parametrize("body", ["", "[]", "{", '[{"answer":1}]', '[{"answer":" "}]', "null"])
def test_card_without_an_answer(body: str) -> None:
    """A card that cannot be read is nobody's words."""
    text = f"<send_user_message_question_reply>{body}</send_user_message_question_reply>"

    assert read_prompt(text).canned


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        (
            '{"answers":{"indent":{"answers":["Tabs"]},"why":{"answers":["user_note: I say so"]}}}',
            "Tabs\nI say so",
        ),
        ('{"answers":{"indent":{"answers":[]}}}', ""),
        ("request_user_input is unavailable in Default mode", ""),
        ('{"answers":[]}', ""),
    ],
)
def test_answers(output: str, answer: str) -> None:
    """The answers to a question are the person's words, refusals to ask are none."""
    assert read_answers(output) == answer


@pytest.mark.parametrize(
    ("output", "outcome"),
    [
        ("plain", Outcome("plain")),
        (None, Outcome("")),
        (
            '{"output":"hi\\n","metadata":{"exit_code":2,"duration_seconds":0.1}}',
            Outcome("hi\n", 2, failed=True),
        ),
        ('{"output":"hi"}', Outcome("hi")),
        ('{"output":', Outcome('{"output":')),
        (
            "Exit code: 0\nWall time: 0 seconds\nOutput:\nExit code: 9",
            Outcome("Exit code: 0\nWall time: 0 seconds\nOutput:\nExit code: 9", 0),
        ),
        (
            "Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code -1\nOutput:\nx",
            Outcome(
                "Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code -1\nOutput:\nx",
                -1,
                failed=True,
            ),
        ),
        (
            [{"type": "input_text", "text": "a\n"}, {"type": "input_image", "image_url": "data:"}],
            Outcome("a\n[image]"),
        ),
        ({"type": "input_text", "text": "a"}, Outcome("a")),
        ({"content": [{"type": "text", "text": "a"}], "isError": False}, Outcome("a")),
        ("unsupported call: shell", Outcome("unsupported call: shell", failed=True)),
        (
            '{"output":"Failed to look bad","metadata":{"exit_code":0}}',
            Outcome("Failed to look bad", 0),
        ),
    ],
)
def test_outcome(output: Any, outcome: Outcome) -> None:
    """The text, the exit code and the failure of a call are read from every form of output."""
    assert read_outcome(output) == outcome


@pytest.mark.parametrize(
    ("output", "refusal"),
    [
        ("Wall time: 17.3 seconds\naborted by user", "aborted"),
        ("aborted by user after 16.1s", "aborted"),
        ("patch rejected by user", "rejected"),
        ("exec command rejected by user", "rejected"),
        (
            'exec_command failed: CreateProcess { message: "Rejected(\\"rejected by user\\")" }',
            "rejected",
        ),
        (
            (
                "exec_command failed for `rm -f x`: CreateProcess { message: "
                '"Rejected(\\"rejected by user\\")" }'
            ),
            "rejected",
        ),
        ("user cancelled MCP tool call", "rejected"),
        ("the log says: aborted by user", ""),
        ("Exit code: 0\nOutput:\npatch rejected by user", ""),
    ],
)
def test_refusal(output: str, refusal: str) -> None:
    """Only what Codex itself says about a refusal counts as one."""
    assert read_outcome(output).refusal == refusal


def test_listed_skills() -> None:
    """The names in the list of skills are found, and no others."""
    text = (
        "<skills_instructions>\n## Skills\nSome words.\n- not-one: here\n### Available skills\n"
        "- pnpm-only: Use pnpm: always. (file: /r/.agents/skills/pnpm-only/SKILL.md)\n"
        "- plugin:name: x (file: r0/SKILL.md)\n### How to use skills\n- Discovery: above\n"
    )

    assert listed_skills(text) == ["pnpm-only", "plugin:name"]
    assert listed_skills("no list") == []


def test_chosen_skill() -> None:
    """The skill that a person named is known from the body that was loaded for it."""
    assert chosen_skill("<skill>\n<name>hot</name>\n<path>/x</path>\nbody\n</skill>") == "hot"
    assert chosen_skill("about <skill><name>hot</name>") == ""


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("cat .agents/skills/pnpm-only/SKILL.md", ["pnpm-only"]),
        ("sed -n '1,200p' '/home/x/a b/skills/one/SKILL.md' && cat two/SKILL.md", ["one", "two"]),
        ("Get-Content C:\\r\\.agents\\skills\\win\\SKILL.md", ["win"]),
        ("cat > new/SKILL.md <<EOF", []),
        ('cat template >> "new/SKILL.md"', []),
        ("git add a/SKILL.md", []),
        ("cat SKILL.md", []),
        ("cat */SKILL.md", []),
        ("cat a/SKILL.md a/SKILL.md", ["a"]),
    ],
)
def test_opened_skills(command: str, names: list[str]) -> None:
    """A skill counts as opened when its SKILL.md is read, not when it is written or listed."""
    assert opened_skills(command) == names


@given(st.text(alphabet="catsed /\\SKIL.md>'\"a-*", max_size=300))
def test_any_command(command: str) -> None:
    """Names of skills are found in any command without an error."""
    assert all(opened_skills(f"cat x {command}"))
