"""Edits of Claude Code as unified diffs, and the files that they leave behind.

`toolUseResult` of Edit, Write and the old MultiEdit holds a `structuredPatch` and mostly the
file before it. The patch is made for the screen: leading tabs are two spaces in it.
"""

import difflib
from typing import Any, NamedTuple

import msgspec

TOOLS = frozenset({"Edit", "MultiEdit", "NotebookEdit", "Write"})

_CONTEXT = 3
# Above this many lines on both sides the search for a short diff could take seconds.
_SEARCHED = 4_000
# A few words in a transcript can ask for more than any memory holds, or anybody waits for.
_LONGEST = 8 << 20
_WORK = 256 << 20
_MARKER = b'"structuredPatch":'
# How reports of edits begin. They hold whole files, so nothing is looked for in these.
_EDITS = (b'{"filePath":', b'{"type":"create","filePath":', b'{"type":"update","filePath":')


class Hunk(msgspec.Struct, rename="camel", gc=False):
    """A hunk of a patch; each line has its sign in front."""

    old_start: int = 0
    old_lines: int = 0
    new_start: int = 0
    new_lines: int = 0
    lines: list[str] = []


class Replacement(msgspec.Struct, gc=False):
    """One replacement of an Edit or MultiEdit call."""

    old_string: str = ""
    new_string: str = ""
    replace_all: bool | None = None


class Change(msgspec.Struct, rename="camel"):
    """What an edit tool reports: how a file was and what was done to it."""

    type: str | None = None
    file_path: str = ""
    content: str | None = None
    original_file: str | None = None
    original_file_contents: str | None = None
    old_string: str | None = None
    new_string: str | None = None
    replace_all: bool | None = None
    edits: list[Replacement] | None = None
    structured_patch: list[Hunk] | None = None

    def before(self) -> str | None:
        """Return the file as it was, None when the report does not hold it."""
        if self.original_file is not None:
            return self.original_file
        if self.original_file_contents is not None:
            return self.original_file_contents
        return "" if self.type == "create" else None

    def after(self) -> str | None:
        """Return the file as the agent left it, None when that cannot be told."""
        if self.content is not None:
            return self.content
        text = self.before()
        work = 0
        for step in self.replacements():
            if text is None or (work := work + len(text)) > _WORK:
                return None
            text = _replace(text, step)
        return text

    def replacements(self) -> list[Replacement]:
        """Return what was replaced, in order."""
        if self.edits is not None:
            return self.edits
        if self.old_string is None or self.new_string is None:
            return []
        return [Replacement(self.old_string, self.new_string, self.replace_all)]


class Asked(msgspec.Struct):
    """The input of an edit tool."""

    file_path: str | None = None
    notebook_path: str | None = None
    content: str | None = None
    new_source: str | None = None
    old_string: str | None = None
    new_string: str | None = None
    replace_all: bool | None = None
    edits: list[Replacement] | None = None


class Window(NamedTuple):
    """Some lines of a file, from the line `start` on, which counts from 0."""

    start: int
    lines: list[str]


_NOWHERE = Window(0, [])
_CHANGE = msgspec.json.Decoder(Change)


def decode_change(result: bytes) -> Change | None:
    """Return the edit that a `toolUseResult` reports, None when it is something else."""
    # The marker cannot stand inside a string, where its quotes would be escaped.
    if not result.startswith(_EDITS) and _MARKER not in result:
        return None
    try:
        change = _CHANGE.decode(result)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return None
    if change.structured_patch is None and _MARKER not in result:
        return None
    return change if change.file_path else None


def diff_of(change: Change) -> str:
    """Return the unified diff of an applied edit, without file headers; empty for none."""
    if change.structured_patch:
        return _render(change.structured_patch, *_windows(change))
    before, after = change.before(), change.after()
    if before is not None and after is not None:
        return unified(before, after)
    if change.content is not None:
        return ""
    return _all_of(change.replacements())


def diff_of_input(given: dict[str, Any]) -> tuple[str, str]:
    """Return path and diff that an edit tool was asked for, for want of a report.

    Line numbers count from the replaced text, since the rest of the file is not known.
    """
    try:
        asked = msgspec.convert(given, Asked)
    except msgspec.MsgspecError:
        return "", ""
    path = asked.file_path or asked.notebook_path or ""
    content = asked.content if asked.content is not None else asked.new_source
    if content is not None:
        return path, unified("", content)
    steps = asked.edits or [
        Replacement(asked.old_string or "", asked.new_string or "", asked.replace_all)
    ]
    return path, _all_of(steps)


def unified(before: str, after: str) -> str:
    """Return the exact unified diff of two texts, without file headers; empty when equal.

    Only the part that differs is searched, so that a small change to a large file is
    cheap; where it is large itself, it is shown as one block out and one block in.
    """
    old, new = _lines(before), _lines(after)
    shared = min(len(old), len(new))
    head = 0
    while head < shared and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < shared - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    if head == len(old) == len(new):
        return ""
    first = max(0, head - _CONTEXT)
    last = max(0, tail - _CONTEXT)
    old, new = old[first : len(old) - last], new[first : len(new) - last]
    if len(old) + len(new) > _SEARCHED and min(len(old), len(new)) > _CONTEXT * 2:
        lines = _block(old, new, head - first, tail - last)
    else:
        lines = list(difflib.unified_diff(old, new, n=_CONTEXT, lineterm=""))[2:]
    return "\n".join(_moved(line, first) if line.startswith("@@") else line for line in lines)


def _block(old: list[str], new: list[str], head: int, tail: int) -> list[str]:
    """Return one hunk that takes all differing lines out and puts the new ones in."""
    ends = len(old) - tail
    return [
        f"@@ -1,{len(old)} +1,{len(new)} @@",
        *(" " + line for line in old[:head]),
        *("-" + line for line in old[head:ends]),
        *("+" + line for line in new[head : len(new) - tail]),
        *(" " + line for line in old[ends:]),
    ]


def _moved(header: str, by: int) -> str:
    """Move the line numbers of a hunk header."""
    sides = []
    for side in header.split(" ")[1:3]:
        start, comma, count = side.partition(",")
        sides.append(f"{start[0]}{int(start[1:]) + by}{comma}{count}")
    return f"@@ {' '.join(sides)} @@"


def _lines(text: str) -> list[str]:
    """Return the lines of a file, however they end."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines] if "\r" in text else lines


def _all_of(steps: list[Replacement]) -> str:
    """Return the diffs of some replacements one after the other."""
    return "\n".join(filter(None, (unified(s.old_string, s.new_string) for s in steps)))


def _render(hunks: list[Hunk], old: Window, new: Window) -> str:
    """Return a structured patch as text, with the tabs that it had lost."""
    lines = []
    for hunk in hunks:
        lines.append(f"@@ -{hunk.old_start},{hunk.old_lines} +{hunk.new_start},{hunk.new_lines} @@")
        was, becomes = hunk.old_start - 1 - old.start, hunk.new_start - 1 - new.start
        for line in hunk.lines:
            sign = line[:1]
            if sign == "+":
                lines.append("+" + _exact(line[1:], new.lines, becomes))
                becomes += 1
            elif sign in {"-", " "}:
                lines.append(sign + _exact(line[1:], old.lines, was))
                was += 1
                becomes += sign == " "
            else:
                lines.append(line)
    return "\n".join(lines)


def _windows(change: Change) -> tuple[Window, Window]:
    """Return the lines around an edit before and after it, where a tab may be among them."""
    before = change.before()
    if before is None or "\t" not in before:
        return _NOWHERE, _NOWHERE
    steps = change.replacements()
    at = before.find(steps[0].old_string) if len(steps) == 1 else -1
    if at < 0 or steps[0].replace_all:
        after = change.after()
        new = _NOWHERE if after is None else Window(0, after.split("\n"))
        return Window(0, before.split("\n")), new
    # One replacement in a long file: its neighbourhood is enough.
    end = at + len(steps[0].old_string)
    first, last = at, end
    for _ in range(_CONTEXT + 2):
        first = before.rfind("\n", 0, max(first, 0))
        last = before.find("\n", last + 1) if last >= 0 else last
    first, last = first + 1, last if last >= 0 else len(before)
    start = before.count("\n", 0, first)
    becomes = before[first:at] + steps[0].new_string + before[end:last]
    return Window(start, before[first:last].split("\n")), Window(start, becomes.split("\n"))


def _exact(shown: str, lines: list[str], at: int) -> str:
    """Return the line of the file that a line of the patch shows."""
    if 0 <= at < len(lines):
        line = lines[at]
        if line == shown or _shown(line) == shown:
            return line
    return shown


def _shown(line: str) -> str:
    """Return how a patch shows a line."""
    text = line.lstrip("\t")
    return "  " * (len(line) - len(text)) + text


def _replace(text: str, step: Replacement) -> str | None:
    """Return a text after a replacement, None when what it replaces is not there."""
    old, new = step.old_string, step.new_string
    if not old:
        return None if text else new
    at = text.find(old)
    if at < 0:
        return None
    # Deleting whole lines takes their line end along.
    if not new and not old.endswith("\n") and old + "\n" in text:
        old += "\n"
        at = text.find(old)
    if step.replace_all:
        grown = len(text) + text.count(old) * (len(new) - len(old))
        return text.replace(old, new) if grown <= _LONGEST else None
    return text[:at] + new + text[at + len(old) :]
