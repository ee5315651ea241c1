"""Blocks between tags in a prompt: what assistants and pages put there, cut out.

The names of those that assistants use are known, or hold a hyphen or an underscore; other
tags make a block only over several lines.
"""

import re

TAGS = 200

_TAG = re.compile(r"<(?:!--|(/?)([A-Za-z][A-Za-z0-9_-]{0,40})(?=[\s>/])[^<>\n]{0,300}>)|(-->)")
_KNOWN = frozenset(
    {
        *("bridge", "channel", "document", "environments", "error", "file", "heartbeat", "image"),
        *("instructions", "log", "output", "paste", "permissions", "rules", "selection", "skill"),
        *("stderr", "stdin", "stdout", "system", "tick", "timestamp", "ultrawork", "untrusted"),
    }
)
_ARGUMENTS = "command-args"

Span = tuple[int, int]


def outside_blocks(text: str) -> list[Span]:
    """Return the spans of a text outside the blocks in it, in their order.

    A known block that is never closed runs to the end (its end may have been cut off). One
    that quotes its own tag ends where the outermost does; behind its end, what a further
    closing tag ends is taken for a part of it. The arguments of a slash command are a
    person's. What stands behind hundreds of tags is a pasted page, and never looked at.
    """
    spans: list[Span] = []
    kept = at = seen = 0
    unclosed: set[str] = set()
    ended: dict[str, int] = {}
    addressed = text.lstrip().startswith("<command-")
    while match := _TAG.search(text, at):
        slash, name, at = match[1] or match[3], match[2] or "", match.end()
        if (seen := seen + (not match[3])) > TAGS:
            return spans
        if addressed and name == _ARGUMENTS:
            if slash:
                spans.append((kept, match.start()))
            kept = at
        elif not slash:
            if (end := _end(text, match, unclosed)) >= 0:
                spans.append((kept, match.start()))
                kept = at = ended[name] = end
        elif name in ended:
            while spans and spans[-1][1] > ended[name]:
                spans.pop()
            kept = ended[name] = at
    return [*spans, (kept, len(text))]


def is_known(name: str) -> bool:
    """Tell whether a tag is one that programs put into prompts, even on a single line."""
    return "-" in name or "_" in name or name.lower() in _KNOWN


def _end(text: str, opening: re.Match[str], unclosed: set[str]) -> int:
    """Return where the block ends that a tag opens, -1 where it opens none."""
    name, at = opening[2], opening.end()
    if not name:
        end = text.find("-->", at)
        return end if end < 0 else end + 3
    if opening[0].endswith("/>") or name in unclosed:
        return -1
    end = _closing(text, name, at)
    if end < 0:
        unclosed.add(name)
        return len(text) if is_known(name) else -1
    return end if is_known(name) or "\n" in text[at:end] else -1


def _closing(text: str, name: str, at: int) -> int:
    """Return where the block ends that is open at `at`: with its tag, else -1.

    One with hundreds of tags of its own name is taken to run to the end.
    """
    if text.find(f"</{name}", at) < 0:
        return -1
    depth, end = 1, -1
    tags = re.compile(rf"<(/?){re.escape(name)}(?=[\s>/])[^<>\n]{{0,300}}>")
    for seen, tag in enumerate(tags.finditer(text, at)):
        if seen > TAGS:
            return len(text)
        if not tag[0].endswith("/>"):
            depth += -1 if tag[1] else 1
            end = tag.end() if tag[1] else end
        if not depth:
            break
    return end
