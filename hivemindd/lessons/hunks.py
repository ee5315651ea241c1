"""The hunks of a unified diff without file headers, and their application to a text."""

import re
from collections.abc import Sequence

import msgspec

_HEADER = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")


class Hunk(msgspec.Struct, frozen=True):
    """One hunk: both sides with their context; `start` counts from 1, 0 when it is not said."""

    start: int
    old: list[str]
    new: list[str]
    removed: list[str]
    added: list[str]


def parse(diff: str) -> list[Hunk]:
    """Return the hunks of a diff; lines before the first header are one without a place."""
    hunks: list[Hunk] = []
    for line in diff.split("\n"):
        if line.startswith("@@"):
            header = _HEADER.match(line)
            # A side without lines is named by the line before it.
            empty = header is not None and header[2] == "0"
            hunks.append(_hunk(int(header[1]) + empty if header else 0))
            continue
        sign, text = line[:1], line[1:]
        if sign not in {"+", "-", " "}:
            continue
        if not hunks:
            hunks.append(_hunk(0))
        hunk = hunks[-1]
        if sign != "+":
            hunk.old.append(text)
        if sign != "-":
            hunk.new.append(text)
        if sign != " ":
            (hunk.added if sign == "+" else hunk.removed).append(text)
    return [hunk for hunk in hunks if hunk.removed or hunk.added]


def whole(diff: str) -> str | None:
    """Return the text of a file that a diff creates, None when it changes one that was there."""
    if not diff.startswith("@@ -0,0 +"):
        return None
    hunks = parse(diff)
    if len(hunks) != 1 or hunks[0].old:
        return None
    return "".join(f"{line}\n" for line in hunks[0].added)


def apply(text: str, hunks: Sequence[Hunk]) -> str | None:
    """Return a text after some hunks, None unless each has exactly one place in it.

    The line that a hunk names is believed from the second on: diffs of mere fragments
    count their lines from 1.
    """
    lines = text.removesuffix("\n").split("\n") if text else []
    moved = 0
    for hunk in hunks:
        at = hunk.start - 1 + moved
        count = len(hunk.old)
        if hunk.start <= 1 or at < 0 or lines[at : at + count] != hunk.old:
            places = _places(lines, hunk.old)
            if len(places) != 1:
                return None
            at = places[0]
        lines[at : at + count] = hunk.new
        moved += len(hunk.new) - count
    return "".join(f"{line}\n" for line in lines)


def changed_lines(diff: str) -> tuple[list[str], list[str]]:
    """Return the lines that a diff takes out and those that it puts in."""
    hunks = parse(diff)
    return [x for h in hunks for x in h.removed], [x for h in hunks for x in h.added]


def _hunk(start: int) -> Hunk:
    return Hunk(start, [], [], [], [])


def _places(lines: Sequence[str], block: Sequence[str]) -> list[int]:
    if not block:
        return []
    first, count = block[0], len(block)
    return [
        at
        for at, line in enumerate(lines)
        if line == first and list(lines[at : at + count]) == list(block)
    ][:2]
