"""Comments of review bots are known by a line of theirs."""

import pytest

from hivemindd.lessons.reviews import is_review


@pytest.mark.parametrize(
    "line",
    [
        "coderabbitai[bot] commented 2 days ago",
        "**coderabbitai** bot left a comment",
        "Copilot: consider a guard",
        "copilot-pull-request-reviewer (bot) reviewed",
        "our-linter[bot] requested changes",
        "### 💡 Codex Review",
        "_⚠️ Potential issue_ | _🟠 Major_",
        "⚠️ Outside diff range",
        "_🛠️ Refactor suggestion_",
        "**Low Severity**",
        "High severity: unchecked input",
        "**Severity:** high",
        "🤖 Prompt for AI Agents",
        "**Actionable comments posted: 3**",
        "![P1 Badge](https://img.example/P1)",
        "**<sub><sub>![P2 Badge](https://img.example/P2)</sub></sub> Check it**",
        "[P1] Check the result",
        "![medium](https://img.example/medium.svg)",
        "_Reviewed by Cursor Bugbot_",
        "SonarCloud said",
    ],
)
def test_a_review_is_known(line: str) -> None:
    """Names, headings and badges stand in front, with or without marks of their own."""
    assert is_review(line)


@pytest.mark.parametrize(
    "line",
    [
        "copilot should not run here",
        "ask copilot: it knows",
        "the severity is high enough",
        "a potential issue: it may loop",
        "see the codex review",
        "codex review is slow, never wait for it",
        "copilot left a mess here",
        "copilot suggested npm, use pnpm",
        "the bot commented on it",
        "[bot] accounts must not merge",
        "> coderabbitai[bot] commented",
        "use P1 as the name",
        "low severity bugs can wait",
        "",
    ],
)
def test_words_about_reviews_are_none(line: str) -> None:
    """People speak of bots, too."""
    assert not is_review(line)
