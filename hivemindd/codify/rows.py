"""Rows of skills: how they are changed, and what the audit says of it."""

from collections.abc import Callable
from typing import Any

import msgspec

from hivemindd.codify.learned import renew
from hivemindd.deeds import Deed, Receipt, What, Who
from hivemindd.log.keys import skill_key, text_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import LESSONS, SKILLS, Txn
from hivemindd.records import GONE, Skill

_TAKEN_BACK = "you took it back"


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


def lessons_of(skill: Skill) -> list[str]:
    """Return the ids of a skill's lessons, also of those that are only proposed."""
    return sorted({*skill.lessons, *(skill.proposal.lessons if skill.proposal else ())})


def retire_with_lessons(txn: Txn, skill: Skill) -> list[str]:
    """Retire a skill with its lessons, because a person says so; return those that it retired."""
    home, key = workspace_key(skill.workspace), skill_key(skill.workspace, skill.id, skill.root)
    row = SKILLS.get(txn, key) or skill
    retired = []
    for name in lessons_of(row):
        lesson = LESSONS.get(txn, home + text_key(name))
        if lesson is not None and lesson.state != "retired":
            retired.append(name)
            lesson.state = "retired"
            LESSONS.put(txn, home + text_key(name), lesson)
    row.state, row.note, row.proposal, row.kept = "retired", _TAKEN_BACK, None, False
    SKILLS.put(txn, key, row)
    return retired


def regain(txn: Txn, skill: Skill, receipt: Receipt) -> None:
    """Give a skill that was put back its lessons, unless another one has them by now."""
    home, key = workspace_key(skill.workspace), skill_key(skill.workspace, skill.id, skill.root)
    row = SKILLS.get(txn, key) or skill
    if row.state == "pinned" and not receipt.after:
        others = [
            each
            for each in SKILLS.rows(txn, home)
            if each.root == row.root and each.id != row.id and each.state not in GONE
        ]
        held = {name for each in others for name in each.lessons}
        names = [name for name in receipt.lessons if name not in held]
        row.lessons = list(dict.fromkeys([*row.lessons, *names]))
        SKILLS.put(txn, key, row)
        for name in () if row.root else names:
            lesson = LESSONS.get(txn, home + text_key(name))
            if lesson is not None:
                lesson.skill = row.id
                LESSONS.put(txn, home + text_key(name), lesson)
    if not receipt.retired:
        return
    for name in {*receipt.retired, *row.lessons}:
        lesson = LESSONS.get(txn, home + text_key(name))
        if lesson is not None and lesson.state == "retired":
            lesson.state = "open"
            LESSONS.put(txn, home + text_key(name), lesson)
    renew(txn, skill.workspace)


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
