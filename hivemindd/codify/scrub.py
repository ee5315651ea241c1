"""What skills, receipts and the audit still say of what is forgotten, taken out of them."""

from collections.abc import Callable, Collection

import msgspec

from hivemindd.codify.fate import Fate
from hivemindd.codify.receipts import under_way
from hivemindd.deeds import Deed, Who
from hivemindd.log.audit import note
from hivemindd.log.compact import ask_for_compaction
from hivemindd.log.keys import workspace_key
from hivemindd.log.tables import (
    CORRECTIONS,
    DEEDS,
    LESSONS,
    RECEIPTS,
    SESSIONS,
    SETTINGS,
    SKILLS,
    WORKSPACES,
    Txn,
)
from hivemindd.records import Skill

# What may still have to be taken from a project, or back from it.
_HELD = frozenset({"active", "absent", "blocked"})
_BY_WORKSPACE = (b"codified", b"consolidated")
_decoder = msgspec.json.Decoder(dict[str, int])


def scrub(txn: Txn, fate: Fate, who: Who, now: int) -> None:
    """Leave of a workspace what does not tell of the sessions that went, and say that they did.

    What lies in projects has followed its lessons by now, as far as it can. A receipt of a
    skill that stood on them goes: what is forgotten cannot be put back by `undo`.
    """
    home = workspace_key(fate.workspace)
    rules = {lesson.rule for lesson in LESSONS.rows(txn, home)}
    falls = {(each.skill.id, each.skill.root) for each in fate.skills if each.ending == "falls"}
    for key, skill in list(SKILLS.scan(txn, home)):
        if not _stood(skill, fate, _lessons_of(txn, key)):
            continue
        _delete(txn, RECEIPTS.name, key)
        if (skill.id, skill.root) in falls and skill.state == "retired":
            SKILLS.delete(txn, key)
            _rename(txn, skill)
        else:
            SKILLS.put(txn, key, _cleared(skill, rules, fate))
    here = "" if _drop(txn, fate.workspace) else fate.workspace
    note(txn, Deed(ts=now, what="forgotten", who=who, workspace=here))
    ask_for_compaction(txn)


def _stood(skill: Skill, fate: Fate, before: Collection[str]) -> bool:
    lessons = {*skill.lessons, *before, *(skill.proposal.lessons if skill.proposal else ())}
    told = {rule for each in fate.skills if each.skill.id == skill.id for rule in each.rules}
    return bool(told) or not fate.touched.isdisjoint(lessons)


def _lessons_of(txn: Txn, key: bytes) -> set[str]:
    """Return the lessons that a skill had at any time of which there is a receipt."""
    return {name for row in RECEIPTS.rows(txn, key) for name in (*row.lessons, *row.retired)}


def _cleared(skill: Skill, rules: Collection[str], fate: Fate) -> Skill:
    """Return a skill's row without rules that are no more, also where its file still has them."""
    proposal = skill.proposal
    if proposal is not None and not set(proposal.rules).issubset(rules):
        proposal = None
    kept = [rule for rule in skill.rules if rule in rules]
    as_before = ((each.skill.id, each.skill.root, each.skill.sha256) for each in fate.skills)
    stale = skill.stale or (skill.id, skill.root, skill.sha256) in as_before
    return msgspec.structs.replace(skill, rules=kept, proposal=proposal, stale=stale)


def _rename(txn: Txn, skill: Skill) -> None:
    """Take the name of a skill that fell out of the audit; its id tells its rows apart."""

    def unnamed(deed: Deed) -> Deed | None:
        mine = (deed.workspace, deed.skill_id) == (skill.workspace, skill.id)
        return msgspec.structs.replace(deed, skill="") if mine else deed

    _rewrite(txn, unnamed)


def _drop(txn: Txn, workspace: str) -> bool:
    """Forget a workspace of which nothing is left, with what was done in it."""
    home = workspace_key(workspace)
    there = any(next(txn.scan(table.name, home), None) for table in (SESSIONS, CORRECTIONS))
    held = any(row.state in _HELD for row in SKILLS.rows(txn, home))
    if there or held or any(row.after for _, row in under_way(txn, workspace)):
        return False
    for table in (WORKSPACES, LESSONS, SKILLS, RECEIPTS):
        _delete(txn, table.name, home)
    for name in _BY_WORKSPACE:
        runs = _decoder.decode(SETTINGS.get(txn, name) or "{}")
        if runs.pop(workspace, None) is not None:
            SETTINGS.put(txn, name, msgspec.json.encode(runs).decode())
    _rewrite(txn, lambda deed: None if deed.workspace == workspace else deed)
    return True


def _rewrite(txn: Txn, change: Callable[[Deed], Deed | None]) -> None:
    """Change or drop rows of the audit: only what is forgotten is ever taken out of it."""
    for key, deed in list(DEEDS.scan(txn)):
        new = change(deed)
        if new is None:
            DEEDS.delete(txn, key)
        elif new != deed:
            DEEDS.put(txn, key, new)


def _delete(txn: Txn, table: str, prefix: bytes) -> None:
    for key in [key for key, _ in txn.scan(table, prefix)]:
        txn.delete(table, key)
