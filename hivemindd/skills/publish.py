"""The only code that writes into a user's project: `.claude/skills` and `.agents/skills`.

What is written is what the guard lets through, and nothing that a person wrote is written
over or removed. Folders are opened as `tree.py` does it, `contents.py` puts whole files into them,
and nothing is checked by path and then used by path.
"""

import os
import stat
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from hivemindd.errors import PublishError
from hivemindd.skills import contents, guard
from hivemindd.skills.contents import LINEAGE, SKILL, Outcome, digest
from hivemindd.skills.files import sweep, take_out
from hivemindd.skills.render import read_mark
from hivemindd.skills.root import link_at, read_file
from hivemindd.skills.tree import Tree

CLAUDE = (".claude", "skills")
AGENTS = (".agents", "skills")
Removal = Literal["removed", "user-owned", "deleted"]

_LINEAGE_LIMIT = 1 << 18
_MOST_FOLDERS = 1_000


class Project(Tree):
    """The skills of a project, its root held open; use it as a context."""

    def __init__(self, root: Path, home: Path, shelf: tuple[str, ...] = CLAUDE) -> None:
        """Name the root, and which of the two folders skills lie in.

        `home` is never written to as if it were a project.
        """
        super().__init__(root, home)
        self.shelf = shelf

    @property
    def folder(self) -> Path:
        """The folder that its skills lie in."""
        return self._path.joinpath(*self.shelf)

    def path(self, name: str) -> Path:
        """Return where the SKILL.md of a skill is looked for."""
        return self.folder / name / SKILL

    def is_at(self, name: str, path: str) -> bool:
        """Tell whether a path that was stored is where a skill is looked for."""
        return Path(path).parts[-4:] == self.path(name).parts[-4:]

    def prepare(self) -> bool:
        """Create the empty folder, so that running sessions notice a first skill.

        Returns whether it was not there before.
        """
        with self._told("create .claude/skills"):
            with suppress(FileNotFoundError), self._folder(self.shelf):
                return False
            with self._folder(self.shelf, create=True):
                return True

    def is_read_by_others(self) -> bool:
        """Tell whether there is an `.agents/skills` that lies in the project."""
        with suppress(OSError, PublishError), self._folder(AGENTS):
            return True
        return False

    def is_one(self) -> bool:
        """Tell whether a link makes both skills folders one and the same."""
        with (
            suppress(OSError, PublishError),
            self._folder(CLAUDE) as skills,
            self._folder(AGENTS) as agents,
        ):
            return os.path.samestat(os.fstat(skills), os.fstat(agents))
        return False

    def names(self) -> set[str]:
        """Return the names in both skills folders, whoever they belong to.

        Where the file system takes no account of case, ours must not differ by it alone.
        What a link leads out of the project to is none of its skills.
        """
        found: set[str] = set()
        for parts in (CLAUDE, AGENTS):
            # A file in its place has no names; in that of our own folder it is told.
            aside = () if parts == self.shelf else (NotADirectoryError,)
            with (
                self._told(f"list {'/'.join(parts)}"),
                suppress(FileNotFoundError, PublishError, *aside),
                self._folder(parts) as folder,
            ):
                found.update(os.listdir(folder))
        return found | {name.casefold() for name in found}

    def is_unfinished(self, name: str) -> bool:
        """Tell whether there is nothing in a folder but what comes before a SKILL.md of ours."""
        if guard.check_name(name):
            return False
        with suppress(OSError, PublishError), self._folder((*self.shelf, name)) as folder:
            return contents.is_free(folder)
        return False

    def marks(self) -> dict[str, str]:
        """Return the ids of our skills, by the folders they lie in now."""
        found: dict[str, str] = {}
        with (
            self._told("list the skills"),
            suppress(FileNotFoundError),
            self._folder(self.shelf) as skills,
        ):
            for name in sorted(os.listdir(skills))[:_MOST_FOLDERS]:
                with suppress(OSError, PublishError), self._folder((*self.shelf, name)) as folder:
                    if mark := read_mark(read_file(folder, SKILL) or b""):
                        found[name] = mark[0]
        return found

    def write(
        self,
        name: str,
        files: Mapping[str, bytes],
        *,
        expected: str,
        skill_id: str,
        older: Collection[str] = (),
    ) -> Outcome:
        """Write the files of a skill, SKILL.md last, unless it is not ours to write.

        Args:
            name: the folder.
            files: SKILL.md, and `lineage.json` if there is one.
            expected: hex SHA-256 of the SKILL.md that may be replaced, which is the one that
                we wrote last; empty for a new skill.
            skill_id: the id that a SKILL.md of ours ends with.
            older: the same of all files that we have written here before.

        Returns:
            `user-owned` when a person has edited it, `rolled-back` to an older one of ours,
            `deleted` when it is there no more, `foreign` when the name belongs to somebody
            else's skill.

        Raises:
            PublishError: it cannot be written, a link leads out, or the files are no skill.
        """
        _check(name, files)
        return self._put(
            name,
            expected,
            lambda folder: contents.write(folder, files, expected, skill_id, older),
        )

    def restore(
        self,
        name: str,
        files: Mapping[str, bytes],
        *,
        expected: str,
        older: Collection[str],
    ) -> Outcome:
        """Put back the files that lay in the folder of a skill before we wrote or removed it.

        They may be a person's: what is in them was there, so nobody looks at it again.

        Args:
            name: the folder.
            files: SKILL.md, and `lineage.json` if there was one of ours.
            expected: hex SHA-256 of the SKILL.md that we left there, empty for none.
            older: the same of all files that we have written here.

        Returns:
            As `write`; `user-owned` when it is not as we left it.

        Raises:
            PublishError: it cannot be written, or a link leads out.
        """
        _check(name)
        return self._put(
            name, expected, lambda folder: contents.restore(folder, files, expected, older)
        )

    def _put(self, name: str, expected: str, put: Callable[[int], Outcome]) -> Outcome:
        """Open the folder of a skill, made where nothing is expected in it, and fill it."""
        with self._told(f"write the skill {name}"):
            new = False
            try:
                with self._folder(self.shelf, create=not expected) as skills:
                    if not expected and link_at(skills, name) is not None:
                        return "foreign"
                    new = name not in os.listdir(skills)
                with self._folder((*self.shelf, name), create=not expected) as folder:
                    return put(folder)
            except FileNotFoundError:
                if expected and self._is_in_place():
                    return "deleted"
                raise
            except OSError:
                if new:
                    self._discard(name)
                raise

    def look(self, name: str) -> str:
        """Return the hex SHA-256 of a SKILL.md on disk, empty when there is none."""
        return digest(self.read(name).get(SKILL))

    def is_plain(self, name: str) -> bool:
        """Tell whether the SKILL.md on disk is a file, and no link or what else may be there."""
        with suppress(OSError, PublishError), self._folder((*self.shelf, name)) as folder:
            return stat.S_ISREG(os.stat(SKILL, dir_fd=folder, follow_symlinks=False).st_mode)
        return False

    def read(self, name: str) -> dict[str, bytes]:
        """Return those files of a skill on disk that we write.

        What a person has put in place of its folder, a file or a link that leads out, reads
        like a SKILL.md that is a link: as an empty one.
        """
        _check_entry(name)
        with self._told(f"read the skill {name}"), suppress(FileNotFoundError):
            try:
                with self._folder((*self.shelf, name)) as folder:
                    found = {file: read_file(folder, file) for file in (SKILL, LINEAGE)}
                    return {file: content for file, content in found.items() if content is not None}
            except (PublishError, NotADirectoryError):
                with self._folder(self.shelf):  # else it is no matter of this skill
                    return {SKILL: b""}
        return {}

    def link(self, name: str) -> bool:
        """Show a skill of `.claude/skills` in `.agents/skills`; an existing entry is kept.

        Returns whether they see it now.

        Raises:
            PublishError: the folder cannot be written, a link leads out of the project, or the
                name is none that a skill of ours has.
        """
        _check(name)
        if not self.look(name):
            return False
        with (
            self._told(f"link the skill {name}"),
            self._folder(CLAUDE) as skills,
            self._folder(AGENTS, create=True) as agents,
        ):
            if os.path.samestat(os.fstat(skills), os.fstat(agents)):
                return True
            target = self._link_target(name)
            try:
                os.symlink(target, name, dir_fd=agents)
            except FileExistsError:
                return link_at(agents, name) == target
            os.fsync(agents)
        return True

    def is_linked(self, name: str) -> bool:
        """Tell whether `.agents/skills` has our link to a skill."""
        _check_entry(name)
        with suppress(OSError, PublishError), self._folder(AGENTS) as agents:
            return link_at(agents, name) == self._link_target(name)
        return False

    def unlink(self, name: str) -> None:
        """Remove the link to a skill from `.agents/skills`; what is no link of ours stays."""
        _check_entry(name)
        with (
            self._told(f"remove the link to the skill {name}"),
            suppress(FileNotFoundError, PublishError),
            self._folder(AGENTS) as agents,
        ):
            if link_at(agents, name) == self._link_target(name):
                take_out(agents, name)

    def remove(self, name: str, *, expected: str, older: Collection[str] = ()) -> Removal:
        """Remove a skill and the link to it, if SKILL.md is what we wrote last.

        A `lineage.json` that is not among what we have written here stays.

        Raises:
            PublishError: it cannot be removed, or a link leads out of the project.
        """
        _check_entry(name)
        with self._told(f"remove the skill {name}"):
            try:
                with self._folder((*self.shelf, name)) as folder:
                    there = read_file(folder, SKILL)
                    if there is None:
                        return "deleted"
                    if digest(there) != expected:
                        return "user-owned"
                    take_out(folder, SKILL)
            except FileNotFoundError:
                if self._is_in_place():
                    return "deleted"
                raise
        self.clear(name, older)
        return "removed"

    def clear(self, name: str, older: Collection[str]) -> None:
        """Remove what was there for a SKILL.md that we have removed: its lineage, folder and link.

        Raises:
            PublishError: it cannot be removed, or a link leads out of the project.
        """
        _check_entry(name)
        with self._told(f"remove the skill {name}"), suppress(FileNotFoundError):
            with self._folder((*self.shelf, name)) as folder:
                if read_file(folder, SKILL) is not None:
                    return
                if digest(read_file(folder, LINEAGE)) in older:
                    take_out(folder, LINEAGE)
                sweep(folder)
            self._discard(name)
        self.unlink(name)

    def _discard(self, name: str) -> None:
        """Remove the folder of a skill if nothing is in it."""
        with suppress(OSError, PublishError), self._folder(self.shelf) as skills:
            os.rmdir(name, dir_fd=skills)
            os.fsync(skills)

    def _link_target(self, name: str) -> str:
        """Return the way from where the link really lies to where the skill really lies."""
        (one, skills), (other, agents) = self._walk(CLAUDE), self._walk(AGENTS)
        os.close(one)
        os.close(other)
        return os.path.relpath("/".join((*skills, name)), "/".join(agents))


def _check_entry(name: str) -> None:
    """Refuse what is no name in a folder; a person may give a skill any other."""
    if name in {"", ".", ".."} or "/" in name:
        raise PublishError(f"{name!r} is no name of a folder")


def _check(name: str, files: Mapping[str, bytes] | None = None) -> None:
    """Refuse what no part of ours would write, whoever asks."""
    reason = guard.check_name(name)
    if files is not None:
        if SKILL not in files or files.keys() - {SKILL, LINEAGE}:
            reason = reason or f"a skill is {SKILL} and {LINEAGE}, nothing else"
        reason = reason or guard.check_file(files[SKILL])
        if len(files.get(LINEAGE, b"")) > _LINEAGE_LIMIT:
            reason = reason or f"{LINEAGE} is larger than {_LINEAGE_LIMIT} bytes"
    if reason:
        raise PublishError(f"the skill {name!r} is not written: {reason}")
