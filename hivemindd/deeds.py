"""What was done in projects and decided by people: rows that tell of it, and undo it."""

from typing import Literal

import msgspec

Who = Literal["daemon", "user"]
What = Literal[
    "written",
    "removed",
    "moved",
    "linked",
    "unlinked",
    "prepared",
    "approved",
    "rejected",
    "retired",
    "pinned",
    "released",
    "undone",
    "allowed",
    "refused",
    "paused",
    "resumed",
    "forgotten",
]


class Deed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of the audit: who did what, and when (ms since 1970 UTC).

    `workspace` is empty where all are meant, `root` in the first project of one. `skill` is a
    name, `skill_id` stays the same over its versions. `before` and `after` are the hex SHA-256
    of a SKILL.md, empty where there is none. No field holds words of a transcript.
    """

    ts: int
    what: What
    who: Who
    workspace: str = ""
    root: str = ""
    skill: str = ""
    skill_id: str = ""
    lesson: str = ""
    before: str = ""
    after: str = ""


class Receipt(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a write or a removal of ours found in its place.

    `before` and `after` are the hex SHA-256 of SKILL.md, empty for none; `files` is what was
    there before, unless `lost` says why that was not kept. `lessons` are those that the skill
    had, `retired` those that went with it because a person said so. Until `done` it is only
    what was about to happen, in the folder `name`; `undoes` says that this is to carry out the
    one before it backwards, with which it goes.
    """

    before: str
    after: str
    name: str = ""
    files: dict[str, bytes] = {}
    lost: str = ""
    lessons: list[str] = []
    retired: list[str] = []
    undoes: bool = False
    done: bool = False
