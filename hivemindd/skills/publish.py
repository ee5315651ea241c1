"""The only code that writes into a user's project: `.claude/skills` and `.agents/skills`.

Every component below the root is opened relative to its parent without following a link,
files appear by rename, and nothing is checked by path and then used by path: between the
two, somebody could swap a link in. A link that stays within the root (some repositories
link one skills folder to the other) is followed by walking its target in the same way.
"""

import errno
import fcntl
import os
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from hivemindd.errors import PublishError
from hivemindd.skills import guard
from hivemindd.skills.render import read_mark
from hivemindd.skills.root import link_at, open_root, read_file, target_within

CLAUDE = (".claude", "skills")
AGENTS = (".agents", "skills")
SKILL = "SKILL.md"
LINEAGE = "lineage.json"
Outcome = Literal["written", "unchanged", "user-owned", "rolled-back", "deleted", "foreign"]
Removal = Literal["removed", "user-owned", "deleted"]

_TEMPORARY = ".hivemindd-"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LINEAGE_LIMIT = 1 << 18
_MOST_LINKS = 8
# Linux gives the one, macOS the other where a link stands in place of a folder.
_NO_FOLDER = (errno.ELOOP, errno.ENOTDIR)


class Project:
    """The root of a workspace, held open; use it as a context."""

    def __init__(self, root: Path, home: Path) -> None:
        """Name the root; `home` is never written to as if it were a project."""
        self._path = root
        self._home = home
        self._root = -1

    def __enter__(self) -> Self:
        """Open the root.

        Raises:
            PublishError: it is gone, or no place to write skills to.
        """
        self._root = open_root(self._path, self._home)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the root."""
        os.close(self._root)

    def prepare(self) -> None:
        """Create an empty `.claude/skills`, so that running sessions notice a first skill."""
        with self._told("create .claude/skills"), self._folder(CLAUDE, create=True):
            pass

    def names(self) -> set[str]:
        """Return the names in both skills folders, whoever they belong to.

        Where the file system takes no account of case, ours must not differ by it alone.
        """
        found: set[str] = set()
        with self._told("list the skills"):
            for parts in (CLAUDE, AGENTS):
                with suppress(FileNotFoundError), self._folder(parts) as folder:
                    found.update(os.listdir(folder))
        return found | {name.casefold() for name in found}

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
            expected: hex SHA-256 of the SKILL.md that we wrote last, empty for a new skill.
            skill_id: the id that a SKILL.md of ours ends with.
            older: the same of what we wrote before that.

        Returns:
            `user-owned` when a person has edited it, `rolled-back` to an older one of ours,
            `deleted` by a person, `foreign` when the name belongs to somebody else's skill.

        Raises:
            PublishError: it cannot be written, a link leads out, or the files are no skill.
        """
        _check(name, files)
        with self._told(f"write the skill {name}"):
            try:
                with self._folder(CLAUDE, create=not expected) as skills:
                    if not expected and link_at(skills, name) is not None:
                        return "foreign"
                with self._folder((*CLAUDE, name), create=not expected) as folder:
                    return _write(folder, files, expected, skill_id, older)
            except FileNotFoundError:
                if expected:
                    return "deleted"
                raise
            except OSError:
                self._discard(name)
                raise

    def look(self, name: str) -> str:
        """Return the hex SHA-256 of a SKILL.md on disk, empty when there is none."""
        _check(name)
        with (
            self._told(f"read the skill {name}"),
            suppress(FileNotFoundError),
            self._folder((*CLAUDE, name)) as folder,
        ):
            there = read_file(folder, SKILL)
            return "" if there is None else sha256(there).hexdigest()
        return ""

    def link(self, name: str) -> bool:
        """Show a skill to those who read `.agents/skills`; an existing entry is kept.

        Returns whether they see it now.

        Raises:
            PublishError: the folder cannot be written, or a link leads out of the project.
        """
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

    def remove(self, name: str, *, expected: str) -> Removal:
        """Remove a skill and the link to it, if SKILL.md is what we wrote last.

        Raises:
            PublishError: it cannot be removed, or a link leads out of the project.
        """
        _check(name)
        with self._told(f"remove the skill {name}"):
            try:
                with self._folder((*CLAUDE, name)) as folder:
                    there = read_file(folder, SKILL)
                    if there is None:
                        return "deleted"
                    if sha256(there).hexdigest() != expected:
                        return "user-owned"
                    os.unlink(SKILL, dir_fd=folder)
                    with suppress(FileNotFoundError):
                        os.unlink(LINEAGE, dir_fd=folder)
                    _sweep(folder)
            except FileNotFoundError:
                return "deleted"
            self._discard(name)
            with suppress(FileNotFoundError), self._folder(AGENTS) as agents:
                if link_at(agents, name) == self._link_target(name):
                    os.unlink(name, dir_fd=agents)
        return "removed"

    def _discard(self, name: str) -> None:
        """Remove the folder of a skill if nothing is in it."""
        with suppress(OSError, PublishError), self._folder(CLAUDE) as skills:
            os.rmdir(name, dir_fd=skills)

    def _link_target(self, name: str) -> str:
        """Return the way from where the link really lies to where the skill really lies."""
        (one, skills), (other, agents) = self._walk(CLAUDE), self._walk(AGENTS)
        os.close(one)
        os.close(other)
        return os.path.relpath("/".join((*skills, name)), "/".join(agents))

    @contextmanager
    def _folder(self, parts: tuple[str, ...], *, create: bool = False) -> Iterator[int]:
        descriptor, _ = self._walk(parts, create=create)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _walk(
        self, parts: tuple[str, ...], *, create: bool = False, links: int = 0
    ) -> tuple[int, tuple[str, ...]]:
        """Open a folder below the root component by component.

        Return it with the components it really lies at: a link that stays inside is
        replaced by its target, and the walk starts anew.
        """
        current = os.dup(self._root)
        try:
            for depth, part in enumerate(parts):
                try:
                    following = _open_folder(current, part, create=create)
                except OSError as error:
                    target = link_at(current, part) if error.errno in _NO_FOLDER else None
                    if target is None:
                        raise
                    inside = target_within(self._path, parts[:depth], target)
                    if inside is None or links >= _MOST_LINKS:
                        raise PublishError(
                            f"{'/'.join(parts[: depth + 1])} in {self._path} is a link that leads "
                            "out of the project: nothing is written through it"
                        ) from error
                    rest = (*inside, *parts[depth + 1 :])
                    return self._walk(rest, create=create, links=links + 1)
                os.close(current)
                current = following
            return os.dup(current), parts
        finally:
            os.close(current)

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Turn a failure of the system into a sentence."""
        try:
            yield
        except OSError as error:
            raise PublishError(f"cannot {what} in {self._path}: {error.strerror}") from error


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


def _write(
    folder: int, files: Mapping[str, bytes], expected: str, skill_id: str, older: Collection[str]
) -> Outcome:
    # Another thread of ours may be at work here: what it is writing is not to be swept.
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno == errno.EWOULDBLOCK:  # else it is a file system that locks no folders
            raise
    there = read_file(folder, SKILL)
    if there is None:
        obstacle = _obstacle(folder, expected)
    elif there == files[SKILL] or sha256(there).hexdigest() == expected:
        obstacle = None
    else:
        obstacle = _owner(there, expected, skill_id, older)
    if obstacle:
        return obstacle
    _sweep(folder)
    if LINEAGE in files and read_file(folder, LINEAGE) != files[LINEAGE]:
        _replace(folder, LINEAGE, files[LINEAGE])
    if there == files[SKILL]:
        return "unchanged"
    written = _replace(folder, SKILL, files[SKILL], lambda: read_file(folder, SKILL) == there)
    return "written" if written else "user-owned"


def _obstacle(folder: int, expected: str) -> Outcome | None:
    """Say what forbids to write the first SKILL.md into a folder."""
    if expected:
        return "deleted"
    entries = os.listdir(folder)
    ours = all(entry == LINEAGE or entry.startswith(_TEMPORARY) for entry in entries)
    return None if ours else "foreign"


def _owner(there: bytes, expected: str, skill_id: str, older: Collection[str]) -> Outcome:
    """Say whose a SKILL.md is that we did not write last."""
    if sha256(there).hexdigest() in older:
        return "rolled-back"
    mark = read_mark(there)
    return "user-owned" if expected or (mark and mark[0] == skill_id) else "foreign"


def _open_folder(parent: int, name: str, *, create: bool) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=parent)
    except FileNotFoundError:
        if not create:
            raise
    with suppress(FileExistsError):
        os.mkdir(name, 0o755, dir_fd=parent)
    os.fsync(parent)
    folder = os.open(name, _FOLDER, dir_fd=parent)
    # The daemon's own umask hides what it makes; a project is read by others too.
    if not os.listdir(folder):
        os.fchmod(folder, 0o755)
    return folder


def _sweep(folder: int) -> None:
    """Remove what a crash between writing and renaming left behind."""
    for entry in os.listdir(folder):
        if entry.startswith(_TEMPORARY):
            with suppress(FileNotFoundError, IsADirectoryError, PermissionError):
                os.unlink(entry, dir_fd=folder)


def _replace(
    folder: int, name: str, content: bytes, still: Callable[[], bool] = lambda: True
) -> bool:
    """Put a file in place whole or not at all; not if `still` says that it has changed."""
    temporary = f"{_TEMPORARY}{secrets.token_hex(6)}"
    file = os.open(temporary, _CREATE, 0o644, dir_fd=folder)
    try:
        with os.fdopen(file, "wb") as output:
            output.write(content)
            output.flush()
            os.fchmod(file, 0o644)
            os.fsync(file)
        if not still():
            os.unlink(temporary, dir_fd=folder)
            return False
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)
    return True
