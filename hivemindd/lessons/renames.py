"""What a person's own edit replaced: the one thing that every changed line swaps."""

import re
from difflib import SequenceMatcher
from itertools import groupby

_TOKEN = re.compile(r"[\w.$@#/-]*\w[!?]?|\s+|.", re.DOTALL)
MOST_LINES = 40


def replaced(diff: str) -> tuple[str, str] | None:
    """Return (before, after) when all changed lines swap the same name, else None.

    `diff` is a unified diff; lines that only move white space say nothing.
    """
    swaps = set()
    for before, after in _line_pairs(diff):
        swap = _swap(before, after)
        if swap is None:
            return None
        swaps.add(swap)
    return swaps.pop() if len(swaps) == 1 else None


def _line_pairs(diff: str) -> list[tuple[str, str]]:
    """Pair each removed line with the added line in its place; none when they do not pair."""
    pairs: list[tuple[str, str]] = []
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++", "@@"))]
    runs = [(sign, list(run)) for sign, run in groupby(lines, key=lambda line: line[:1])]
    for at, (sign, run) in enumerate(runs):
        after = runs[at + 1] if at + 1 < len(runs) else ("", [])
        before = runs[at - 1] if at else ("", [])
        if sign == "-":
            if after[0] != "+" or len(after[1]) != len(run):
                return []
            pairs += zip((x[1:] for x in run), (x[1:] for x in after[1]), strict=True)
        elif sign == "+" and before[0] != "-":
            return []
    return pairs[:MOST_LINES]


def _swap(before: str, after: str) -> tuple[str, str] | None:
    """Return the single name that differs between two lines."""
    old, new = _TOKEN.findall(before[:500]), _TOKEN.findall(after[:500])
    changes = {
        ("".join(old[a:b]).strip(), "".join(new[c:d]).strip())
        for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if tag != "equal" and "".join(old[a:b]).strip() != "".join(new[c:d]).strip()
    }
    if len(changes) != 1:
        return None
    was, is_now = changes.pop()
    names = all(re.fullmatch(r"[\w.$@#/-]*\w[!?]?", name) for name in (was, is_now))
    letters = all(re.search(r"[^\W\d_]{2}", name) for name in (was, is_now))
    return (was, is_now) if names and letters else None
