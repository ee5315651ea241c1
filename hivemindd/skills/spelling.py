"""Names that begin with @ or $, written so that no assistant expands them.

When Claude Code loads a skill it reads the file behind every @ that follows a blank, in
inline code too, and replaces `$ARGUMENTS`, `$0` and `${CLAUDE_...}`; Codex is told by `$name`
to take a skill. A rule may well be about the package `@acme/ui` or the rune
`$state`. Its sign is spelled out, and a line at the end of the skill says what it stands
for. Whatever is not surely a name keeps its sign, and the guard refuses it.
"""

import re

AT, DOLLAR = "(at)", "(dollar)"
LEGENDS = {
    AT: f"Names: `{AT}` stands for the at sign.",
    DOLLAR: f"Names: `{DOLLAR}` stands for the dollar sign.",
}

_PART = r"[A-Za-z][\w-]*"
# An npm scope or package, an alias of a folder (@/lib), a decorator or a tag of a comment.
_AT_NAME = re.compile(
    rf"(?:(?<![\w@$~.%/\\&+-])|(?<=\w/))@(?:{_PART}(?:[/.]{_PART})*|(?:/{_PART})+)(?:/\*)?"
    r"(?![\w~:\\-]|\.[\w./~]|/(?!@[A-Za-z])|@(?![\^~]?\d|latest\b|next\b))"
)
_DOLLAR_NAME = re.compile(
    r"(?<![\w@$\\])\$(?!ARGUMENTS|CLAUDE_)(?!\w*(?:KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH))"
    r"[A-Za-z_]\w*",
    re.IGNORECASE,
)
# A file to read rather than a name.
_FILE = re.compile(
    r"\.(?:md|mdx|mdc|txt|rst|json\w*|ya?ml|toml|ini|cfg|conf|env|lock|log|csv|xml|html?|pdf|pem|"
    r"key|sh|bash|zsh|ps1|bat)$",
    re.IGNORECASE,
)
# Outside of code: told to read what follows, or to turn to a person.
_READS = re.compile(
    r"\b(?:read|include|load|open|see|follow|attach|fetch|insert|embed|consult|cat|source|obey)\w*"
    r"(?: (?:the|our|my|files?|all|of|from|in))* $",
    re.IGNORECASE,
)
_TURNS_TO = re.compile(
    r"\b(?:ask|ping|cc|tell|mention|notify|assign|e?mail|contact|inform|by|to|from)"
    r"(?: (?:the|our|my))* $",
    re.IGNORECASE,
)


def spell(text: str) -> str:
    """Return a text with the signs of its names spelled out; done twice it is the same."""
    parts = text.split("`")
    paired = len(parts) % 2 == 1
    for index, part in enumerate(parts):
        spelled = _spell_at(part, code=paired and index % 2 == 1)
        parts[index] = _DOLLAR_NAME.sub(lambda found: DOLLAR + found[0][1:], spelled)
    return "`".join(parts)


def _spell_at(text: str, *, code: bool) -> str:
    def spelled(found: re.Match[str]) -> str:
        name, before = found[0], (text, 0, found.start())
        asked = _READS.search(*before) or ("/" not in name and _TURNS_TO.search(*before))
        return name if _FILE.search(name) or (asked and not code) else AT + name[1:]

    return _AT_NAME.sub(spelled, text)
