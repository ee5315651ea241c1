"""Find transcripts below the roots of the assistants, following no link."""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from stat import S_ISDIR

import msgspec

from hivemindd.assistants.base import Assistant, Places

KNOWN_MAX = 256  # paths that are not thought about again before the next scan

Signature = tuple[int, int, int, int, int]
"""Device, inode, size, mtime and ctime in ns."""
IsKnown = Callable[[str, Signature], bool]


class Root(msgspec.Struct, frozen=True):
    """A folder of transcripts: where it really is, how its assistant calls it, and whose it is."""

    folder: str
    named: str
    assistant: Assistant


class Found(msgspec.Struct, frozen=True):
    """A transcript, the root it lies below, and what stat says of it (see `Signature`).

    The mtime alone can be set back, as copies do; nobody sets the ctime. Thousands wait at
    times, so its path is text.
    """

    name: str
    root: Root
    signature: Signature

    @property
    def path(self) -> Path:
        """Where it really is."""
        return _path(self.name)

    @property
    def named(self) -> Path:
        """Its path as its assistant knows it, where the root is a link to elsewhere."""
        return _path(self.root.named + self.name[len(self.root.folder) :])

    @property
    def assistant(self) -> Assistant:
        """Whose it is."""
        return self.root.assistant

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


@lru_cache(maxsize=KNOWN_MAX)
def _path(name: str) -> Path:
    """Return a path; those that grow by turns are taken apart once."""
    return Path(name)


def sign(status: os.stat_result) -> Signature:
    """Return what a change of a file would change."""
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        _storable(status.st_mtime_ns),
        _storable(status.st_ctime_ns),
    )


def _storable(time: int) -> int:
    """Return a time as the log can hold it: files may be dated beyond all that has 64 bits."""
    return min(max(time, -(2**63)), 2**63 - 1)


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
        self._named = [
            (root, assistant) for assistant in assistants for root in assistant.roots(places)
        ]
        self.resolve()

    def resolve(self) -> None:
        """Resolve the roots again: a root itself may be a link, nothing below it may."""
        self._roots = {
            folder: Root(folder, str(named), assistant)
            for named, assistant in self._named
            for folder in [os.path.realpath(named)]
        }
        self._find = lru_cache(maxsize=KNOWN_MAX)(self._find_root)

    @property
    def roots(self) -> list[Path]:
        """The folders to watch, whether or not they exist."""
        return [Path(folder) for folder in self._roots]

    def _find_root(self, name: str) -> Root | None:
        """Return the root of a transcript, None where a path is none.

        A path that is no text is none: no assistant names its files so, and it could not
        be stored.
        """
        try:
            name.encode()
        except UnicodeEncodeError:
            return None
        for folder, root in self._roots.items():
            if name.startswith(folder + os.sep):
                named = Path(root.named + name[len(folder) :])
                if root.assistant.is_transcript(named):
                    return root
        return None

    def present(self) -> list[str]:
        """Return the roots that hold something: one that is empty may not be mounted."""
        return [folder for folder in self._roots if any(_entries(folder))]

    def is_wanted(self, path: Path) -> bool:
        """Tell whether a path is a transcript."""
        return self._find(str(path)) is not None

    def find_all(self, is_known: IsKnown = _is_new) -> Iterator[Found]:
        """Yield every transcript there is that is not known as it is."""
        for folder in self._roots:
            yield from self.find_below(Path(folder), is_known)

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
                    signature = sign(entry.stat(follow_symlinks=False))
                except OSError:
                    continue
                if is_known(entry.path, signature):
                    continue
                root = self._find_root(entry.path)
                if root is not None:
                    yield Found(entry.path, root, signature)

    def look(self, path: Path) -> Found | None:
        """Return a transcript with its stat, None when it is none or is gone."""
        name = str(path)
        root = self._find(name)
        if root is None:
            return None
        try:
            status = os.lstat(name)  # a `Path` takes twice as long, for each append
        except OSError:
            return None
        return None if S_ISDIR(status.st_mode) else Found(name, root, sign(status))
