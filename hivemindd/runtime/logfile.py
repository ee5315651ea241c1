"""The file that takes what the daemon prints, where no journal does."""

import os
import stat
import threading
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from hivemindd.errors import ConfigError

CAP = 4 << 20
KEEP = 3
_STDOUT, _STDERR = 1, 2


class LogFile:
    """Stands behind standard output and error, and begins anew when it is full.

    A full file becomes `<name>.1`, that one `<name>.2`, and so on up to `keep`. Descriptors
    are exchanged and never closed, so what others print (a warning of Python, the last words
    of a crash) lands in one of the files as well.
    """

    def __init__(self, path: Path, *, cap: int = CAP, keep: int = KEEP) -> None:
        """Name the file; `cap` is in bytes, `keep` is how many full ones stay."""
        self._path = path
        self._cap = cap
        self._keep = keep
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Let standard output and error end in the file.

        Raises:
            ConfigError: it cannot be opened, or is no file of ours.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._turn_to(self._open())
        except OSError as error:
            raise ConfigError(f"cannot write {self._path}: {error.strerror}") from error

    def write(self, text: str) -> int:
        """Append whole lines.

        What cannot be written, to a disk that is full, is lost: to say less is better than to die.
        """
        data = text.encode("utf-8", "backslashreplace")
        with self._lock, suppress(OSError):
            self._make_room(len(data))
            while data:
                data = data[os.write(_STDERR, data) :]
        return len(text)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def _make_room(self, size: int) -> None:
        """Begin anew where the file would grow past its cap, or is not in its place any more."""
        ours = os.fstat(_STDERR)
        try:
            found = self._path.stat(follow_symlinks=False)
        except FileNotFoundError:
            found = None
        if found is not None and (found.st_dev, found.st_ino) == (ours.st_dev, ours.st_ino):
            if not ours.st_size or ours.st_size + size <= self._cap:
                return
            files = generations(self._path, self._keep)
            for older, newer in pairwise(files):
                with suppress(FileNotFoundError):
                    newer.rename(older)
        with suppress(OSError):  # else the old one grows on, and the next line tries again
            self._turn_to(self._open())

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(self._path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(0, "it is not a file")  # noqa: TRY301  closed below
            os.fchmod(descriptor, 0o600)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def _turn_to(self, descriptor: int) -> None:
        for stream in (_STDOUT, _STDERR):
            os.dup2(descriptor, stream)
        if descriptor > _STDERR:
            os.close(descriptor)


def generations(path: Path, keep: int = KEEP) -> list[Path]:
    """Return the names of a log file and its predecessors, the oldest first."""
    return [*(path.with_name(f"{path.name}.{number}") for number in range(keep, 0, -1)), path]
