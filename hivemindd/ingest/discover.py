"""Find transcripts below the roots of the assistants, following no link."""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from stat import S_ISDIR

import msgspec

from hivemindd.assistants.base import Assistant, Places

KNOWN_MAX = 1_024  # paths that are not thought about again before the next scan

Signature = tuple[int, int, int, int, int]
IsKnown = Callable[[str, Signature], bool]


class Found(msgspec.Struct, frozen=True):
    """A transcript and what stat says of it: device, inode, size, mtime and ctime in ns.

    `named` is its path as its assistant knows it, where the root is a link to elsewhere.
    The mtime alone can be set back, as copies do; nobody sets the ctime.
    """

    path: Path
    named: Path
    assistant: Assistant
    signature: Signature

    @property
    def size(self) -> int:
        """The length in bytes."""
        return self.signature[2]

    @property
    def mtime(self) -> int:
        """The time of the last append in ms."""
        return self.signature[3] // 1_000_000

    @property
    def ctime(self) -> int:
        """The time of the last change of any kind in ms."""
        return self.signature[4] // 1_000_000


def sign(status: os.stat_result) -> Signature:
    """Return what a change of a file would change."""
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def _is_new(_path: str, _signature: Signature) -> bool:
    return False


def _entries(folder: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


class Discovery:
    """The roots of all assistants, and who owns a path below them."""

    def __init__(self, assistants: Iterable[Assistant], places: Places) -> None:
        """Take the roots that the assistants name."""
        self._roots = [
            (root, assistant) for assistant in assistants for root in assistant.roots(places)
        ]
        self._owners: dict[Path, tuple[Path, Assistant]] = {}
        self.resolve()

    def resolve(self) -> None:
        """Resolve the roots again: a root itself may be a link, nothing below it may."""
        self._owners = {Path(os.path.realpath(root)): (root, by) for root, by in self._roots}
        self._find = lru_cache(maxsize=KNOWN_MAX)(self._find_owner)

    @property
    def roots(self) -> list[Path]:
        """The folders to watch, whether or not they exist."""
        return list(self._owners)

    def owner(self, path: Path) -> tuple[Path, Assistant] | None:
        """Return a transcript's path as its assistant knows it, and whose it is, None for others.

        A path that is no text is none: no assistant names its files so, and it could not
        be stored.
        """
        return self._find(path)

    def _find_owner(self, path: Path) -> tuple[Path, Assistant] | None:
        try:
            str(path).encode()
        except UnicodeEncodeError:
            return None
        for root, (known, assistant) in self._owners.items():
            if path.is_relative_to(root):
                named = known / path.relative_to(root)
                if assistant.is_transcript(named):
                    return named, assistant
        return None

    def is_wanted(self, path: Path) -> bool:
        """Tell whether a path is a transcript."""
        return self.owner(path) is not None

    def find_all(self, is_known: IsKnown = _is_new) -> Iterator[Found]:
        """Yield every transcript there is that is not known as it is."""
        for root in self._owners:
            yield from self.find_below(root, is_known)

    def find_below(self, folder: Path, is_known: IsKnown = _is_new) -> Iterator[Found]:
        """Yield the transcripts in a folder and its subfolders that are not known as they are.

        Thousands are known, and looked at twice a minute: of those no more is asked than that.
        """
        folders = [os.fspath(folder)]
        while folders:
            for entry in _entries(folders.pop()):
                try:
                    if entry.is_dir():
                        folders += [] if entry.is_symlink() else [entry.path]
                        continue
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                if is_known(entry.path, sign(status)):
                    continue
                found = self.look(Path(entry.path))
                if found is not None:
                    yield found

    def look(self, path: Path) -> Found | None:
        """Return a transcript with its stat, None when it is none or is gone."""
        owner = self.owner(path)
        if owner is None:
            return None
        try:
            status = path.stat(follow_symlinks=False)
        except OSError:
            return None
        return None if S_ISDIR(status.st_mode) else Found(path, *owner, sign(status))
