"""Folders that the settings leave alone: `ignore = ["~/clients/**", "**/secret-*"]`.

A pattern names folders; what lies below one of them is left alone with it. `*` stands for
anything within a name, `**` for any number of names.
"""

import os
import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

_WILD = re.compile(r"[*?\[]")


def check_pattern(pattern: str) -> None:
    """Make sure that a pattern says where its folders lie.

    Raises:
        ValueError: it begins nowhere, so that nobody knows what it means.
    """
    begins = pattern == "~" or pattern.startswith(("~/", "/", "**/"))
    if not begins or not pattern.strip("/*") or "\0" in pattern:
        raise ValueError(
            f'ignore has {pattern!r}: name a folder as "~/clients", "/srv/clients" or "**/clients"'
        )


def find_pattern(folders: Iterable[Path], patterns: Sequence[str], *, home: Path) -> str:
    """Return the first pattern that one of some folders, or one above it, fits; else ""."""
    paths = [folder.parts[1:] for folder in folders]
    for pattern in patterns:
        names = _names(pattern, home)
        if any(_fits(names, path) for path in paths):
            return pattern
    return ""


def _names(pattern: str, home: Path) -> tuple[str, ...]:
    """Return the names of a pattern from the root on; the folder it begins in may be a link."""
    names = pattern.split("/")
    while names[-1] in {"", "**"}:
        names.pop()
    plain = next((n for n, name in enumerate(names) if _WILD.search(name)), len(names))
    if not plain:
        return tuple(names)
    begin = str(home) if names[0] == "~" else "/"
    return (*Path(os.path.realpath(Path(begin, *names[1:plain]))).parts[1:], *names[plain:])


def _fits(names: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Tell whether a path begins with folders of these names."""
    ends = {0}  # how many folders may have been passed with the names so far
    for name in names:
        if name == "**":
            ends = set(range(min(ends), len(path) + 1))
        else:
            ends = {end + 1 for end in ends if end < len(path) and fnmatchcase(path[end], name)}
        if not ends:
            return False
    return True
