"""What a person is told before anything of theirs is read for the first time."""

import os

from hivemindd.paths import Paths

_WELCOME = """\
hivemindd reads the transcripts of Claude Code, Codex and Cursor, keeps them in
{state}, makes skills of corrections (review = true asks first).
Off: `hivemindctl pause`. Not in a project: {{"collect": false}} in its .hivemind.
"""


def welcome(paths: Paths) -> str:
    """Return three lines, or nothing where something has been captured already."""
    if os.path.exists(paths.log / "data.mdb"):  # noqa: PTH110  a folder closed to us raises nothing
        return ""
    inside = paths.state.is_relative_to(paths.home)
    state = f"~/{paths.state.relative_to(paths.home)}" if inside else str(paths.state)
    return _WELCOME.format(state=state)
