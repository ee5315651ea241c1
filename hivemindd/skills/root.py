"""The root of a workspace, looked at with care: what is one, where links lead, what lies there."""

import errno
import os
import stat
from pathlib import Path, PurePosixPath

from hivemindd.errors import PublishError

# What belongs to an assistant, to git or to a key ring is no project, wherever it lies.
_NOT_OURS = frozenset(
    {
        *(".claude", ".codex", ".cursor", ".agents", ".gemini", ".pi", ".openclaw", ".hermes"),
        *(".git", ".ssh", ".gnupg"),
    }
)
# A link that leads there is no way to keep skills elsewhere.
_SEALED = frozenset({".git", ".hg", ".svn", ".jj", ".ssh", ".gnupg"})
_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# What is only passed through need not be readable.
_THROUGH = _FOLDER | getattr(os, "O_PATH", os.O_RDONLY)
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_READ_LIMIT = 1 << 20
_SHARED = ("/", "/tmp", "/var/tmp")  # noqa: S108  named in order to refuse them


def open_root(root: Path, home: Path) -> int:
    """Open the root of a workspace for work relative to it; return the descriptor.

    A transcript only claims a working directory: it must be there, be a folder of this
    user that not just anybody may write to, and be a project rather than a home or settings.
    A group may: with a umask of 002 every project is like that, and who shares one can change
    its code as well. Its path was resolved when it was captured: a link that is on the way by
    now leads elsewhere.

    Raises:
        PublishError: it is none of this.
    """
    if not root.is_absolute() or ".." in root.parts:
        raise PublishError(f"no skill is written to {root}: it is a relative path")
    try:
        folder = _open_real(root)
    except OSError as error:
        failure = PublishError(f"no skill is written to {root}: {error.strerror}")
        failure.needs_person = not isinstance(error, FileNotFoundError)  # projects may go
        raise failure from error
    if reason := _refusal(folder, root, home):
        os.close(folder)
        raise PublishError(f"no skill is written to {root}: {reason}")
    return folder


def target_within(root: Path, above: tuple[str, ...], target: str) -> tuple[str, ...] | None:
    """Return where a link leads, as components below the root; None when it leads out.

    What git and key rings keep below the root is out as well. `above` is where the link lies,
    itself free of links, so that `..` can be counted off.
    """
    parts = list(above)
    path = PurePosixPath(target)
    if path.is_absolute():
        if not path.is_relative_to(root):
            return None
        parts, path = [], path.relative_to(root)
    for part in path.parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            return None
    return None if _SEALED.intersection(part.casefold() for part in parts) else tuple(parts)


def link_at(folder: int, name: str) -> str | None:
    """Return where a link in an open folder leads, None when there is no link of that name."""
    try:
        return os.readlink(name, dir_fd=folder)
    except OSError:
        return None


def read_file(folder: int, name: str) -> bytes | None:
    """Return the content of a file in an open folder, None when there is none.

    What is no file, a link for one, reads as empty; nothing is waited for.
    """
    try:
        file = os.open(name, _READ, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:
            return b""
        raise
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return b""
        with os.fdopen(file, "rb", closefd=False) as content:
            return content.read(_READ_LIMIT)
    finally:
        os.close(file)


def _open_real(path: Path) -> int:
    """Open a folder by its path and follow no link on the way."""
    current = os.open(path.anchor, _THROUGH)
    try:
        for part in path.parent.parts[1:]:
            following = os.open(part, _THROUGH, dir_fd=current)
            os.close(current)
            current = following
        return os.open(path.name or ".", os.O_RDONLY | _FOLDER, dir_fd=current)
    finally:
        os.close(current)


def _refusal(folder: int, root: Path, home: Path) -> str:
    """Say why an open folder is no project to write into, empty when it is one."""
    status = os.fstat(folder)
    if status.st_uid != os.geteuid():
        return "it belongs to another user"
    if status.st_mode & stat.S_IWOTH:
        return "anybody may write to it"
    real_home = Path(os.path.realpath(home))
    if any(
        _is_same(status, place) for place in [*map(Path, _SHARED), real_home, *real_home.parents]
    ):
        return "it is no project folder"
    if _NOT_OURS.intersection(root.parts):
        return "it belongs to another program's settings"
    return ""


def _is_same(status: os.stat_result, place: Path) -> bool:
    try:
        return os.path.samestat(status, os.lstat(os.path.realpath(place)))
    except OSError:
        return False
