"""A process that publishes under pressure: with a limit on files, and with no powers.

`python -m tests.skills.pressed ROOT HOME LIMIT ACT...` says what came of it in one line.
LIMIT is in bytes, 0 for none. Of the user root nothing is left but the number: modes and
owners count for it as they do for everybody.
"""

import ctypes
import os
import resource
import sys
from pathlib import Path

from hivemindd.errors import PublishError
from hivemindd.skills.contents import LINEAGE, SKILL
from hivemindd.skills.publish import Project
from tests.skills.make import ID, NAME, ONE, TWO, digest

_VERSION = 0x20080522
_LINEAGES = {ONE: b"{}\n", TWO: b"{ }\n"}


def drop_powers() -> None:
    """Give up all capabilities, where there are any."""
    if os.geteuid() == 0 and sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        header, none = (ctypes.c_uint32 * 2)(_VERSION, 0), (ctypes.c_uint32 * 6)()
        if libc.capset(header, none):
            raise OSError(ctypes.get_errno(), "capset")


def act(project: Project, what: str) -> str:
    """Do one of the things that publishing consists of."""
    ours = [digest(each) for each in _LINEAGES.values()]
    if what == "write":
        files = {SKILL: ONE, LINEAGE: _LINEAGES[ONE]}
        return project.write(NAME, files, expected="", skill_id=ID)
    if what == "renew":
        files = {SKILL: TWO, LINEAGE: _LINEAGES[TWO]}
        return project.write(NAME, files, expected=digest(ONE), skill_id=ID, older=ours)
    if what == "remove":
        return project.remove(NAME, expected=digest(ONE), older=ours)
    if what == "link":
        return str(project.link(NAME))
    project.prepare()
    return "prepared"


def main() -> None:
    """Publish."""
    root, home, limit, *acts = sys.argv[1:]
    drop_powers()
    if int(limit):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    for what in acts:
        try:
            with Project(Path(root), Path(home)) as project:
                outcome = act(project, what)
        except PublishError as error:
            outcome = str(error)
        sys.stdout.write(f"{outcome}\n")


if __name__ == "__main__":
    main()
