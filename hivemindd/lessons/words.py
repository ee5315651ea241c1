"""A person's own words inside a prompt: what may be quoted, and nothing else.

A prompt also carries what a person did not write: blocks that the assistant added, fenced
code, quoted lines, pasted logs, diffs, stack traces, bot reviews. Those parts are removed
here, so that no text which an agent or a web page wrote can pass for a person's.
"""

import re
from collections.abc import Iterator

from hivemindd.lessons.pasted import Reader

LONG_CHARS = 1_500
LONG_LINES = 25
OPENING_CHARS = 300
TAGS = 200

_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9_-]{0,40})(?=[\s>/])[^<>\n]{0,300}>")
_BLOCKS = frozenset(
    {
        *("bridge", "channel", "document", "error", "file", "heartbeat", "image", "instructions"),
        *("log", "output", "paste", "permissions", "rules", "selection", "skill", "stderr"),
        *("stdin", "stdout", "system", "timestamp", "untrusted"),
    }
)
_OPENINGS = (
    "[Request interrupted by user",
    "Caveat: The messages below were generated",
    "This session is being continued from a previous conversation",
    "Your task is to create a detailed summary",
    "Another language model started to solve",
    "You are performing a CONTEXT CHECKPOINT",
    "## Context from previous session",
    "What did we do so far?",
    "Another Claude session sent",
    "Base directory for this skill:",
    "Stop hook feedback",
    "# AGENTS.md instructions",
    "The following is the Codex agent history",
    "<<autonomous-loop",
    "A session-scoped",
    "Automation:",
    "Implement the following plan",
    "Implement the plan.",
    "Execute the following plan",
    "PLEASE IMPLEMENT THIS PLAN",
    "Verify this issue exists and fix it",
    "Continue from where you left off",
    "Add file to the chat?",
    "Run shell command?",
    "@agent Continue",
    "[SUGGESTION MODE",
    "Warmup",
    "Generate a short title",
    "Provide a brief synopsis",
    "Unknown slash command",
    "Tool loaded.",
    "[Image: source",
    "Your tool call was malformed",
    "▣ DCP |",
    "[SYSTEM DIRECTIVE",
    "[search-mode]",
    "[analyze-mode]",
    "[BACKGROUND TASK",
    "Your name is",
    "# Agent Instructions",
    "API Error",
)
_PROGRAM = re.compile(
    r"(?:[\w.-]{1,40} hook feedback|You are (?:an?|the) [^.\n]{0,80}\b(?:agent|reviewer|expert)\b)"
)
_REVIEW = re.compile(
    r"(?:coderabbit(?:ai)?|copilot|sonarcloud|codecov|dependabot|github-actions|cursor bugbot"
    r"|greptile|sourcery|gemini-code-assist)(?:\[bot\])?\s*(?::|\(|said|commented|$)"
    r"|(?:critical|high|medium|low) severity\s*(?::|$)|_?\u26a0",
    re.IGNORECASE,
)


def own_words(text: str) -> str:
    """Return what a person wrote in `text`, empty when it holds nothing of theirs."""
    return "\n".join(segments(text))


def segments(text: str) -> list[str]:
    """Return the person's own pieces of `text` in order, each an exact substring of it."""
    opening = text.lstrip()[:200]
    if opening.startswith(_OPENINGS) or _PROGRAM.match(opening):
        return []
    if any(_REVIEW.match(line.lstrip()[:100]) for line in text.splitlines()):
        return []
    reader = Reader()
    pieces = [
        text[start:end].strip()
        for begin, stop in _outside_blocks(text)
        for start, end in reader.own_spans(text, begin, stop)
    ]
    return _opening_of_long([piece for piece in pieces if any(c.isalnum() for c in piece)])


def _outside_blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of `text` outside the blocks that an assistant wraps in tags.

    A known block that is never closed runs to the end (its end may have been cut off).
    The arguments of a slash command are a person's. What stands behind hundreds of tags is
    a pasted page, and never looked at.
    """
    kept = at = seen = 0
    unclosed: set[str] = set()
    while match := _TAG.search(text, at):
        name, at, seen = match[1], match.end(), seen + 1
        if seen > TAGS:
            return
        if match[0].endswith("/>"):
            continue
        known = "-" in name or "_" in name or name.lower() in _BLOCKS
        close = -1 if name in unclosed else text.find(f"</{name}>", at)
        if close < 0:
            unclosed.add(name)
            if not known:
                continue
            close = len(text)
        elif not known and "\n" not in text[at:close]:
            continue
        yield kept, match.start()
        if name == "command-args":
            yield at, close
        kept = at = min(len(text), close + len(name) + 3)
    yield kept, len(text)


def _opening_of_long(pieces: list[str]) -> list[str]:
    """Keep of a long text only a short first paragraph: the rest may well be pasted."""
    chars = sum(map(len, pieces))
    lines = sum(piece.count("\n") + 1 for piece in pieces)
    if chars <= LONG_CHARS and lines <= LONG_LINES:
        return pieces
    first = re.split(r"\n\s*\n", pieces[0], maxsplit=1)[0]
    return [first] if len(first) <= OPENING_CHARS else []
