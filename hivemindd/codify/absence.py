"""Why a skill is not where we put it: deleted by a person, or only not here just now.

Only what nothing else explains is a deletion. A wrong "deleted" would end a skill that its
owner still wants; a wrong "away" costs nothing, since what is missing is never written again
either way.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec

from hivemindd.codify.repository import Repository, Step, is_move
from hivemindd.records import Skill, SkillState
from hivemindd.skills.contents import SKILL
from hivemindd.skills.ownership import standing
from hivemindd.skills.publish import AGENTS, CLAUDE, Project

SHOWN = 60
# Git empties the work tree first and notes in whole seconds, after that, what it did.
NEAR_MS = 5_000

_FOLLOWED = frozenset({"active", "absent", "user-owned", "pinned", "undone", "deleted"})
_NOTES: dict[SkillState, str] = {
    "pinned": "you went back to an older version: `skills pin --release` lets it grow again",
    "user-owned": "you edited it, so it is yours: it is not written any more",
}


class Absence(msgspec.Struct, frozen=True):
    """What became of a skill; `name` is the folder that it lies in now, if it was renamed.

    `away` stands for all that is no deletion, also for what cannot be told.
    """

    kind: Literal["deleted", "renamed", "away"]
    why: str
    name: str = ""


class Absences:
    """Finds out about the missing skills of one project; git is only asked if one is missing."""

    def __init__(self, root: Path, project: Project, *, search: str = "") -> None:
        """Take a root and its opened project; `search` is where git is, as in `PATH`."""
        self._root = root
        self._project = project
        self._git = Repository(root, search=search)

    def settle(self, skill: Skill) -> Skill:
        """Return the row of a skill as the disk has it, an equal one where nothing has changed.

        Where the file is there, its hash says whose it is. What is back is what its file says
        too, whatever took it away; a person's own and what is pinned stay so while it is away.

        Raises:
            PublishError: the project cannot be read.
        """
        if skill.state not in _FOLLOWED:
            return skill
        change = msgspec.structs.replace
        found = self._is_there(skill)
        if found or skill.state == "undone":
            return self._seen(skill) if found else skill
        absence = self.explain(skill)
        if absence.kind == "renamed":
            path = str(self._place(absence.name))
            row = change(skill, name=absence.name, path=path, note=absence.why)
            # What lies there now was not put there by us, whatever its bytes.
            there = {skill.sha256, self._project.look(absence.name)}
            row.hashes = [name for name in skill.hashes if name not in there]
            row.state, row.sha256 = "pinned" if skill.kept else "user-owned", ""
            return row
        if absence.kind == "deleted" and skill.state != "deleted":
            return change(skill, state="deleted", note=absence.why)
        if absence.kind == "away" and skill.state in {"active", "absent"}:
            return change(skill, state="absent", note=absence.why)
        return skill

    def _seen(self, skill: Skill) -> Skill:
        """Return the row of a skill whose file is there."""
        row = msgspec.structs.replace(skill, path=str(self._place(skill.name)))
        # A deleted one that is there bears our mark, so it is the very one.
        there = self._project.look(skill.name)
        row.state = standing(msgspec.structs.replace(skill, state="active"), there)
        if row.state != skill.state:
            row.note = describe(row.state)
        return row

    def explain(self, skill: Skill) -> Absence:
        """Say why a skill that is missing is not there; what was found deleted stays so.

        Raises:
            PublishError: the project cannot be read.
        """
        for name, mark in self._marks.items():
            if mark == skill.id and name != skill.name and name.isprintable():
                return Absence("renamed", f"renamed by hand, from {skill.name}", name)
        if skill.state == "deleted":
            return Absence("deleted", skill.note)
        if Path(skill.path) != self._place(skill.name):
            return Absence("away", f"it was written to {skill.path}")
        if told := self._by_git(skill):
            return told
        if self._has_vanished():
            folder = self._project.folder.relative_to(self._root)
            return Absence("away", f"{folder} has gone as a whole")
        return Absence("deleted", "deleted by hand")

    @cached_property
    def _marks(self) -> dict[str, str]:
        return self._project.marks()

    @cached_property
    def _steps(self) -> list[Step]:
        return self._git.steps() if self._git.have(["HEAD"]) else []

    @cached_property
    def _elsewhere(self) -> set[str]:
        """The commits that are, or were, checked out somewhere."""
        return {*self._git.tips(), *(step.name for step in self._steps)}

    @cached_property
    def _stashed(self) -> list[str]:
        return self._git.stashed()

    def _place(self, name: str) -> Path:
        return self._project.folder / name / SKILL

    def _is_there(self, skill: Skill) -> bool:
        """Tell whether it lies at its place; one that was taken away must be ours to count."""
        if skill.state in {"deleted", "undone"}:
            if self._marks.get(skill.name) == skill.id:
                return True
            there = self._project.look(skill.name)
            return bool(there) and skill.state == "deleted" and self._is_gone_elsewhere(skill)
        return bool(self._project.look(skill.name))

    def _is_gone_elsewhere(self, skill: Skill) -> bool:
        """Tell whether what is checked out never lost a skill that other branches have removed.

        A person may have left nothing of ours in it, not even the mark.
        """
        files = _files(skill)
        is_repository = os.path.lexists(self._root / ".git")
        if not is_repository or not self._git.have(_objects(["HEAD"], files)):
            return False
        gone = self._git.removals(files, skill.written)
        # Where the branches parted the file was still there, else HEAD has another of its name.
        forks = {self._git.fork(name) for name in gone}
        kept = all(fork and self._git.have(_objects([fork], files)) for fork in forks)
        return bool(gone) and kept and not self._git.notes

    def _by_git(self, skill: Skill) -> Absence | None:
        """Return what git knows about it, None if that is nothing or there is no repository."""
        dot = self._root / ".git"
        if not os.path.lexists(dot) or (dot.is_dir() and is_void(dot)):
            return None
        told = None if self._git.notes else self._ask(skill)
        if self._git.notes:
            # What was answered before the failure may not be the whole truth.
            note = self._git.notes[0]
            return Absence("away", f"git cannot be asked whether it was deleted: {note}")
        return told

    def _ask(self, skill: Skill) -> Absence | None:
        git = self._git
        folder = git.folder()
        if folder is None:
            return None
        if os.path.lexists(folder / "index.lock"):
            return Absence("away", "git is at work")
        files = _files(skill)
        here = git.have(["HEAD", *_objects(["HEAD"], files)])
        if here - {"HEAD"}:
            return self._ask_index(files)
        if "HEAD" in here and skill.written and any(git.commits(files, skill.written)):
            # A commit after which git leaves a file alone may have left it on the disk.
            taken = self._taken(skill) if git.ignores(files) else None
            return taken or Absence("deleted", "deleted in a commit")
        if git.have(_objects(self._stashed, files)):
            return Absence("away", "it lies in git's stash")
        return self._ask_moves(skill, files)

    def _ask_index(self, files: Sequence[str]) -> Absence | None:
        """Explain that a file is missing which the commit that is checked out has."""
        tags = self._git.tags(files)
        if not tags:
            return Absence("deleted", "deleted with `git rm`")
        return Absence("away", "it is outside of the sparse checkout") if "S" in tags else None

    def _ask_moves(self, skill: Skill, files: Sequence[str]) -> Absence | None:
        """Explain it by what git did to the work tree since the skill was written."""
        # Without a log of HEAD nobody knows whether it was moved.
        moved = self._moves(skill) or not self._steps
        if moved and self._git.have(_objects(self._elsewhere, files)):
            return Absence("away", "it is committed, but not in what is checked out")
        return self._taken(skill)

    def _moves(self, skill: Skill) -> list[Step]:
        return [step for step in self._steps if is_move(step) and step.ts + 999 >= skill.written]

    def _taken(self, skill: Skill) -> Absence | None:
        """Explain it by a move at the moment at which it went."""
        removed = self._removed(skill.name)
        for step in self._moves(skill):
            if abs(step.ts - removed) <= NEAR_MS:
                return Absence("away", f"git took it away: {step.what[:SHOWN]}")
        return None

    def _removed(self, name: str) -> int:
        """Return when it may have been removed, in ms: what lay next above it changed then."""
        for folder in self._place(name).parents:
            try:
                return folder.stat().st_mtime_ns // 1_000_000
            except OSError:
                continue
        return 0

    def _has_vanished(self) -> bool:
        """Tell whether more went than anybody deletes who means a skill."""
        skills = self._project.folder
        return is_void(skills.parent) or (skills.is_symlink() and not skills.exists())


def describe(state: SkillState) -> str:
    """Return the note beside a skill whose file has put it into a state."""
    return _NOTES.get(state, "")


def is_void(folder: Path) -> bool:
    """Tell whether a folder is missing or empty, like one that is not mounted."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return True


def _files(skill: Skill) -> list[str]:
    """Return where git may have a skill."""
    return ["/".join((*place, skill.name, SKILL)) for place in (CLAUDE, AGENTS)]


def _objects(trees: Iterable[str], files: Sequence[str]) -> Iterator[str]:
    return (f"{tree}:{file}" for tree in trees for file in files)
