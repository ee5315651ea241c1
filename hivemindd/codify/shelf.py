"""The skills of a workspace on disk, kept in step with its promoted lessons.

A workspace may span several projects. Each has its own skills, with a name that is free
there, and what a person does to one of them holds in that project.
"""

from collections.abc import Collection, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

import structlog

from hivemindd.clock import Clock
from hivemindd.codify.absence import Absences, is_void
from hivemindd.config import ASSISTANTS
from hivemindd.errors import PublishError
from hivemindd.log.keys import text_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, LESSONS, SKILLS, WORKSPACES, Txn
from hivemindd.records import Lesson, Skill, Workspace
from hivemindd.redact import Redactor
from hivemindd.skills.compose import Composition, Draft, compose
from hivemindd.skills.moving import move
from hivemindd.skills.publish import AGENTS, CLAUDE, Project
from hivemindd.workspace import collect

# A personal skill there hides one of a project that has the same name, or stands beside it.
_PERSONAL = (".claude", ".agents", ".cursor", ".codex")


class _Place(NamedTuple):
    """One project of a workspace, opened; `root` is empty for the first."""

    workspace: Workspace
    project: Project
    root: str


class Shelf:
    """Writes, for each workspace, the skills that its lessons make."""

    def __init__(
        self,
        log: Log,
        clock: Clock,
        *,
        home: Path,
        publish: bool,
        publish_to: Collection[str] = ASSISTANTS,
        search: str = "",
    ) -> None:
        """Wire the parts; with `publish` off nothing is ever written into a project.

        Claude Code reads `.claude/skills`, Codex `.agents/skills`, Cursor either: skills of
        Claude Code are linked for Codex, and where it is left out they lie in the other.
        `search` is where git is looked for, as in `PATH`.
        """
        self._log = log
        self._clock = clock
        self._home = home
        self._publish = publish and bool(publish_to)
        self.publish_to = frozenset(publish_to)
        self._to_codex = "codex" in publish_to
        alone = self._to_codex and "claude-code" not in publish_to
        self._folder, self._other = (AGENTS, CLAUDE) if alone else (CLAUDE, AGENTS)
        self._search = search
        self._redactor = Redactor()
        self._said: set[str] = set()

    def publish(self, workspace: str) -> list[str]:
        """Bring the skills of a workspace up to date; return the files that were written.

        Writing may be repeated: equal bytes on disk are taken for what they are. All its
        projects have their turn, whatever becomes of one.

        Raises:
            PublishError: a skill that is due cannot be written.
        """
        key = workspace_key(workspace)
        with self._log.read() as txn:
            place = WORKSPACES.get(txn, key)
            lessons = LESSONS.rows(txn, key)
            skills = SKILLS.rows(txn, key)
            corrected = any(row.state == "accepted" for _, row in CORRECTIONS.scan(txn, key))
        if place is None or not self._publish or not (corrected or skills):
            return []
        nothing_yet = not skills and not any(lesson.state == "promoted" for lesson in lessons)
        written: list[str] = []
        failures: list[PublishError] = []
        for root in place.roots:
            if not collect(root, home=self._home)[0]:
                continue
            if nothing_yet:
                self._prepare(root)
                continue
            there = [skill for skill in skills if (skill.root or place.root) == root]
            try:
                written += self._fill(place, root, lessons, there)
            except PublishError as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return written

    def _fill(
        self, workspace: Workspace, root: str, lessons: Sequence[Lesson], skills: Sequence[Skill]
    ) -> list[str]:
        """Bring the skills of one project up to date; return the files that were written."""
        with ExitStack() as opened:
            try:
                project = opened.enter_context(self._open(root, skills))
            except PublishError as error:
                if not workspace.more_roots:
                    raise
                # One that is gone must not hold up the others; a later run looks again.
                self._say("project passed over", str(error))
                return []
            place = _Place(workspace, project, root if root != workspace.root else "")
            self._gather(place, skills)
            skills = self._settle(place, skills)
            taken = (project.names() | self._personal()) - {skill.name for skill in skills}
            composition = compose(lessons, skills, taken, self._redactor, follow=bool(place.root))
            self._explain(composition)
            for skill in composition.emptied:
                self._retire(project, skill)
            return [
                row.path
                for draft in composition.drafts
                if (row := self._put(place, draft, skills)) is not None
            ]

    def _open(self, root: str, skills: Sequence[Skill]) -> Project:
        """Return a project; one that has had skills and is empty now may not be mounted."""
        if skills and Path(root).exists() and is_void(Path(root)):
            raise PublishError(f"no skill is written to {root}: it is empty, is it mounted?")
        return Project(Path(root), self._home, self._folder)

    def _settle(self, place: _Place, skills: Sequence[Skill]) -> list[Skill]:
        """Return the rows of the skills as the disk has them, and record what has changed."""
        root = Path(place.root or place.workspace.root)
        absences = Absences(root, place.project, search=self._search)
        rows = []
        for skill in skills:
            row = absences.settle(skill)
            if row != skill:
                self._record(row, ())
            if row.name != skill.name:
                place.project.unlink(skill.name)
                self._link(place, row.name)
            if row.state == "absent":
                self._say("a skill is not where it was written", row.note)
            rows.append(row)
        return rows

    def _prepare(self, root: str) -> None:
        """Create the empty folder early; where that is not possible nothing is lost yet.

        It is for Claude Code, which notices a first skill only in a folder that is there.
        """
        if self._folder != CLAUDE:
            return
        try:
            with Project(Path(root), self._home) as project:
                project.prepare()
        except PublishError as error:
            self._say("skills folder not prepared", str(error))

    def _gather(self, place: _Place, skills: Sequence[Skill]) -> None:
        """Move skills that lie in the other folder: the settings have changed."""
        strays = [
            skill
            for skill in skills
            if skill.state == "active" and not place.project.is_at(skill.name, skill.path)
        ]
        if not strays:
            return
        root = place.root or place.workspace.root
        with Project(Path(root), self._home, self._other) as before:
            for skill in strays:
                outcome = move(before, place.project, skill)
                if outcome == "removed":
                    skill.path = str(place.project.path(skill.name))
                else:
                    skill.state = outcome
                self._record(skill, ())

    def _personal(self) -> set[str]:
        """Return the names of personal skills, which ours must not differ from by case alone."""
        names: set[str] = set()
        for folder in _PERSONAL:
            with suppress(OSError):
                names.update(entry.name for entry in (self._home / folder / "skills").iterdir())
        return names | {name.casefold() for name in names}

    def _explain(self, composition: Composition) -> None:
        for lesson, reason in (composition.blocked | composition.notes).items():
            self._say("lesson not published as it is", f"{lesson}: {reason}")

    def _say(self, what: str, cause: str) -> None:
        """Log a thing once, however often it is come upon."""
        if cause not in self._said:
            self._said.add(cause)
            structlog.get_logger().info(what, cause=cause)

    def _put(self, place: _Place, draft: Draft, skills: Sequence[Skill]) -> Skill | None:
        """Write one skill and its row; return the row when the file is new."""
        name, project = draft.text.name, place.project
        known = next((skill for skill in skills if skill.id == draft.skill_id), None)
        if known is not None and known.state == "absent":
            return None
        if not draft.changed and known is not None and project.look(name) == draft.sha256:
            self._link(place, name)
            return None
        outcome = project.write(name, draft.files, expected=draft.expected, skill_id=draft.skill_id)
        if outcome == "deleted":
            return None  # since it was looked for: next time it is asked why
        row = Skill(
            id=draft.skill_id,
            workspace=place.workspace.id,
            name=name,
            path=str(project.path(name)),
            root=place.root,
            version=draft.version,
            rules=list(draft.text.rules),
            lessons=[lesson.id for lesson in draft.lessons],
            sha256=draft.sha256,
            written=self._clock.now(),
        )
        if outcome == "foreign":
            raise PublishError(f"{row.path} is not ours: rename it, or remove it")
        if outcome == "user-owned":
            row.state = "user-owned"
            row.written = known.written if known else 0
        else:
            row.note = self._link(place, name)
        there = row.state == "active"
        row.since = _since(known, row, now=self._clock.now() if there else None)
        self._record(row, draft.lessons)
        return row if outcome == "written" else None

    def _retire(self, project: Project, skill: Skill) -> None:
        """Take back a skill that no lesson stands behind any more, if it is still ours."""
        if skill.state == "absent":
            return
        outcome = project.remove(skill.name, expected=skill.sha256)
        if outcome == "deleted":
            return
        skill.note = "no lesson supports it any more"
        if outcome == "removed":
            # Its lessons are free for another: a person's newest word may bring them back.
            skill.state, skill.lessons = "retired", []
        else:
            skill.state = outcome
        self._record(skill, ())

    def _link(self, place: _Place, name: str) -> str:
        """Link a skill for those who read `.agents/skills`; return why it is not seen there.

        They are those who use Codex here, and whoever has put that folder into the project.
        """
        project = place.project
        if self._folder == AGENTS:
            return ""
        try:
            if not self._to_codex:
                project.unlink(name)
                return ""
            if "codex" not in place.workspace.assistants and not project.is_read_by_others():
                return ""
            return "" if project.link(name) else f".agents/skills/{name} is somebody else's"
        except PublishError as error:
            self._say("skill not linked", str(error))
            return str(error)

    def _record(self, row: Skill, lessons: Sequence[Lesson]) -> None:
        key = workspace_key(row.workspace)

        def record(txn: Txn) -> None:
            SKILLS.put(txn, key + text_key(f"{row.id}\0{row.root}" if row.root else row.id), row)
            for lesson in () if row.root else lessons:
                stored = LESSONS.get(txn, key + text_key(lesson.id))
                if stored is not None and stored.skill != row.id:
                    stored.skill = row.id
                    LESSONS.put(txn, key + text_key(lesson.id), stored)

        self._log.transact(record)


def _since(known: Skill | None, row: Skill, *, now: int | None) -> dict[str, int]:
    """Return since when each rule has stood in the file; without `now` none came to it."""
    before: dict[str, int] = {}
    if known:
        before = {name: known.since.get(name, known.written) for name in known.lessons}
    if now is None:
        return {name: before[name] for name in row.lessons if name in before}
    return {name: before.get(name, now) for name in row.lessons}
