"""What Cursor's tools change in files, seen from their inputs: all that a transcript keeps.

The diffs are unified diffs without file headers. Where in its file a fragment lies is not
known, so that the line numbers count from the beginning of the fragment.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

COMPARED_LINES = 1_000

_FILE_MARKS = ("*** Update File: ", "*** Add File: ", "*** Delete File: ")
_MOVE = "*** Move to: "


class Change(NamedTuple):
    """One file that a tool call changes; a deleted file has no diff."""

    path: str
    diff: str


def changes(tool: str, given: object) -> list[Change]:
    """Return what a tool call would change, nothing for tools that edit no files."""
    if tool == "ApplyPatch":
        return list(_patched(_patch_text(given)))
    read = _READERS.get(tool)
    if read is None or not isinstance(given, dict):
        return []
    change = read(given)
    return [change] if change.path else []


def _text(given: dict[str, Any], name: str) -> str:
    """Return a text of a tool's input, empty when there is none."""
    value = given.get(name)
    return value if isinstance(value, str) else ""


def _written(given: dict[str, Any]) -> Change:
    """Read `Write`; what the file held before is not known."""
    return Change(_text(given, "path"), compare("", _text(given, "contents")))


def _replaced(given: dict[str, Any]) -> Change:
    """Read `StrReplace` and, by its notebook, `EditNotebook`."""
    path = _text(given, "path") or _text(given, "target_notebook")
    return Change(path, compare(_text(given, "old_string"), _text(given, "new_string")))


def _deleted(given: dict[str, Any]) -> Change:
    """Read `Delete`."""
    return Change(_text(given, "path"), "")


_READERS: dict[str, Callable[[dict[str, Any]], Change]] = {
    "Write": _written,
    "StrReplace": _replaced,
    "EditNotebook": _replaced,
    "Delete": _deleted,
}


def compare(old: str, new: str) -> str:
    """Return the diff of two fragments; long ones are replaced as a whole."""
    before, after = _lines(old), _lines(new)
    if not before or not after or max(len(before), len(after)) > COMPARED_LINES:
        return _hunk([*(f"-{line}" for line in before), *(f"+{line}" for line in after)])
    diff = difflib.unified_diff(before, after, lineterm="")
    return "".join(f"{line}\n" for line in list(diff)[2:])


def _lines(text: str) -> list[str]:
    """Split a text at its newlines only."""
    return text.removesuffix("\n").split("\n") if text else []


def _hunk(lines: list[str], place: str = "") -> str:
    """Put the header before the lines of one hunk."""
    if not lines:
        return ""
    old = sum(not line.startswith("+") for line in lines)
    new = sum(not line.startswith("-") for line in lines)
    header = f"@@ -{_span(old)} +{_span(new)} @@ {place}".rstrip()
    return "".join(f"{line}\n" for line in [header, *lines])


def _span(count: int) -> str:
    """Return one side of a hunk header."""
    return "1" if count == 1 else f"{min(count, 1)},{count}"


def _patch_text(given: object) -> str:
    """Find the patch in the input of `ApplyPatch`, mostly a bare text."""
    texts: Iterable[object] = given.values() if isinstance(given, dict) else [given]
    return next((text for text in texts if isinstance(text, str) and "*** " in text), "")


def _patched(patch: str) -> Iterator[Change]:
    """Yield the files of a patch in the format that begins with `*** Begin Patch`."""
    path = ""
    place = ""
    hunks: list[str] = []
    lines: list[str] = []
    for line in [*patch.partition("\n*** End Patch")[0].split("\n"), _FILE_MARKS[0]]:
        mark = next((mark for mark in _FILE_MARKS if line.startswith(mark)), "")
        if mark or line.startswith("@@"):
            hunks.append(_hunk(lines, place))
            lines = []
            place = line.removeprefix("@@").removesuffix("@@").strip()
        if mark:
            if path:
                yield Change(path, "".join(hunks))
            path, place, hunks = line.removeprefix(mark).strip(), "", []
        elif line.startswith(_MOVE):
            path = line.removeprefix(_MOVE).strip()
        elif line.startswith(("+", "-", " ")):
            lines.append(line)
        elif not line and lines:
            lines.append(" ")
