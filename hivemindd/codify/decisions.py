"""What a person decides about a skill."""

from collections.abc import Callable
from typing import Any

import msgspec

from hivemindd.codify.copies import Copies
from hivemindd.codify.rows import change, lessons_of, retire_with_lessons, tell
from hivemindd.codify.rulings import Decided
from hivemindd.codify.shelf import Shelf
from hivemindd.deeds import What
from hivemindd.errors import HivemindError
from hivemindd.log.audit import note
from hivemindd.log.keys import skill_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import SKILLS, Txn
from hivemindd.records import UNWRITTEN, Proposal, Skill, SkillState
from hivemindd.skills.ownership import reject, standing

_NOT_THERE: dict[SkillState, str] = {
    "waiting": "is not written yet: approve it first",
    "absent": "is not there just now",
    "rejected": "was never written: you rejected it",
    "deleted": "was deleted",
    "undone": "was taken away by `skills undo`: `skills pin --release` writes it again",
    "retired": "was taken back",
}
_ASKED_FOR = "you asked to keep it as it is: `skills pin --release` lets it grow again"


class Decisions:
    """Carries out what a person has decided about a skill, which is named by its id.

    `root` is the project of a skill, empty for the first of its workspace: what is decided
    about a skill holds in that project, and what is said of its rules in all.
    """

    def __init__(self, log: Log, shelf: Shelf) -> None:
        """Wire the parts; nothing is published while a decision is carried out."""
        self._log = log
        self._shelf = shelf

    def show(
        self, workspace: str, skill_id: str, root: str = "", proposal: str = "", over: str = ""
    ) -> None:
        """Remember by its id that a person looks at a proposal, which may be another by now.

        `over` is the hash of the file that it was compared with, which may change, too.

        Raises:
            HivemindError: there is no such skill.
        """
        with self._shelf.lock:
            skill = self._skill(workspace, skill_id, root)
            change(self._log, skill, shown=proposal, shown_over=over)

    def approve(self, workspace: str, skill_id: str, root: str = "", proposal: str = "") -> Decided:
        """Write what is proposed for a skill, also over what a person has made of it.

        `proposal` is the id of the one that they mean, empty for the one that they have seen,
        or any where they have seen none.

        Raises:
            HivemindError: nothing is proposed, or another text than they mean, the file is
                not there, or it was changed since they were shown both.
            ConfigError: the settings forbid to write into projects.
            PublishError: it cannot be written.
        """
        with self._shelf.open(workspace, root, "approved") as copies:
            skill = self._skill(workspace, skill_id, root)
            wanted = skill.proposal
            if wanted is None:
                raise HivemindError(f"nothing is proposed for {skill.name}")
            _check_meant(skill, wanted, proposal)
            if not wanted.text:
                return Decided(state=copies.withdraw(skill))
            # What lies in the place of a skill that was never written is no edit of it.
            expected = "" if skill.state in UNWRITTEN else copies.look(skill.name)
            if not expected and skill.state not in UNWRITTEN:
                raise HivemindError(f"{skill.path} is not there: what is missing is not written")
            if expected and not copies.is_plain(skill.name):
                raise HivemindError(f"{skill.path} is no plain file: nothing is written over it")
            if skill.shown == wanted.id and expected not in {"", skill.shown_over}:
                raise HivemindError(
                    f"{skill.path} has changed since you were shown the proposal: {_look(skill)}"
                )
            outcome = copies.write(skill, wanted, expected=expected)
            if outcome not in {"written", "unchanged"}:
                raise HivemindError(f"{skill.path} was changed this very moment: look at it again")
            return Decided(state="active", written=[skill.path] if outcome == "written" else [])

    def reject(self, workspace: str, skill_id: str, root: str = "") -> Decided:
        """Drop what is proposed for a skill, and never propose the same text again.

        Raises:
            HivemindError: nothing is proposed.
        """
        with self._shelf.lock:
            skill = self._skill(workspace, skill_id, root)
            wanted = skill.proposal
            if wanted is None:
                raise HivemindError(f"nothing is proposed for {skill.name}")
            state: SkillState = "rejected" if skill.state in UNWRITTEN else skill.state
            names = reject(skill, wanted)
            also = self._note(skill, "rejected")
            change(self._log, skill, also, proposal=None, rejected=names, state=state, shown="")
            return Decided(state=state)

    def retire(self, workspace: str, skill_id: str, root: str = "") -> Decided:
        """Take a skill back for good: its lessons do not return by themselves.

        A file that a person has edited stays where it is, as theirs: the state is then
        "user-owned". In further projects of the workspace it goes as one does that no lesson
        supports.

        Raises:
            ConfigError: the settings forbid to write into projects.
            PublishError: it cannot be removed.
        """
        with self._shelf.open(workspace, root, "retired") as copies:
            skill = self._skill(workspace, skill_id, root)
            state: SkillState = "retired"
            gone: str | None = None
            # One that is retired may be back with its branch.
            if skill.state not in {*UNWRITTEN, "undone"}:
                ours = {skill.sha256, *skill.hashes}
                state = copies.remove(skill, ours, lessons_of(skill))
                gone = "" if state == "retired" else None

            def retire(txn: Txn) -> None:
                copies.account(txn, skill, gone, retire_with_lessons(txn, skill))

            self._log.transact(retire)
            if self._is_elsewhere(skill):
                self._shelf.publish(workspace)
            return Decided(state="user-owned" if state == "user-owned" else "retired")

    def pin(self, workspace: str, skill_id: str, root: str = "") -> Decided:
        """Keep a skill as it is, whatever is learned, until it is released.

        Raises:
            HivemindError: there is no file of it.
        """
        with self._shelf.lock:
            skill = self._skill(workspace, skill_id, root)
            if skill.state in _NOT_THERE:
                raise HivemindError(f"{skill.name} {_NOT_THERE[skill.state]}")
            also, note = self._note(skill, "pinned"), _ASKED_FOR
            change(self._log, skill, also, state="pinned", kept=True, note=note, proposal=None)
            return Decided(state="pinned")

    def release(self, workspace: str, skill_id: str, root: str = "") -> Decided:
        """Let a pinned skill grow again, from the version that it has now.

        One that was undone away is written again, if a lesson still supports it.

        Raises:
            HivemindError: it is not pinned, or not there.
            ConfigError: the settings forbid to write into projects.
            PublishError: it cannot be looked at, or what is due cannot be written.
        """
        with self._shelf.open(workspace, root, "released") as copies:
            skill = self._skill(workspace, skill_id, root)
            change(self._log, skill, self._note(skill, "released"), **_freed(copies, skill))
            written = self._shelf.publish(workspace)
            left = self._find(workspace, skill_id, root)
            # One that was undone away is forgotten where no lesson supports it any more.
            return Decided(state=left.state if left else "retired", written=written)

    def undo(self, workspace: str, skill_id: str, root: str = "") -> Decided:
        """Put back what was there before a skill was last written or removed, and keep it so.

        What a person has taken back with it, its rules, counts again. Done again, it goes one
        step further back.

        Raises:
            HivemindError: nothing was done that is known, a person has changed the file since,
                or what was there before is not kept.
            ConfigError: the settings forbid to write into projects.
            PublishError: it cannot be put back.
        """
        with self._shelf.open(workspace, root, "undone") as copies:
            skill = self._skill(workspace, skill_id, root)
            receipt = copies.last(skill)
            if receipt is None:
                raise HivemindError(f"nothing is known that could be undone of {skill.name}")
            if copies.look(skill.name) != receipt.after or skill.state == "user-owned":
                raise HivemindError(
                    f"{skill.path} is not as it was left: what you made of it stays"
                )
            if receipt.lost:
                raise HivemindError(f"what {skill.path} said before was not kept: {receipt.lost}")
            if not copies.undo(skill, receipt):
                raise HivemindError(f"{skill.path} was changed this very moment: look at it again")
            written = [skill.path] if receipt.files else []
            return Decided(state="pinned" if written else "undone", written=written)

    def _note(self, skill: Skill, what: What) -> Callable[[Txn], None]:
        """Return what tells the audit of a decision that touches no file."""
        deed = tell(skill, what, "user", self._shelf.clock.now())
        return lambda txn: note(txn, deed)

    def _is_elsewhere(self, skill: Skill) -> bool:
        with self._log.read() as txn:
            rows = SKILLS.rows(txn, workspace_key(skill.workspace))
        return any(row.id == skill.id and row.root != skill.root for row in rows)

    def _skill(self, workspace: str, skill_id: str, root: str) -> Skill:
        skill = self._find(workspace, skill_id, root)
        if skill is None:
            raise HivemindError(f"there is no skill {skill_id!r}: `hivemindctl skills` lists them")
        return skill

    def _find(self, workspace: str, skill_id: str, root: str) -> Skill | None:
        with self._log.read() as txn:
            return SKILLS.get(txn, skill_key(workspace, skill_id, root))


def _check_meant(skill: Skill, wanted: Proposal, meant: str) -> None:
    """Refuse to approve another proposal than a person has named, or has looked at last."""
    look = _look(skill)
    if meant and meant != wanted.id:
        raise HivemindError(f"what is proposed for {skill.name} is {wanted.id} now: {look}")
    if not meant and skill.shown not in {"", wanted.id}:
        raise HivemindError(
            f"the proposal for {skill.name} has changed since you were shown it: {look}"
        )


def _look(skill: Skill) -> str:
    return f"look at it with `hivemindctl skills show {skill.name} --diff`"


def _freed(copies: Copies, skill: Skill) -> dict[str, Any]:
    """Return the fields of a skill that is to grow again, from what lies there."""
    there = copies.look(skill.name)
    if skill.state == "undone":
        # It begins anew, and so does the count of what it changes.
        fresh = {"sha256": "", "written": 0, "since": {}}
        return {"kept": False, "state": "waiting", "note": "", **fresh}
    if skill.state != "pinned":
        raise HivemindError(f"{skill.name} is not pinned")
    if not there:
        raise HivemindError(f"{skill.path} is not there: there is nothing to release")
    last = there if there in skill.hashes else skill.sha256
    free = msgspec.structs.replace(skill, kept=False, sha256=last)
    return {"kept": False, "sha256": last, "state": standing(free, there), "note": ""}
