"""The folders of a project, opened one by one beneath its root.

Every component is opened relative to its parent without following a link, and nothing is
checked by path and then used by path: between the two, somebody could swap a link in. A
link that stays within the root (some repositories link one skills folder to the other) is
followed by walking its target in the same way.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from hivemindd.errors import PublishError
from hivemindd.skills.root import link_at, open_root, target_within

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_LINKS = 8
# Linux gives the one, macOS the other where a link stands in place of a folder.
_NO_FOLDER = (errno.ELOOP, errno.ENOTDIR)


class Tree:
    """The root of a project, held open; use it as a context."""

    def __init__(self, root: Path, home: Path) -> None:
        """Name the root, and the home folder, which is none."""
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

    def _is_in_place(self) -> bool:
        """Tell whether the root still lies where it was opened."""
        try:
            return os.path.samestat(os.fstat(self._root), self._path.stat())
        except OSError:
            return False

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
                            "out of the project, or to what is not for skills: nothing is "
                            "written through it"
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


def _open_folder(parent: int, name: str, *, create: bool) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=parent)
    except FileNotFoundError:
        if not create:
            raise
    made = False
    with suppress(FileExistsError):
        os.mkdir(name, 0o755, dir_fd=parent)
        made = True
    os.fsync(parent)
    folder = os.open(name, _FOLDER, dir_fd=parent)
    try:
        # The daemon's own umask hides what it makes; a project is read by others too.
        if made and not os.listdir(folder):
            os.fchmod(folder, 0o755)
    except OSError:
        os.close(folder)
        raise
    return folder
