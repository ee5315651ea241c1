"""What a Codex patch does to each file: from the text of `apply_patch`, and from its result.

The text is the format that `apply_patch` takes (`*** Begin Patch` ... `*** End Patch`),
given to the tool or inside a shell command. The result is the `changes` of a
FileChange or `patch_apply_end`, which says more (whole content, line numbers).
"""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from hivemindd.assistants.codex.records import Change

_BEGIN, _END = "*** Begin Patch", "*** End Patch"
_FILE = re.compile(r"\*\*\* (Add|Update|Delete) File: (.+)")
_MOVE = re.compile(r"\*\*\* Move to: (.+)")
_COMMAND = re.compile(r"(?:^|[;&|\n(])[ \t]*(?:apply_patch|applypatch)\b")
_FOLDER = re.compile(r"""\s*cd\s+(?:'([^']+)'|"([^"]+)"|([^\s;&]+))\s*&&""")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\\\")


class FileDiff(msgspec.Struct, frozen=True):
    """One file of a patch: where it was, where it is now, and a diff of hunks only."""

    path: str
    diff: str
    now: str


def from_changes(changes: Mapping[str, Change]) -> Iterator[FileDiff]:
    """Yield the files of a patch result."""
    for path, change in changes.items():
        match change.type:
            case "add":
                diff = _whole(change.content, "+")
            case "delete":
                diff = _whole(change.content, "-")
            case _:
                diff = change.unified_diff
        yield _moved(path, diff, change.move_path or "")


def from_text(text: str, folder: str) -> Iterator[FileDiff]:
    """Yield the files of a patch text; paths are relative to `folder`."""
    lines = text.partition(_BEGIN)[2].partition(_END)[0].removesuffix("\n").split("\n")[1:]
    path = moved = ""
    kind = ""
    body: list[str] = []
    for line in [*lines, None]:
        file = _FILE.match(line) if line is not None else None
        if line is None or file is not None:
            if path:
                yield _parsed(kind, path, moved, body)
            if file is None:
                continue
            kind, path, moved, body = file[1], resolve(file[2].strip(), folder), "", []
        elif (move := _MOVE.match(line)) is not None:
            moved = resolve(move[1].strip(), folder)
        elif not line.startswith("***"):
            body.append(line)


def in_command(command: str | Sequence[str], folder: str) -> tuple[str, str]:
    """Return the patch that a shell command applies and the folder it is relative to.

    The patch is empty when the command applies none.
    """
    if not isinstance(command, str):
        words = list(command)
        if len(words) == 2 and words[0] in ("apply_patch", "applypatch"):
            return words[1], folder
        command = words[-1] if words else ""
    start = command.find(_BEGIN)
    if start < 0 or _COMMAND.search(command, 0, start) is None:
        return "", folder
    if (inside := _FOLDER.match(command)) is not None:
        folder = resolve(inside[1] or inside[2] or inside[3], folder)
    return command[start:], folder


def resolve(path: str, folder: str) -> str:
    """Make a path absolute, as Codex does in its results."""
    if path.startswith("/") or _DRIVE.match(path) or not folder:
        return path
    return posixpath.normpath(posixpath.join(folder, path))


def _parsed(kind: str, path: str, moved: str, body: Sequence[str]) -> FileDiff:
    if kind == "Add":
        content = "".join(f"{line[1:]}\n" for line in body if line.startswith("+"))
        return FileDiff(path, _whole(content, "+"), path)
    if kind == "Delete":
        return FileDiff(path, "", path)
    if body and not body[0].startswith("@@"):
        body = ["@@", *body]
    return _moved(path, "".join(f"{line}\n" for line in body), moved)


def _moved(path: str, diff: str, moved: str) -> FileDiff:
    if not moved or moved == path:
        return FileDiff(path, diff, path)
    return FileDiff(path, f"rename from {path}\nrename to {moved}\n{diff}", moved)


def _whole(content: str, sign: str) -> str:
    """Write the diff that adds or removes a whole file."""
    if not content:
        return ""
    lines = content.removesuffix("\n").split("\n")
    span = f"1,{len(lines)}" if len(lines) > 1 else "1"
    header = f"@@ -0,0 +{span} @@" if sign == "+" else f"@@ -{span} +0,0 @@"
    text = "".join(f"{sign}{line}\n" for line in lines)
    end = "" if content.endswith("\n") else "\\ No newline at end of file\n"
    return f"{header}\n{text}{end}"
