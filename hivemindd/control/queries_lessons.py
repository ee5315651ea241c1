"""Answers about what was learned: corrections, lessons and skills."""

import os
from pathlib import Path

import msgspec

from hivemindd.control.places import find_workspace
from hivemindd.control.queries_proof import Proof, proofs, visits
from hivemindd.errors import HivemindError
from hivemindd.log.keys import workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, LESSONS, SKILLS, WORKSPACES
from hivemindd.records import Correction, Lesson, Skill, SkillState, Workspace


class SkillView(msgspec.Struct, frozen=True, kw_only=True):
    """A skill with the ids of everything that it stands on.

    `root` is the project that it lies in where that is not the first of its workspace.
    `effect` is what it has changed, None for one that is no more. `proposal` is the text that
    waits for a person's word, empty where the skill would be taken back, None for none, and
    `proposal_id` names that very text.
    """

    id: str
    name: str
    workspace: str
    workspace_name: str
    path: str
    state: SkillState
    version: int
    rules: list[str]
    lessons: list[str]
    corrections: list[str]
    sessions: list[str]
    written: int
    note: str
    root: str = ""
    proposal: str | None = None
    proposal_id: str = ""
    effect: Proof | None = None


def list_corrections(log: Log, workspace: str = "", *, dismissed: bool = False) -> list[Correction]:
    """Return the corrections of a workspace (of all, when empty), the newest first.

    `dismissed` adds those in which the judge saw no correction.
    """
    with log.read() as txn:
        rows = CORRECTIONS.rows(txn, workspace_key(workspace) if workspace else b"")
    kept = [row for row in rows if dismissed or row.state != "dismissed"]
    return sorted(kept, key=lambda row: row.ts, reverse=True)


def list_skills(log: Log, workspace: str = "") -> list[SkillView]:
    """Return the skills of a workspace (of all, when empty), the newest first."""
    with log.read() as txn:
        prefix = workspace_key(workspace) if workspace else b""
        rows = SKILLS.rows(txn, prefix)
        lessons = {(row.workspace, row.id): row for row in LESSONS.rows(txn, prefix)}
        names = {row.id: row.name for row in WORKSPACES.rows(txn)}
        seen = visits(txn, prefix) if rows else {}
    views = [
        _skill_view(row, lessons, names, effect)
        for row, effect in zip(rows, proofs(rows, lessons, seen), strict=True)
    ]
    return sorted(views, key=lambda view: view.written, reverse=True)


def find_skills(log: Log, name: str, workspace: str = "") -> list[SkillView]:
    """Return the skills with a name, one for each workspace that has it.

    Raises:
        HivemindError: there is none.
    """
    found = [view for view in list_skills(log, workspace) if name in {view.name, view.id}]
    if not found:
        raise HivemindError(f"there is no skill {name!r}: `hivemindctl skills` lists them")
    return found


def find_skill(log: Log, name: str, wanted: str = "", *, home: Path) -> SkillView:
    """Return the one skill with a name; `wanted` names a workspace, or a folder in it.

    Raises:
        HivemindError: there is none, or several workspaces or projects have one.
    """
    place = find_workspace(log, wanted, home=home) if wanted else None
    found = find_skills(log, name, place.id if place else "")
    if len(found) > 1 and place and (root := _root_around(place, wanted)):
        found = [row for row in found if (row.root or place.root) == root] or found
    if len({row.workspace for row in found}) > 1:
        raise HivemindError(f"{len(found)} workspaces have a skill {name!r}: add --workspace")
    if len(found) > 1:
        raise HivemindError(
            f"{len(found)} projects of {found[0].workspace_name} have a skill {name!r}: "
            "add --workspace with the folder of one"
        )
    return found[0]


def find_waiting(log: Log, name: str, wanted: str = "", *, home: Path) -> SkillView | Lesson:
    """Return the skill with a name, or the rule that waits with a short name that begins so.

    Raises:
        HivemindError: there is neither, or more than one.
    """
    workspace = find_workspace(log, wanted, home=home).id if wanted else ""
    rules = [row for row in list_reviews(log, workspace) if name and row.asked.startswith(name)]
    if not rules or any(name in {row.name, row.id} for row in list_skills(log, workspace)):
        return find_skill(log, name, wanted, home=home)
    if len(rules) > 1:
        raise HivemindError(f"{len(rules)} rules begin with {name!r}: give more of the id")
    return rules[0]


def _root_around(place: Workspace, wanted: str) -> str:
    """Return the root of the project that a folder lies in, empty where it is no such folder."""
    folder = os.path.realpath(wanted)
    root = place.root_of(folder)
    return root if f"{folder}/".startswith(f"{root}/") else ""


def list_reviews(log: Log, workspace: str = "") -> list[Lesson]:
    """Return the rules of a workspace (of all, when empty) that wait for a person.

    They would widen what an assistant may do, or no person said them. The newest comes first.
    """
    with log.read() as txn:
        rows = LESSONS.rows(txn, workspace_key(workspace) if workspace else b"")
    waiting = [row for row in rows if row.state == "review"]
    return sorted(waiting, key=lambda row: row.updated, reverse=True)


def list_lessons(log: Log, workspace: str) -> list[Lesson]:
    """Return all lessons of a workspace, the newest first."""
    with log.read() as txn:
        rows = LESSONS.rows(txn, workspace_key(workspace))
    return sorted(rows, key=lambda row: row.updated, reverse=True)


def _skill_view(
    row: Skill,
    lessons: dict[tuple[str, str], Lesson],
    names: dict[str, str],
    effect: Proof | None,
) -> SkillView:
    held = [
        lessons[row.workspace, name] for name in row.lessons if (row.workspace, name) in lessons
    ]
    evidence = [item for lesson in held for item in lesson.evidence]
    return SkillView(
        id=row.id,
        name=row.name,
        workspace=row.workspace,
        workspace_name=names.get(row.workspace, row.workspace),
        path=row.path,
        state=row.state,
        version=row.version,
        rules=row.rules,
        lessons=row.lessons,
        corrections=list(dict.fromkeys(item.correction for item in evidence)),
        sessions=list(dict.fromkeys(item.session for item in evidence)),
        written=row.written,
        note=row.note,
        root=row.root,
        effect=effect,
        proposal=row.proposal.text if row.proposal else None,
        proposal_id=row.proposal.id if row.proposal else "",
    )
