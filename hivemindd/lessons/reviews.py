"""Lines by which the comment of a review bot is known, however it was copied."""

import re

HEAD_CHARS = 200

_BOTS = (
    r"(?:coderabbit(?:ai)?|copilot(?:-pull-request-reviewer)?|sonar(?:cloud|qube\w*)|codecov"
    r"|dependabot|github-actions|(?:cursor\ )?bugbot|greptile(?:-apps)?|sourcery(?:-ai)?"
    r"|gemini-code-assist|chatgpt-codex-connector|qodo-\w+|ellipsis-dev)"
)
_MARKS = re.compile(r"[^\w<>\u26a0]*(?:(?:</?\w{1,20}>|_)[^\w<>\u26a0]*){0,6}")
_SPOKE = r"(?:reviewed|requested\ changes)(?:\ \d|\s*$)|left\ (?:a|\d+)\ (?:comment|review)"
_REVIEW = re.compile(
    rf"""(?:
      {_BOTS}(?:\[bot\])?[*_`]*\s*(?:\(?bot\)?\s+)?(?::|\(|said|commented|$|{_SPOKE})
    | [\w-]{{1,60}}\[bot\]
    | (?!the\ |this\ |that\ |our\ |my\ )[\w-]{{1,60}}\ bot\ (?:commented\b|{_SPOKE})
    | (?:critical|high|medium|low|major|minor)\ severity\s*(?::|\W*$)
    | severity\W{{1,5}}(?:critical|high|medium|low|major|minor)\b
    | (?:potential\ issue|refactor\ suggestion|nitpick)_
    | (?:prompt\ for\ ai\ agents|codex\ review)\W*$ | actionable\ comments\ posted:
    | reviewed\ by\ cursor\ bugbot | p[0-4]\ badge\] | p[0-4]\]\s
    | (?:critical|high|medium|low|security-\w+)\]\(http
    | \u26a0
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def is_review(line: str) -> bool:
    """Tell whether a line shows that a bot's review stands around it."""
    head = line[:HEAD_CHARS]
    marks = _MARKS.match(head)
    return _REVIEW.match(head, marks.end() if marks else 0) is not None
