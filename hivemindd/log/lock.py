"""The lock that lets one daemon, and no second, write the log."""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from hivemindd.errors import ConfigError

_ATTEMPTS = 5
_PAUSE = 0.05


class InstanceLock:
    """An flock on a file that names its holder; the kernel frees it when we die."""

    def __init__(self, file: Path) -> None:
        """Name the lock file; its folder must exist."""
        self._file = file
        self._descriptor = -1
        self.last_words = ""
        """What stays in the file when the lock is given back: why its holder ends."""

    def acquire(self) -> None:
        """Take the lock, or learn within a fraction of a second that another has it.

        A `status` that looks at the lock holds it for an instant, hence the few tries.

        Raises:
            ConfigError: another process holds it, or the file cannot be used.

        """
        try:
            descriptor = os.open(
                self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
            )
        except OSError as error:
            raise ConfigError(f"cannot lock {self._file}: {error.strerror}") from error
        for attempt in range(_ATTEMPTS):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt < _ATTEMPTS - 1:
                    time.sleep(_PAUSE)
                    continue
                pid = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
                os.close(descriptor)
                raise ConfigError(
                    f"another hivemindd (pid {pid}) is running for this user: "
                    "`hivemindctl status` shows it"
                ) from None
            except OSError as error:
                os.close(descriptor)
                raise ConfigError(f"cannot lock {self._file}: {error.strerror}") from error
        self._descriptor = descriptor
        with suppress(OSError):  # a full disk: we hold the lock all the same, only unnamed
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the lock back; the file stays, with our last words in place of our pid."""
        if self._descriptor >= 0:
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)
                os.pwrite(self._descriptor, self.last_words.encode(errors="replace"), 0)
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        """Acquire."""
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release."""
        self.release()


def holder(file: Path) -> int | None:
    """Return the pid of the process that holds the lock, None when it is free."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.read(descriptor, 32).decode("ascii", "replace").strip()
        return int(text) if text.isdecimal() else 0
    finally:
        os.close(descriptor)
    return None


def read_ending(file: Path) -> str | None:
    """Return the last words of who held the lock; None where it ended well, or never began.

    They are the mere pid of a process that was killed, or whose machine went down.
    """
    try:
        return file.read_text("utf-8", "replace").strip() or None
    except OSError:
        return None
