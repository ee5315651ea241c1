"""Skills of ours of which the log does not know yet what they stand on: it is new, or went back.

Until that is learned again nobody can tell which lessons they hold, and one of these would be
written a second time, under another name.
"""

from collections.abc import Sequence

from hivemindd.log.keys import workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, DUE, SESSIONS
from hivemindd.records import Lesson, Skill
from hivemindd.sessions.lifecycle import uncodified
from hivemindd.skills import guard
from hivemindd.skills.contents import LINEAGE
from hivemindd.skills.lineage import is_behind
from hivemindd.skills.publish import Project
from hivemindd.work import Due

_ATTEMPTS = 3


def placeable(
    log: Log,
    project: Project,
    workspace: str,
    lessons: Sequence[Lesson],
    skills: Sequence[Skill],
    *,
    but: str,
) -> list[Lesson]:
    """Return the lessons that may have a place now: no new one while a skill is not known yet.

    It is known when the sessions are codified that its lineage names; `but` is the one that has
    just been, and what has failed again and again is not waited for. `skills` are those of the
    project.

    Raises:
        PublishError: the project cannot be read.
    """
    placed = {name for skill in skills for name in skill.lessons}
    old = [lesson for lesson in lessons if lesson.id in placed]
    if all(lesson.id in placed for lesson in lessons if lesson.state == "promoted"):
        return list(lessons)
    names = [name for name in project.marks() if guard.check_name(name) is None]
    files = [project.read(name).get(LINEAGE, b"") for name in names]
    if not files:
        return list(lessons)
    home = workspace_key(workspace)
    with log.read() as txn:
        known = {row.id: row.session for row in CORRECTIONS.rows(txn, home)}
        failed = {row.session for row in DUE.rows(txn, home) if _is_hopeless(row)}
        waiting = {row.id for row in SESSIONS.rows(txn, home) if uncodified(row)}
    pending = waiting - failed - {but}
    return old if any(is_behind(file, known, pending) for file in files) else list(lessons)


def _is_hopeless(due: Due) -> bool:
    return due.attempts >= _ATTEMPTS and not due.over_budget
