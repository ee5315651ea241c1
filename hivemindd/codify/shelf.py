"""The skills of a workspace on disk, kept in step with its promoted lessons."""

from collections.abc import Sequence
from pathlib import Path

import structlog

from hivemindd.clock import Clock
from hivemindd.errors import PublishError
from hivemindd.log.keys import text_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, LESSONS, SKILLS, WORKSPACES, Txn
from hivemindd.records import Lesson, Skill, Workspace
from hivemindd.redact import Redactor
from hivemindd.skills.compose import Composition, Draft, compose
from hivemindd.skills.publish import SKILL, Project

_READS_AGENTS = frozenset({"codex"})


class Shelf:
    """Writes, for each workspace, the skills that its lessons make."""

    def __init__(self, log: Log, clock: Clock, *, home: Path, publish: bool) -> None:
        """Wire the parts; with `publish` off nothing is ever written into a project."""
        self._log = log
        self._clock = clock
        self._home = home
        self._publish = publish
        self._redactor = Redactor()
        self._said: set[str] = set()

    def publish(self, workspace: str) -> list[str]:
        """Bring the skills of a workspace up to date; return the files that were written.

        Writing may be repeated: equal bytes on disk are taken for what they are.

        Raises:
            PublishError: a skill that is due cannot be written.
        """
        key = workspace_key(workspace)
        with self._log.read() as txn:
            place = WORKSPACES.get(txn, key)
            lessons = LESSONS.rows(txn, key)
            skills = SKILLS.rows(txn, key)
            corrected = any(row.state == "accepted" for _, row in CORRECTIONS.scan(txn, key))
        if place is None or not place.root or not self._publish or not (corrected or skills):
            return []
        if not skills and not any(lesson.state == "promoted" for lesson in lessons):
            self._prepare(place)
            return []
        with Project(Path(place.root), self._home) as project:
            taken = (project.names() | self._personal()) - {skill.name for skill in skills}
            composition = compose(lessons, skills, taken, self._redactor)
            self._explain(composition)
            for skill in composition.emptied:
                self._retire(project, skill)
            return [
                row.path
                for draft in composition.drafts
                if (row := self._put(project, place, draft, skills)) is not None
            ]

    def _prepare(self, place: Workspace) -> None:
        """Create the empty folder early; where that is not possible nothing is lost yet."""
        try:
            with Project(Path(place.root), self._home) as project:
                project.prepare()
        except PublishError as error:
            self._say("skills folder not prepared", str(error))

    def _personal(self) -> set[str]:
        """Return the names of personal skills: they would hide a project's of the same name."""
        try:
            return {entry.name for entry in (self._home / ".claude" / "skills").iterdir()}
        except OSError:
            return set()

    def _explain(self, composition: Composition) -> None:
        for lesson, reason in (composition.blocked | composition.notes).items():
            self._say("lesson not published as it is", f"{lesson}: {reason}")

    def _say(self, what: str, cause: str) -> None:
        """Log a thing once, however often it is come upon."""
        if cause not in self._said:
            self._said.add(cause)
            structlog.get_logger().info(what, cause=cause)

    def _put(
        self, project: Project, place: Workspace, draft: Draft, skills: Sequence[Skill]
    ) -> Skill | None:
        """Write one skill and its row; return the row when the file is new."""
        name = draft.text.name
        known = next((skill for skill in skills if skill.id == draft.skill_id), None)
        if not draft.changed and known is not None and project.look(name) == draft.sha256:
            self._link(project, place, name)
            return None
        outcome = project.write(name, draft.files, expected=draft.expected, skill_id=draft.skill_id)
        row = Skill(
            id=draft.skill_id,
            workspace=place.id,
            name=name,
            path=str(Path(place.root, ".claude", "skills", name, SKILL)),
            version=draft.version,
            rules=list(draft.text.rules),
            lessons=[lesson.id for lesson in draft.lessons],
            sha256=draft.sha256,
            written=self._clock.now(),
        )
        if outcome == "foreign":
            raise PublishError(f"{row.path} is not ours: rename it, or remove it")
        if outcome in {"user-owned", "deleted"}:
            row.state = "user-owned" if outcome == "user-owned" else "deleted"
            row.written = known.written if known else 0
        else:
            row.note = self._link(project, place, name)
        self._record(row, draft.lessons)
        return row if outcome == "written" else None

    def _retire(self, project: Project, skill: Skill) -> None:
        """Take back a skill that no lesson stands behind any more, if it is still ours."""
        outcome = project.remove(skill.name, expected=skill.sha256)
        skill.note = "no lesson supports it any more"
        if outcome == "removed":
            # Its lessons are free for another: a person's newest word may bring them back.
            skill.state, skill.lessons = "retired", []
        else:
            skill.state = outcome
        self._record(skill, ())

    def _link(self, project: Project, place: Workspace, name: str) -> str:
        """Link a skill for those who read `.agents/skills`; return why it is not seen there."""
        if not _READS_AGENTS.intersection(place.assistants):
            return ""
        try:
            return "" if project.link(name) else f".agents/skills/{name} is somebody else's"
        except PublishError as error:
            self._say("skill not linked", str(error))
            return str(error)

    def _record(self, row: Skill, lessons: Sequence[Lesson]) -> None:
        key = workspace_key(row.workspace)

        def record(txn: Txn) -> None:
            SKILLS.put(txn, key + text_key(row.id), row)
            for lesson in lessons:
                stored = LESSONS.get(txn, key + text_key(lesson.id))
                if stored is not None and stored.skill != row.id:
                    stored.skill = row.id
                    LESSONS.put(txn, key + text_key(lesson.id), stored)

        self._log.transact(record)
