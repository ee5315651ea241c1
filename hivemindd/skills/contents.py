"""The files of one skill, in its folder that is held open: who may write what over what."""

import errno
import fcntl
import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Literal

from hivemindd.skills.files import TEMPORARY, replace, sweep
from hivemindd.skills.lineage import is_lineage
from hivemindd.skills.render import read_mark
from hivemindd.skills.root import read_file

SKILL = "SKILL.md"
LINEAGE = "lineage.json"
Outcome = Literal["written", "unchanged", "user-owned", "rolled-back", "deleted", "foreign"]


def write(
    folder: int, files: Mapping[str, bytes], expected: str, skill_id: str, older: Collection[str]
) -> Outcome:
    """Write the files of a skill, SKILL.md last; see `Project.write`."""
    _lock(folder)
    there = read_file(folder, SKILL)
    if there is None:
        obstacle = _obstacle(folder, expected)
    elif there == files[SKILL] or digest(there) == expected:
        obstacle = None
    else:
        obstacle = _owner(there, expected, skill_id, older)
    if obstacle:
        return obstacle
    sweep(folder)
    beside, lineage = read_file(folder, LINEAGE), files.get(LINEAGE)
    try:
        ours = beside is None or digest(beside) in older
        if beside is not None and there is None and not older:
            ours = is_lineage(beside, skill_id)  # we died over the first one, and noted nothing
        if lineage not in {None, beside} and ours:
            replace(folder, LINEAGE, lineage, lambda: read_file(folder, LINEAGE) == beside)
        if there == files[SKILL]:
            return "unchanged"
        written = replace(folder, SKILL, files[SKILL], lambda: read_file(folder, SKILL) == there)
    except OSError:
        if there is None and beside is None:  # then it is the one that was written just now
            with suppress(OSError):
                os.unlink(LINEAGE, dir_fd=folder)
        raise
    return "written" if written else "user-owned"


def restore(
    folder: int, files: Mapping[str, bytes], expected: str, older: Collection[str]
) -> Outcome:
    """Put back what lay there before; see `Project.restore`."""
    _lock(folder)
    there = read_file(folder, SKILL)
    if digest(there) != expected:
        return "user-owned"
    sweep(folder)
    beside, lineage = read_file(folder, LINEAGE), files.get(LINEAGE)
    if beside is None or digest(beside) in older:
        if lineage is not None:
            replace(folder, LINEAGE, lineage, lambda: read_file(folder, LINEAGE) == beside)
        elif beside is not None:
            os.unlink(LINEAGE, dir_fd=folder)
    written = replace(folder, SKILL, files[SKILL], lambda: read_file(folder, SKILL) == there)
    return "written" if written else "user-owned"


def _lock(folder: int) -> None:
    # Another thread of ours may be at work here: what it is writing is not to be swept.
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno == errno.EWOULDBLOCK:  # else it is a file system that locks no folders
            raise


def digest(data: bytes | None) -> str:
    """Return the hex SHA-256 of a file, empty for none.

    Git may check out what we wrote with other line ends (`eol=crlf`): they are no difference.
    """
    return "" if data is None else sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def _obstacle(folder: int, expected: str) -> Outcome | None:
    """Say what forbids to write the first SKILL.md into a folder."""
    if expected:
        return "deleted"
    return None if is_free(folder) else "foreign"


def is_free(folder: int) -> bool:
    """Tell whether a folder without a SKILL.md holds nothing but what precedes one of ours."""
    entries = os.listdir(folder)
    return all(entry == LINEAGE or entry.startswith(TEMPORARY) for entry in entries)


def _owner(there: bytes, expected: str, skill_id: str, older: Collection[str]) -> Outcome:
    """Say whose a SKILL.md is that we did not write last."""
    if digest(there) in older:
        return "rolled-back"
    mark = read_mark(there)
    return "user-owned" if expected or (mark and mark[0] == skill_id) else "foreign"
