"""The skills of one project as they lie in it, each with the row that tells of it."""

from collections.abc import Callable, Collection, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from hivemindd.clock import Clock
from hivemindd.codify.absence import Absences, describe
from hivemindd.errors import PublishError
from hivemindd.log.keys import skill_key, text_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import LESSONS, SKILLS, Txn
from hivemindd.records import UNWRITTEN, Proposal, Skill, SkillState, Workspace
from hivemindd.skills.lineage import describe_lineage
from hivemindd.skills.ownership import remember, standing
from hivemindd.skills.publish import AGENTS, LINEAGE, SKILL, Outcome, Project

_CHANGED: dict[Outcome, SkillState] = {"user-owned": "user-owned", "rolled-back": "pinned"}
_OBSERVED = ("name", "path", "state", "note", "sha256", "hashes")
_UNSUPPORTED = "no lesson supports it any more"


class Place(NamedTuple):
    """One project of a workspace, opened; `root` is empty for the first.

    `to_codex` tells whether skills are written for Codex.
    """

    workspace: Workspace
    project: Project
    root: str
    to_codex: bool = True


def change(log: Log, skill: Skill, **fields: Any) -> Skill:
    """Store new values of some fields of a skill's row, and return the row.

    All others stay as the log has them: the lessons of a skill may be renamed meanwhile.
    A lesson that is now in the skill of the first project is told so.
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
        return row

    return log.transact(store)


class Copies:
    """What is done to one skill at a time: the file first, its row after it."""

    def __init__(
        self,
        log: Log,
        clock: Clock,
        place: Place,
        absences: Absences,
        say: Callable[[str, str], None],
    ) -> None:
        """Work in an open project; `say` logs what hinders (a thing and its cause)."""
        self._log = log
        self._clock = clock
        self._place = place
        self._project = place.project
        self._absences = absences
        self._say = say

    def names(self) -> set[str]:
        """Return the names that are taken in the project."""
        return self._project.names()

    def look(self, name: str) -> str:
        """Return the hex SHA-256 of what lies on the disk, empty when nothing does."""
        return self._project.look(name)

    def begin(self, skill_id: str, name: str, known: Skill | None) -> Skill:
        """Return the row of a skill, made or renamed where there is none or it has no file yet."""
        path = str(self._project.path(name))
        if known is None:
            home, root = self._place.workspace.id, self._place.root
            return Skill(
                id=skill_id, workspace=home, root=root, name=name, path=path, state="waiting"
            )
        if known.state not in UNWRITTEN or (known.name, known.path) == (name, path):
            return known
        return change(self._log, known, name=name, path=path)

    def observe(self, skill: Skill) -> Skill:
        """Return a skill as the disk says whose it is, or why it is not there; and keep that.

        Raises:
            PublishError: a skill of ours cannot be looked at.
        """
        try:
            seen = self._absences.settle(skill)
        except PublishError:
            if skill.state in {"active", "absent"}:
                raise
            return skill
        if seen.state == "absent":
            self._say("a skill is not where it was written", seen.note)
        if seen == skill:
            return skill
        fields: dict[str, Any] = {name: getattr(seen, name) for name in _OBSERVED}
        if seen.state != skill.state or seen.name != skill.name:
            fields["proposal"] = None
        return change(self._log, skill, **fields)

    def write(self, skill: Skill, wanted: Proposal, *, expected: str) -> Outcome:
        """Write a text over what is expected to be there (hex SHA-256, empty for nothing).

        What a person has done with the file meanwhile goes before.

        Raises:
            PublishError: it cannot be written, or the name is somebody else's.
        """
        home = workspace_key(skill.workspace)
        with self._log.read() as txn:
            found = (LESSONS.get(txn, home + text_key(name)) for name in wanted.lessons)
            lessons = [lesson for lesson in found if lesson is not None]
        lineage = describe_lineage(skill.id, wanted.version, lessons)
        files = {SKILL: wanted.text.encode(), LINEAGE: lineage}
        outcome = self._project.write(
            skill.name, files, expected=expected, skill_id=skill.id, older=skill.hashes
        )
        if outcome == "foreign":
            raise PublishError(f"{skill.path} is not ours: rename it, or remove it")
        if outcome in _CHANGED:
            state = _CHANGED[outcome]
            change(self._log, skill, state=state, note=describe(state), proposal=None)
            return outcome
        if outcome == "deleted":
            return outcome  # since it was looked for: next time it is asked why
        now = self._clock.now()
        change(
            self._log,
            skill,
            state="active",
            version=wanted.version,
            rules=wanted.rules,
            lessons=wanted.lessons,
            sha256=sha256(files[SKILL]).hexdigest(),
            hashes=remember(skill, files.values()),
            since=_since(skill, wanted.lessons, now),
            written=now,
            note=self.link(skill.name),
            proposal=None,
            kept=False,
        )
        return outcome

    def keep(self, skill: Skill, wanted: Proposal | None, **fields: Any) -> None:
        """Keep a text that is not written as the skill's proposal, None for no proposal."""
        known = skill.proposal
        if known and wanted and msgspec.structs.replace(wanted, made=known.made) == known:
            wanted = known
        change(self._log, skill, proposal=wanted, **fields)

    def suggest(self, skill: Skill, wanted: Proposal) -> None:
        """Keep the proposal for a skill of ours; one that was never written consists of it."""
        if skill.sha256:
            self.keep(skill, wanted)
        else:
            new = {"rules": wanted.rules, "lessons": wanted.lessons}
            self.keep(skill, wanted, state="waiting", **new)

    def withdraw(self, skill: Skill) -> SkillState:
        """Take back a skill that nothing supports, if it is what we wrote last.

        Returns its state then. Its lessons are free for another skill: a person's newest
        word may bring them back.

        Raises:
            PublishError: it cannot be removed.
        """
        state = self.remove(skill, {skill.sha256})
        if state != "deleted":  # else it has gone since it was looked for
            fields: dict[str, Any] = {"lessons": []} if state == "retired" else {}
            change(self._log, skill, state=state, note=_UNSUPPORTED, proposal=None, **fields)
        return state

    def remove(self, skill: Skill, ours: Collection[str]) -> SkillState:
        """Remove the file of a skill if its hash is one of ours; return the skill's state then.

        What a person wrote stays, and so do other files beside it.

        Raises:
            PublishError: it cannot be removed.
        """
        there = self._project.look(skill.name)
        if there and there not in ours:
            return standing(skill, there)
        outcome = self._project.remove(skill.name, expected=there, older=skill.hashes)
        return "retired" if outcome == "removed" else outcome

    def forget(self, skill: Skill) -> None:
        """Drop a skill that was never written, unless a person has said no to it."""
        if skill.rejected:
            self.keep(skill, None, state="rejected")
        else:
            key = skill_key(skill.workspace, skill.id, skill.root)
            self._log.transact(lambda txn: SKILLS.delete(txn, key))

    def link(self, name: str) -> str:
        """Link a skill for those who read `.agents/skills`; return why it is not seen there.

        They are those who use Codex here, and whoever has put that folder into the project.
        """
        if self._project.shelf == AGENTS:
            return ""
        try:
            if not self._place.to_codex:
                self._project.unlink(name)
                return ""
            used = "codex" in self._place.workspace.assistants
            if not used and not self._project.is_read_by_others():
                return ""
            return "" if self._project.link(name) else f".agents/skills/{name} is somebody else's"
        except PublishError as error:
            self._say("skill not linked", str(error))
            return str(error)

    def follow(self, before: Skill, now: Skill) -> None:
        """Have the link of a skill that was renamed lead to where it is."""
        self._project.unlink(before.name)
        self.link(now.name)


def _since(skill: Skill, lessons: Sequence[str], now: int) -> dict[str, int]:
    """Return since when each rule has stood in the file that is written now."""
    before = skill.lessons if skill.written else []
    since = {name: skill.since.get(name, skill.written) for name in before}
    return {name: since.get(name, now) for name in lessons}
