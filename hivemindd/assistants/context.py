"""Blocks between tags that a program put into a person's prompt."""

import re
from collections import defaultdict, deque
from collections.abc import Iterable


def without_blocks(text: str, tags: re.Pattern[str]) -> str:
    """Return a text without its blocks; `tags` finds a slash or nothing, and a name.

    A block may quote its own tag: it ends where the outermost one does, or where the last
    one does if that is never closed, and goes on to a further tag that closes it again. One
    that is not closed at all stays. Linear.
    """
    found = list(tags.finditer(text))
    later: defaultdict[str, deque[re.Match[str]]] = defaultdict(deque)
    for tag in found:
        later[tag[2]].append(tag)
    kept: list[tuple[int, int]] = []
    ended: dict[str, int] = {}
    endless: set[str] = set()
    at = 0
    for tag in found:
        slash, name = tag.groups()
        later[name].popleft()
        if tag.start() < at:
            continue
        if slash and name in ended:
            while kept and kept[-1][1] > ended[name]:
                kept.pop()
            at = ended[name] = tag.end()
        elif not slash and name not in endless:
            end = _end(later[name])
            if end < 0:
                endless.add(name)
            else:
                kept.append((at, tag.start()))
                at = ended[name] = end
    return "".join([text[start:end] for start, end in (*kept, (at, len(text)))])


def _end(later: Iterable[re.Match[str]]) -> int:
    """Return where the block ends whose later tags of the same name these are, else -1."""
    depth, end = 1, -1
    for tag in later:
        depth += -1 if tag[1] else 1
        if tag[1]:
            end = tag.end()
        if not depth:
            break
    return end
