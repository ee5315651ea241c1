"""The skills of one project as they lie in it, each with the row that tells of it."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import msgspec

from hivemindd.clock import Clock
from hivemindd.codify import receipts
from hivemindd.codify.absence import Absences, describe
from hivemindd.codify.adopt import ADOPTED, adopt, recall
from hivemindd.codify.links import Links
from hivemindd.codify.place import Place
from hivemindd.codify.rows import change, regain, tell
from hivemindd.deeds import Deed, Receipt, What, Who
from hivemindd.errors import PublishError
from hivemindd.log.audit import note
from hivemindd.log.keys import skill_key, text_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import LESSONS, SKILLS, Txn
from hivemindd.records import UNWRITTEN, Lesson, Proposal, Skill, SkillState
from hivemindd.skills.contents import LINEAGE, SKILL, Outcome, digest
from hivemindd.skills.lineage import describe_lineage
from hivemindd.skills.ownership import remember, since, standing
from hivemindd.skills.publish import Removal

_CHANGED: dict[Outcome, SkillState] = {"user-owned": "user-owned", "rolled-back": "pinned"}
_OBSERVED = ("name", "path", "state", "note", "sha256", "hashes")
_UNSUPPORTED = "no lesson supports it any more"
_UNDONE = "you undid what was done last: `skills pin --release` lets it grow again"


class Copies:
    """What is done to one skill at a time: the file first, its row after it."""

    def __init__(
        self,
        log: Log,
        clock: Clock,
        place: Place,
        absences: Absences,
        say: Callable[[str, str], None],
        *,
        decision: What | None = None,
    ) -> None:
        """Work in an open project; `say` logs what hinders (a thing and its cause).

        `decision` is what a person has decided where that is why something is done.
        """
        self._log = log
        self._clock = clock
        self._place = place
        self._project = place.project
        self._absences = absences
        self._say = say
        self._decision = decision
        self._who: Who = "user" if decision else "daemon"
        self.links = Links(log, clock, place, self._who, say)

    def names(self) -> set[str]:
        """Return the names that are taken in the project, by others than us."""
        # What a crash kept us from finishing is gone on with, also where the log knows nothing.
        names = self._project.names()
        return {name for name in names if not self._project.is_unfinished(name)}

    def look(self, name: str) -> str:
        """Return the hex SHA-256 of what lies on the disk, empty when nothing does."""
        return self._project.look(name)

    def is_plain(self, name: str) -> bool:
        """Tell whether what lies on the disk is a file, which can be read and put back."""
        return self._project.is_plain(name)

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
        if seen.state == "deleted":
            self.links.drop(skill)
        fields: dict[str, Any] = {name: getattr(seen, name) for name in _OBSERVED}
        if seen.state != skill.state or seen.name != skill.name:
            fields["proposal"] = None
        return change(self._log, skill, **fields)

    def recall(self, lessons: Sequence[Lesson], known: Sequence[Skill]) -> list[Skill]:
        """Return the skills of the project, with those whose files tell more than the log.

        `lessons` are those of the workspace, `known` the rows that there are.
        """
        place = self._place
        found = recall(self._project, place.workspace, place.root, lessons, known)
        return [row if row in known else self._take_in(row) for row in found]

    def adopt(self, skill: Skill, lessons: Sequence[Lesson]) -> None:
        """Note a text that we had written when we died; `lessons` are those of the workspace.

        Raises:
            PublishError: the project cannot be read.
        """
        row = adopt(self._project, skill, lessons)
        self._take_in(row, lambda txn: self.account(txn, row, row.sha256))

    def _take_in(self, row: Skill, also: Callable[[Txn], object] | None = None) -> Skill:
        now = self._clock.now()
        fields = {name: getattr(row, name) for name in ADOPTED}
        fields |= {"since": since(row, row.lessons, now), "written": now}
        return change(self._log, row, also, **fields)

    def is_removed(self, skill: Skill) -> bool:
        """Tell whether a skill is missing, and nothing explains it but that it was removed."""
        missing = not self._project.look(skill.name)
        return missing and self._absences.explain(skill).kind == "deleted"

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
        after = digest(files[SKILL])
        self._begin(skill, after)
        # Should SKILL.md fail, the lineage beside it is ours.
        if skill.hashes or skill.state not in UNWRITTEN:
            skill = change(self._log, skill, hashes=remember(skill, [lineage]))
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
        unseen = self.links.keep(skill)
        change(
            self._log,
            skill,
            lambda txn: self.account(txn, skill, after),
            state="active",
            version=wanted.version,
            rules=wanted.rules,
            lessons=wanted.lessons,
            sha256=after,
            hashes=remember(skill, files.values()),
            since=since(skill, wanted.lessons, now),
            written=now,
            note=unseen,
            proposal=None,
            kept=False,
            shown="",
            stale=False,
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
            fields |= {"state": state, "note": _UNSUPPORTED, "proposal": None, "shown": ""}
            gone = "" if state == "retired" else None
            change(self._log, skill, lambda txn: self.account(txn, skill, gone), **fields)
        return state

    def remove(
        self, skill: Skill, ours: Collection[str], retired: Sequence[str] = ()
    ) -> SkillState:
        """Remove the file of a skill if its hash is one of ours; return the skill's state then.

        What a person wrote stays, and so do other files beside it. The row is left to whoever
        asks, and so is to `account` for what has gone. `retired` are the lessons that are to go
        with it because a person says so: should we die, that is known.

        Raises:
            PublishError: it cannot be removed.
        """
        there = self._project.look(skill.name)
        if there and there not in ours:
            return standing(skill, there)
        with self._log.read() as txn:
            begun = not there and receipts.is_removal(txn, skill)
        if begun:  # we died over it
            self._project.clear(skill.name, skill.hashes)
            return "retired"
        self._begin(skill, "", retired)
        outcome = self._project.remove(skill.name, expected=there, older=skill.hashes)
        return "retired" if outcome == "removed" else outcome

    def last(self, skill: Skill) -> Receipt | None:
        """Return the receipt of what was done last to a skill, None where none is kept."""
        there = self._project.look(skill.name)
        with self._log.read() as txn:
            return receipts.last(txn, skill, there)

    def undo(self, skill: Skill, receipt: Receipt) -> bool:
        """Put back what a receipt tells of, if the file is as it was left, and keep it so.

        Returns whether it could be done.

        Raises:
            PublishError: it cannot be put back.
        """
        bounds: dict[str, Any] = {"expected": receipt.after, "older": skill.hashes}
        outcome: Outcome | Removal
        self._begin(skill, receipt.before, undoes=True)
        if receipt.files:
            outcome = self._project.restore(skill.name, receipt.files, **bounds)
        else:
            outcome = self._project.remove(skill.name, **bounds)
        if outcome not in {"written", "removed"}:
            return False
        self.note_undone(skill, receipt)
        return True

    def note_undone(self, skill: Skill, receipt: Receipt) -> None:
        """Note that what a receipt tells of lies there again, or nothing where nothing did."""
        fields: dict[str, Any] = {"state": "undone"}
        if receipt.before:
            self.links.keep(skill)
            fields = {"state": "pinned", "written": self._clock.now()}
        else:
            self._project.clear(skill.name, skill.hashes)

        def settle(txn: Txn) -> None:
            receipts.drop(txn, skill, receipt.after)
            self._tell(txn, skill, receipt.after, receipt.before)
            regain(txn, skill, receipt)

        change(self._log, skill, settle, kept=True, proposal=None, note=_UNDONE, **fields)

    def account(
        self, txn: Txn, skill: Skill, after: str | None, retired: list[str] | None = None
    ) -> None:
        """Tell of what has been done to a file, and why; None for `after` where it was not.

        `retired` are the lessons that went with it because a person said so.
        """
        receipt = receipts.finish(txn, skill, after, retired)
        if receipt is not None:
            self._tell(txn, skill, receipt.before, receipt.after)
        elif self._decision:
            note(txn, tell(skill, self._decision, "user", self._clock.now()))

    def _tell(self, txn: Txn, skill: Skill, before: str, after: str) -> None:
        deed = self._describe(skill, self._who, before, after)
        note(txn, deed)
        if self._decision:
            note(txn, msgspec.structs.replace(deed, what=self._decision))

    def _begin(
        self, skill: Skill, after: str, retired: Sequence[str] = (), *, undoes: bool = False
    ) -> None:
        """Keep what is there for the case that it is wanted back."""
        receipt = receipts.describe(skill, self._project.read(skill.name), after)
        receipt.retired, receipt.undoes = list(retired), undoes
        if receipt.before == after:
            return

        def begin(txn: Txn) -> None:
            # The one before may have happened, and we died before its row was stored.
            if found := receipts.finish(txn, skill, receipt.before):
                note(txn, self._describe(skill, "daemon", found.before, found.after))
            receipts.begin(txn, skill, receipt)

        self._log.transact(begin)

    def _describe(self, skill: Skill, who: Who, before: str, after: str) -> Deed:
        what: What = "written" if after else "removed"
        return tell(skill, what, who, self._clock.now(), before=before, after=after)

    def forget(self, skill: Skill) -> None:
        """Drop a skill that was never written, unless a person has said no to it."""
        if skill.rejected:
            self.keep(skill, None, state="rejected")
        else:
            key = skill_key(skill.workspace, skill.id, skill.root)
            self._log.transact(lambda txn: SKILLS.delete(txn, key))
