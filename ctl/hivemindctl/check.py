"""One line of `hivemindctl doctor`."""

import os
import stat
from pathlib import Path
from typing import Literal

import msgspec


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found; `note` is worth knowing and no failure."""

    check: str
    state: Literal["ok", "note", "fail"]
    found: str
    mend: str = ""


def ok(check: str, found: str) -> Check:
    """Return a line that all is well."""
    return Check(check=check, state="ok", found=found)


def note(check: str, found: str, mend: str) -> Check:
    """Return a line about what is worth knowing."""
    return Check(check=check, state="note", found=found, mend=mend)


def fail(check: str, found: str, mend: str) -> Check:
    """Return a line about what a person has to mend."""
    return Check(check=check, state="fail", found=found, mend=mend)


def is_private(path: Path) -> bool:
    """Tell whether only its owner, who is us, can reach a file."""
    status = path.stat(follow_symlinks=False)
    return status.st_uid == os.getuid() and not stat.S_IMODE(status.st_mode) & 0o077
