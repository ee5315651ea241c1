"""Skills of ours in a project that the log knows nothing of, or not as they are.

We died between a file and its row, or the log was lost, or went back to an earlier state. A skill
is ours by its mark and by the lineage beside it, which names corrections of this workspace:
nobody else has their ids. That nobody has edited it shows where it is what we would write of its
lessons; else it counts as edited, and stays as it is.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from hivemindd.codify.absence import describe
from hivemindd.records import Lesson, Skill, Workspace
from hivemindd.skills import guard
from hivemindd.skills.compose import compose
from hivemindd.skills.contents import LINEAGE, SKILL, digest
from hivemindd.skills.lineage import is_known, read_lineage
from hivemindd.skills.ownership import remember
from hivemindd.skills.publish import Project
from hivemindd.skills.render import read_mark

_OPEN = frozenset({"waiting", "active", "absent", "user-owned"})
ADOPTED = ("state", "version", "rules", "lessons", "sha256", "hashes", "note", "proposal", "stale")


def recall(
    project: Project,
    workspace: Workspace,
    root: str,
    lessons: Sequence[Lesson],
    known: Sequence[Skill],
) -> Iterator[Skill]:
    """Yield the rows of a project's skills; where a file tells more than the log, as it says.

    `known` are the rows that there are. Nobody looks for more while every promoted lesson is
    in a skill.

    Raises:
        PublishError: the project cannot be read.
    """
    for skill in known:
        yield _look_again(project, skill, lessons) if skill.state in _OPEN else skill
    ids = {skill.id for skill in known}
    placed = {name for skill in known for name in skill.lessons}
    if all(lesson.id in placed for lesson in lessons if lesson.state == "promoted"):
        return
    for name, mark_id in project.marks().items():
        if mark_id in ids or guard.check_name(name):
            continue
        stray = Skill(
            id=mark_id,
            workspace=workspace.id,
            root=root,
            name=name,
            path=str(project.path(name)),
        )
        row = _read(project.read(name), stray, lessons)
        if row.lessons and placed.isdisjoint(row.lessons):
            yield row


def _look_again(project: Project, skill: Skill, lessons: Sequence[Lesson]) -> Skill:
    """Return a row as its file tells, where that is a later version, or is ours after all."""
    files = project.read(skill.name)
    mark = read_mark(files.get(SKILL, b""))
    if mark is None or mark[0] != skill.id or mark[1] < skill.version:
        return skill
    if digest(files[SKILL]) == skill.sha256:
        return skill
    row = _read(files, skill, lessons)
    return row if row.state == "active" or mark[1] > skill.version else skill


def adopt(project: Project, skill: Skill, lessons: Sequence[Lesson]) -> Skill:
    """Return the row of a skill whose file is known to be what we have written last.

    Raises:
        PublishError: the project cannot be read.
    """
    files = project.read(skill.name)
    row = _own(files, _read(files, skill, lessons), lessons)
    row.stale = skill.stale or not is_known(files.get(LINEAGE, b""), lessons)
    return row


def _read(files: Mapping[str, bytes], skill: Skill, lessons: Sequence[Lesson]) -> Skill:
    """Return the row of a skill as its files tell, which is ours as far as that can be told."""
    behind = read_lineage(files.get(LINEAGE, b""), lessons)
    mark = read_mark(files[SKILL])
    row = msgspec.structs.replace(
        skill,
        state="user-owned",
        version=mark[1] if mark else skill.version,
        lessons=[each.id for each in behind],
        sha256="",
        hashes=remember(skill, [files[LINEAGE]] if behind else []),
        note=describe("user-owned"),
        proposal=None,
    )
    drafts = compose(behind, [row], ()).proposals
    ours = any(draft.sha256 == digest(files[SKILL]) for draft in drafts)
    return _own(files, row, lessons) if ours else row


def _own(files: Mapping[str, bytes], skill: Skill, lessons: Sequence[Lesson]) -> Skill:
    rules = {lesson.id: lesson.rule for lesson in lessons}
    return msgspec.structs.replace(
        skill,
        state="active",
        rules=[rules[name] for name in skill.lessons],
        sha256=digest(files[SKILL]),
        hashes=remember(skill, files.values()),
        note="",
    )
