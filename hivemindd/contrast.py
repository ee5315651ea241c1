"""What a sentence tells to leave, beside what it tells to do.

"Use httpx, not curl" names curl without asking for it. Such a name may be dangerous as an
instruction and is none here. To be sure of that, little is recognised: a word of contrast
right before the name, in a sentence that has no other negation and no condition before it,
and after it the end of the clause. What is not surely left counts as asked for.
"""

import re
from collections.abc import Iterator

Span = tuple[int, int]

_CONTRAST = re.compile(
    r"\b(?:(?:not|never|instead of|rather than|in place of|avoid|no|"
    r"(?:do not|don['\u2019]t)(?: ever)? (?:use|run|call)|"
    r"(?P<prefer>over)|(?P<without>without))\s+)"
    r"(?:(?:use|using|run|running|call|calling|to|the|a|an|any|plain|raw|bare|direct)\s+){0,2}"
    r"(?=[`\w(.-])",
    re.IGNORECASE,
)
# A negation or a condition before the contrast may turn it into its opposite.
_DOUBT = re.compile(
    r"\b(?:not|never|no|none|nobody|nothing|neither|nor|cannot|without|avoid\w*|instead|rather|"
    r"stop\w*|refus\w*|fail\w*|break\w*|forget\w*|forgot|lack\w*|hardly|barely|only|unable|"
    r"impossible|bad|wrong|if|unless|until|when\w*|whether|while|where\w*|why|who|or|because|"
    r"since|except)\b|\w+n['\u2019]t\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.;:!?]\s+")
_PREFERS = re.compile(r"\bprefer\w*\b", re.IGNORECASE)
_ORDERS = re.compile(r"(?:use|run|install|start|build|call|execute|write)\b", re.IGNORECASE)
_CODE = r"`[^`]+`"
_NAME = r"[./\w-]*\w(?:\(\))?(?: -{1,2}[\w-]+)*"
_ITEM = re.compile(rf"{_CODE}|{_NAME}")
_NEXT = re.compile(rf"(?P<comma>, )(?=(?:{_CODE}|{_NAME})(?:, | or | nor )|or )|,? n?or |/")
_CLAUSE_END = re.compile(
    r"$|[.,;:!?)](?!\w)|\s(?:in|for|on|at|here|directly|inside|within|anywhere|ever|by|from|with)\b",
    re.IGNORECASE,
)


def left(text: str) -> list[Span]:
    """Return where a text names what it tells to leave: from and to, in order."""
    return [span for match in _CONTRAST.finditer(text) for span in _named(text, match)]


def is_left(span: Span, spans: list[Span]) -> bool:
    """Tell whether a part of a text lies wholly within what it tells to leave."""
    return any(start <= span[0] and span[1] <= end for start, end in spans)


def _named(text: str, match: re.Match[str]) -> Iterator[Span]:
    """Yield the names after one word of contrast, none where it may mean something else."""
    before = _SENTENCE.split(text[: match.start()])[-1]
    if _DOUBT.search(before) or (match["prefer"] and not _PREFERS.search(before)):
        return
    spans = list(_items(text, match.end()))
    end = spans[-1][1] if spans else 0
    # "Without x" tells to leave it in an order, and nowhere else.
    alone = match["without"] and not (_ORDERS.match(text) and not text[end:].strip(" ."))
    if spans and not alone and _CLAUSE_END.match(text, end):
        yield from spans


def _items(text: str, at: int) -> Iterator[Span]:
    """Yield the members of a list such as "a, `b` or c", which begins at `at`."""
    while found := _ITEM.match(text, at):
        yield found.span()
        joined = _NEXT.match(text, found.end())
        if not joined:
            return
        at = joined.end()
