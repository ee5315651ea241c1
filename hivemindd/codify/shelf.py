"""The skills of a workspace on disk, kept in step with its promoted lessons.

A workspace may span several projects. Each has its own skills, with a name that is free
there, and what a person does to one of them holds in that project.
"""

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import structlog

from hivemindd.clock import Clock
from hivemindd.codify.absence import Absences, describe, is_void
from hivemindd.codify.copies import Copies
from hivemindd.codify.place import Place
from hivemindd.codify.receipts import under_way
from hivemindd.codify.relearning import placeable
from hivemindd.codify.rows import change, tell
from hivemindd.codify.settling import Settling
from hivemindd.codify.unfinished import finish
from hivemindd.config import ASSISTANTS
from hivemindd.deeds import Deed, What
from hivemindd.errors import ConfigError, PublishError
from hivemindd.log.audit import note
from hivemindd.log.keys import workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, LESSONS, SKILLS, WORKSPACES
from hivemindd.records import UNWRITTEN, Lesson, Skill, Workspace
from hivemindd.redaction.redactor import shared
from hivemindd.skills.compose import Composition, compose
from hivemindd.skills.moving import move
from hivemindd.skills.publish import AGENTS, CLAUDE, Project
from hivemindd.workspace import refusal

# A personal skill there hides one of a project that has the same name, or stands beside it.
_PERSONAL = (".claude", ".agents", ".cursor", ".codex")
_SHOWN = 200  # characters of a name that nobody knows


class Shelf:
    """Writes, for each workspace, the skills that its lessons make.

    With `review` it writes nothing, and keeps what it would have written as proposals.
    """

    def __init__(
        self,
        log: Log,
        clock: Clock,
        *,
        home: Path,
        publish: bool,
        publish_to: Collection[str] = ASSISTANTS,
        review: bool = False,
        search: str = "",
        ignore: Sequence[str] = (),
    ) -> None:
        """Wire the parts; with `publish` off nothing is ever written into a project.

        Nor into one that refuses to be captured, as those do that `ignore` names.

        Claude Code reads `.claude/skills`, Codex `.agents/skills`, Cursor either: skills of
        Claude Code are linked for Codex, and where it is left out they lie in the other.
        `search` is where git is looked for, as in `PATH`.
        """
        self._log = log
        self.clock = clock
        self._home = home
        self._publish = publish and bool(publish_to)
        self.publish_to = frozenset(publish_to)
        self._to_codex = "codex" in publish_to
        alone = self._to_codex and "claude-code" not in publish_to
        self._folder, self._other = (AGENTS, CLAUDE) if alone else (CLAUDE, AGENTS)
        self.review = review
        self._search = search
        self._ignore = ignore
        self._said: set[str] = set()
        # What a person decides comes from another thread than what was learned.
        self.lock = threading.RLock()

    def publish(self, workspace: str, learned: str = "") -> list[str]:
        """Bring the skills of a workspace up to date; return the files that were written.

        Writing may be repeated: equal bytes on disk are taken for what they are. All its
        projects have their turn, whatever becomes of one. `learned` is the session that has
        just been learned from, if any.

        Raises:
            PublishError: a skill that is due cannot be written.
        """
        with self.lock:
            self.recover(workspace)
            key = workspace_key(workspace)
            with self._log.read() as txn:
                place = WORKSPACES.get(txn, key)
                lessons = LESSONS.rows(txn, key)
                skills = SKILLS.rows(txn, key)
                corrected = any(row.state == "accepted" for _, row in CORRECTIONS.scan(txn, key))
            if place is None or not self._publish or not (corrected or skills):
                return []
            roots = [root for root in place.roots if not self._refusal(root)]
            if not skills and not any(lesson.state == "promoted" for lesson in lessons):
                for root in roots:
                    self._prepare(place, root)
                return []
            return self._publish_all(place, roots, lessons, skills, learned)

    def recover(self, workspace: str) -> None:
        """Finish what we were at in a workspace when we died, where it can be looked at now."""
        with self.lock:
            with self._log.read() as txn:
                place = WORKSPACES.get(txn, workspace_key(workspace))
                begun = under_way(txn, workspace)
            if place is None or not self._publish or not begun:
                return
            for root in place.roots:
                further = root if root != place.root else ""
                for folder in () if self._refusal(root) else (self._folder, self._other):
                    # Whoever publishes says what is wrong with a project.
                    with (
                        suppress(PublishError),
                        Project(Path(root), self._home, folder) as project,
                    ):
                        opened = Place(place, project, further, self._to_codex)
                        finish(self._log, opened, partial(self._copies, opened))

    def _refusal(self, root: str) -> str:
        return refusal(root, home=self._home, ignore=self._ignore)

    @contextmanager
    def open(self, workspace: str, root: str, decision: What) -> Iterator[Copies]:
        """Give the skills of a project to a person's decision, while nothing is published.

        `root` is empty for the first project of the workspace; `decision` is what the audit
        calls it when something is done because of it.

        Raises:
            ConfigError: the settings forbid to write into projects.
            PublishError: the project is gone, or no place to write skills to.
        """
        if not self._publish:
            setting = "publish_to is empty" if not self.publish_to else "publish = false"
            raise ConfigError(f"{setting} in the settings: no project is written to")
        with self.lock:
            self.recover(workspace)
            key = workspace_key(workspace)
            with self._log.read() as txn:
                place = WORKSPACES.get(txn, key)
                skills = SKILLS.rows(txn, key)
            if place is None or (root or place.root) not in place.roots:
                raise PublishError(f"no folder of the workspace {workspace[:_SHOWN]!r} is known")
            there = [skill for skill in skills if skill.root == root]
            with self._open(place, root or place.root, there) as opened:
                self._gather(opened, root or place.root, there)
                yield self._copies(opened, decision)

    def _publish_all(
        self,
        workspace: Workspace,
        roots: Sequence[str],
        lessons: Sequence[Lesson],
        skills: Sequence[Skill],
        learned: str,
    ) -> list[str]:
        written: list[str] = []
        failures: list[PublishError] = []
        for root in roots:
            there = [skill for skill in skills if (skill.root or workspace.root) == root]
            try:
                written += self._fill(workspace, root, lessons, there, learned)
            except PublishError as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return written

    def _fill(
        self,
        workspace: Workspace,
        root: str,
        lessons: Sequence[Lesson],
        skills: Sequence[Skill],
        learned: str,
    ) -> list[str]:
        """Bring the skills of one project up to date; return the files that were written."""
        with ExitStack() as opened:
            try:
                place = opened.enter_context(self._open(workspace, root, skills))
            except PublishError as error:
                if not workspace.more_roots:
                    raise
                # One that is gone must not hold up the others; a later run looks again.
                self._say("project passed over", str(error))
                return []
            copies = self._copies(place)
            skills = [
                self._observe(copies, place.project, skill)
                for skill in copies.recall(lessons, self._gather(place, root, skills))
            ]
            ours = {skill.name for skill in skills if skill.state not in UNWRITTEN}
            taken = (copies.names() | self._personal()) - ours
            ripe = placeable(self._log, place.project, workspace.id, lessons, skills, but=learned)
            if len(ripe) < len(lessons):
                self._say("new skills wait", f"what stands in those of {root} is learned again")
            composition = compose(ripe, skills, taken, shared(), follow=bool(place.root))
            self._explain(composition)
            settling = Settling(copies, review=self.review, now=self.clock.now())
            return settling.settle(composition, skills)

    @contextmanager
    def _open(self, workspace: Workspace, root: str, skills: Sequence[Skill]) -> Iterator[Place]:
        """Open a project; one that has had skills and is empty now may not be mounted."""
        path = Path(root)
        if any(skill.written for skill in skills) and path.exists() and is_void(path):
            failure = PublishError(f"no skill is written to {root}: it is empty, is it mounted?")
            failure.needs_person = False
            raise failure
        with Project(path, self._home, self._folder) as project:
            further = root if root != workspace.root else ""
            yield Place(workspace, project, further, self._to_codex)

    def _copies(self, place: Place, decision: What | None = None) -> Copies:
        root = Path(place.root or place.workspace.root)
        absences = Absences(root, place.project, search=self._search)
        return Copies(self._log, self.clock, place, absences, self._say, decision=decision)

    def _gather(self, place: Place, root: str, skills: Sequence[Skill]) -> list[Skill]:
        """Move skills that lie in the other folder, since the settings have changed.

        What is not where it was put is asked about there. With `review` all stay where they
        are, since to move them is to write.
        """
        project = place.project
        strays = {
            skill.id
            for skill in skills
            if skill.state in {"active", "absent"} and not project.is_at(skill.name, skill.path)
        }
        if not strays:
            return list(skills)
        rows = []
        with Project(Path(root), self._home, self._other) as before:
            copies = self._copies(place._replace(project=before))
            for skill in skills:
                row = skill
                moved = skill.id in strays and project.look(skill.name) == skill.sha256
                if skill.id in strays and not moved:
                    row = copies.observe(skill)
                mine = moved or (skill.id in strays and row.state == "active")
                if mine and not self.review:
                    row = self._move(before, project, row)
                rows.append(row)
        return rows

    def _move(self, before: Project, project: Project, skill: Skill) -> Skill:
        outcome = move(before, project, skill)
        if outcome == "removed":
            hashes = {"before": skill.sha256, "after": skill.sha256}
            deed = tell(skill, "moved", "daemon", self.clock.now(), **hashes)
            path = str(project.path(skill.name))
            return change(self._log, skill, lambda txn: note(txn, deed), path=path)
        if outcome == "user-owned":
            return change(self._log, skill, state=outcome, note=describe(outcome))
        return skill

    def _observe(self, copies: Copies, project: Project, skill: Skill) -> Skill:
        elsewhere = not project.is_at(skill.name, skill.path)
        if elsewhere and skill.state in {"active", "absent"}:
            return skill  # it was looked for where it was put
        seen = copies.observe(skill)
        if seen.name != skill.name and not self.review:
            copies.links.follow(skill, seen)
        return seen

    def _prepare(self, workspace: Workspace, root: str) -> None:
        """Create the empty folder early; where that is not possible nothing is lost yet.

        It is for Claude Code, which notices a first skill only in a folder that is there.
        """
        if self.review or self._folder != CLAUDE:
            return
        try:
            with Project(Path(root), self._home) as project:
                new = project.prepare()
        except PublishError as error:
            self._say("skills folder not prepared", str(error))
            return
        if new:
            further = root if root != workspace.root else ""
            deed = Deed(
                ts=self.clock.now(),
                what="prepared",
                who="daemon",
                workspace=workspace.id,
                root=further,
            )
            self._log.transact(lambda txn: note(txn, deed))

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
