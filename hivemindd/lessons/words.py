"""A person's own words inside a prompt: what may be quoted, and nothing else.

A prompt also carries what a person did not write: blocks that the assistant added, fenced
code, quoted lines, pasted logs, diffs, stack traces, bot reviews. Those parts are removed
here, so that no text which an agent or a web page wrote can pass for a person's.
"""

import re

from hivemindd.lessons.blocks import outside_blocks
from hivemindd.lessons.pasted import Kind, Reader, own_spans
from hivemindd.lessons.reviews import is_review

LONG_CHARS = 1_500
LONG_LINES = 25
OPENING_CHARS = 300

# What programs say in a person's place, by how it opens.
_OPENINGS = (
    "[Request interrupted by user",
    "Caveat: The messages below were generated",
    "This session is being continued from a previous conversation",
    "Your task is to create a detailed summary",
    "Another language model started to solve",
    "You are performing a CONTEXT CHECKPOINT",
    "## Context from previous session",
    "Another Claude session sent",
    "Base directory for this skill:",
    "# AGENTS.md instructions",
    "The following is the Codex agent history",
    "<<autonomous-loop",
    "Automation:",
    "Implement the following plan:",
    "Execute the following plan:",
    "PLEASE IMPLEMENT THIS PLAN",
    "Add file to the chat?",
    "Run shell command?",
    "@agent Continue",
    "[SUGGESTION MODE",
    "Generate a short title",
    "Provide a brief synopsis",
    "Unknown slash command",
    "[Image: source",
    "Your tool call was malformed",
    "▣ DCP |",
    "[SYSTEM DIRECTIVE",
    "[search-mode]",
    "[analyze-mode]",
    "[BACKGROUND TASK",
    "# Agent Instructions",
    "Judge the candidates in this data.",
    "Operation stopped by hook:",
    "Your response above was cut off mid-stream",
    "Warning: apply_patch was requested via",
    "Warning: The maximum number of unified exec processes",
    "Review the current code changes (staged, unstaged, and untracked files)",
    "Review the code changes against the base branch",
    "Review the code changes introduced by commit",
    "Generate a file named AGENTS.md that serves as a contributor guide",
    "The above subagent result is already visible",
    "The beginning of the above subagent result is already visible",
    "Perform any necessary follow-up actions in response to the subagent completion",
    "Briefly inform the user about the task result",
)
# What they say and nothing else: a person may begin so, too, and go on.
_WHOLE = frozenset(
    {
        "Continue from where you left off",
        "Continue from where you left off.",
        "Implement the plan.",
        "Tool loaded.",
        "Warmup",
        "What did we do so far?",
    }
)
# Of the openings, what runs to the end of a prompt wherever it begins: no person opens a line so.
_RUN_ON = (
    "Caveat: The messages below were generated",
    "This session is being continued from a previous conversation",
    "Your task is to create a detailed summary",
    "Another language model started to solve",
    "You are performing a CONTEXT CHECKPOINT",
    "## Context from previous session",
    "Base directory for this skill:",
    "# AGENTS.md instructions",
    "The following is the Codex agent history",
    "Judge the candidates in this data.",
    "[BACKGROUND TASK",
    "[Request interrupted by user",
    "[SUGGESTION MODE",
    "[SYSTEM DIRECTIVE",
    "▣ DCP |",
)
_HOOK = re.compile(r"[\w:.-]{1,80} hook (?:feedback\s*(?::|$)|blocking error from command)")
_PROGRAM = re.compile(
    r"API Error\s*[:(\d]"
    r"|A session-scoped (?:[\w-]+ ){0,2}(?:hook|timer|loop|task|job|cron|schedule|reminder)\b"
    r"|Verify this issue exists and fix it(?:[.:]|\s*$)"
    r"|Your name is [^a-z]"
    r"|You are (?:an?|the) (?!\w+(?: here\b|, (?:so|stop|not|never|don't|do not)\b))"
    r"[^.\n]{0,80}\b(?:agent|reviewer|expert)\b"
)


def own_words(text: str) -> str:
    """Return what a person wrote in `text`, empty when it holds nothing of theirs."""
    return "\n".join(segments(text))


def segments(text: str) -> list[str]:
    """Return the person's own pieces of `text` in order, each an exact substring of it."""
    if _is_program(text.lstrip()[:OPENING_CHARS]):
        return []
    # Terminals paste lines that end in carriage returns alone.
    reader = Reader("\n" if "\n" in text else "\r")
    lines = [line for part in outside_blocks(text) for line in reader.read(text, *part)]
    begun = False
    for at, (start, end, kind) in enumerate(lines):
        opening = text[start:end].lstrip()[:OPENING_CHARS]
        if kind == Kind.MARKED or not opening:
            continue
        if is_review(opening) or (not begun and _is_program(opening)):
            return []
        if opening.startswith(_RUN_ON) or _HOOK.match(opening):
            lines = lines[:at]
            break
        begun = True
    pieces = [text[start:end].strip() for start, end in own_spans(lines)]
    pieces = [piece for piece in pieces if any(c.isalnum() for c in piece)]
    return [] if "\n".join(pieces) in _WHOLE else _opening_of_long(pieces)


def _is_program(opening: str) -> bool:
    """Tell whether a prompt that opens like this is a program's."""
    return opening.startswith(_OPENINGS) or bool(_HOOK.match(opening) or _PROGRAM.match(opening))


def _opening_of_long(pieces: list[str]) -> list[str]:
    """Keep of a long text only a short first paragraph: the rest may well be pasted."""
    chars = sum(map(len, pieces))
    lines = sum(len(piece.splitlines()) for piece in pieces)
    if chars <= LONG_CHARS and lines <= LONG_LINES:
        return pieces
    first = re.split(r"\n\s*\n|\r\r", pieces[0], maxsplit=1)[0].rstrip()
    return [first] if len(first) <= OPENING_CHARS else []
