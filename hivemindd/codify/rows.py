"""Rows of skills: how they are changed, and what the audit says of it."""

from collections.abc import Callable
from typing import Any

import msgspec

from hivemindd.deeds import Deed, What, Who
from hivemindd.log.keys import skill_key, text_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import LESSONS, SKILLS, Txn
from hivemindd.records import Skill


def change(
    log: Log, skill: Skill, also: Callable[[Txn], object] | None = None, **fields: Any
) -> Skill:
    """Store new values of some fields of a skill's row, and return the row.

    All others stay as the log has them: the lessons of a skill may be renamed meanwhile.
    A lesson that is now in the skill of the first project is told so. `also` is done in the
    same transaction.
    """
    home = workspace_key(skill.workspace)
    key = skill_key(skill.workspace, skill.id, skill.root)

    def store(txn: Txn) -> Skill:
        stored = SKILLS.get(txn, key)
        row = msgspec.structs.replace(stored or skill, **fields)
        if row != stored:
            SKILLS.put(txn, key, row)
        for name in () if row.root else fields.get("lessons", ()):
            lesson = LESSONS.get(txn, home + text_key(name))
            if lesson is not None and lesson.skill != row.id:
                lesson.skill = row.id
                LESSONS.put(txn, home + text_key(name), lesson)
        if also:
            also(txn)
        return row

    return log.transact(store)


def tell(skill: Skill, what: What, who: Who, ts: int, **fields: str) -> Deed:
    """Return the row of the audit that tells of something done to a skill."""
    return Deed(
        ts=ts,
        what=what,
        who=who,
        workspace=skill.workspace,
        root=skill.root,
        skill=skill.name,
        skill_id=skill.id,
        **fields,
    )
