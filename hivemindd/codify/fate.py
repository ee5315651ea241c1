"""What becomes of the lessons and skills of a workspace when sessions of it are forgotten."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from hivemindd.codify.learned import derived, renew, with_verdicts
from hivemindd.lessons.forgotten import amend
from hivemindd.lessons.promote import inherit
from hivemindd.lessons.unasked import was_asked
from hivemindd.log.homes import find_session
from hivemindd.log.keys import skill_key, workspace_key
from hivemindd.log.tables import CORRECTIONS, LESSONS, SKILLS, Txn
from hivemindd.records import GONE, UNWRITTEN, Correction, Lesson, Skill
from hivemindd.sessions.keeper import make_due

Ending = Literal["falls", "changes", "stays"]
_WRITTEN = frozenset({"active", "absent"})


class SkillFate(msgspec.Struct, frozen=True, kw_only=True):
    """A skill that loses rules: all of them (`falls`), or some. A person's own `stays`."""

    skill: Skill
    ending: Ending
    rules: list[str]


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """What forgetting comes to in one workspace.

    `lost` are the rules that counted and do not any more, `touched` the ids of all lessons
    that lose evidence, `amended` the corrections that stay but not as they were, by their keys.
    """

    workspace: str
    gone: list[Correction]
    amended: dict[bytes, Correction] = {}
    lost: list[str]
    touched: frozenset[str]
    skills: list[SkillFate]


def foresee(txn: Txn, workspace: str, prefixes: Collection[bytes], kept: Collection[bytes]) -> Fate:
    """Return what becomes of a workspace when the rows of some sessions go, but those `kept`.

    `prefixes` are the beginnings of the keys of those sessions.
    """
    home = workspace_key(workspace)
    before = LESSONS.rows(txn, home)
    stored = list(CORRECTIONS.scan(txn, home))
    dead = {key for key, _ in stored if key[: len(home) + 8] in prefixes and key not in kept}
    gone = [row for key, row in stored if key in dead]
    rows = [(key, row) for key, row in stored if key not in dead]
    # Where a person forgets, no word may stay; what goes by its age takes no verdict along.
    heard = list(filter(was_asked, gone)) if kept else gone
    amended = amend([row for _, row in rows], heard, before)
    names = {row.id for row in gone} - {row.id for row in amended}
    touched = [each for each in before if any(e.correction in names for e in each.evidence)]
    ids = frozenset(lesson.id for lesson in touched)
    after = derived(txn, [*with_verdicts(amended, _without(before, touched))], before)
    heirs = {old.id: found for old, found in inherit(before, after)}
    lost = {
        lesson.id: lesson.rule
        for lesson in touched
        if lesson.state == "promoted"
        and lesson.rule not in {heir.rule for heir in heirs[lesson.id] if heir.state == "promoted"}
    }
    fates = [_fate(skill, lost, heirs) for skill in SKILLS.rows(txn, home)]
    return Fate(
        workspace=workspace,
        gone=gone,
        amended={
            key: _asked_again(row, ids)
            for (key, old), row in zip(rows, amended, strict=True)
            if row is not old or _is_bare(row, ids)
        },
        lost=list(lost.values()),
        touched=ids,
        skills=[fate for fate in fates if fate.rules],
    )


def settle(txn: Txn, fate: Fate, now: int) -> None:
    """Store the corrections that are left and the lessons that they make.

    What is to be judged again is due. What is left of a skill may be written over its file
    though it was turned down before.
    """
    for key, row in fate.amended.items():
        CORRECTIONS.put(txn, key, row)
        session = find_session(txn, row.assistant, row.session)
        if row.state == "parked" and session is not None:
            make_due(txn, session, "asked", now)
    renew(txn, fate.workspace)
    _reword(txn, fate)
    _reopen(txn, fate)


def _reopen(txn: Txn, fate: Fate) -> None:
    """Take back what was turned down of skills that lose rules: it was said of another file."""
    for each in fate.skills:
        key = skill_key(fate.workspace, each.skill.id, each.skill.root)
        skill = SKILLS.get(txn, key)
        if skill and skill.state in _WRITTEN:
            skill.rejected = []
            SKILLS.put(txn, key, skill)


def _reword(txn: Txn, fate: Fate) -> None:
    """Take out of lessons what is not derived, but carried on from those that were there before."""
    home = workspace_key(fate.workspace)
    lessons = list(LESSONS.scan(txn, home))
    # Nothing else is carried on without support.
    retired = any(row.id in fate.touched and row.state == "retired" for _, row in lessons)
    left = list(with_verdicts(CORRECTIONS.rows(txn, home), ())) if retired else []
    taught = {lesson.id for lesson in derived(txn, left, ())}
    for key, lesson in lessons:
        new = lesson
        if retired and lesson.id in fate.touched and lesson.id not in taught:
            bare = Lesson(id=lesson.id, workspace=lesson.workspace, rule="", state=lesson.state)
            new = msgspec.structs.replace(bare, evidence=lesson.evidence, created=lesson.created)
        elif lesson.allowed != lesson.rule and fate.touched:
            new = msgspec.structs.replace(lesson, allowed="")
        if new != lesson:
            LESSONS.put(txn, key, new)


def _is_bare(row: Correction, touched: Collection[str]) -> bool:
    """Tell of a correction whose verdict was not kept that a lesson would have to tell of it."""
    return row.verdict is None and row.state == "accepted" and row.lesson in touched


def _asked_again(row: Correction, touched: Collection[str]) -> Correction:
    bare = _is_bare(row, touched)
    return msgspec.structs.replace(row, state="parked", lesson="") if bare else row


def _fate(
    skill: Skill, lost: Mapping[str, str], heirs: Mapping[str, Sequence[Lesson]]
) -> SkillFate:
    names = {*skill.lessons, *(skill.proposal.lessons if skill.proposal else ())}
    rules = [lost[name] for name in sorted(names) if name in lost] if _counts(skill) else []
    left = any(_promoted(heirs.get(name, ())) for name in names)
    own = skill.state in {"user-owned", "pinned"}
    return SkillFate(
        skill=skill, ending="stays" if own else "changes" if left else "falls", rules=rules
    )


def _counts(skill: Skill) -> bool:
    return skill.state not in GONE and (skill.state not in UNWRITTEN or skill.proposal is not None)


def _promoted(lessons: Iterable[Lesson]) -> bool:
    return any(lesson.state == "promoted" for lesson in lessons)


def _without(lessons: Sequence[Lesson], others: Sequence[Lesson]) -> list[Lesson]:
    names = {lesson.id for lesson in others}
    return [lesson for lesson in lessons if lesson.id not in names]
