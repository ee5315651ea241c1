"""What the daemon has complained of last: kept in a file, for whoever asks when it is gone."""

import os
import sys
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import structlog

from hivemindd.redaction.redactor import shared

LEVELS = frozenset({"warning", "warn", "error", "exception", "critical"})
_ABOUT = ("path", "folder", "what")


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """One warning or error; `ts` in ms since 1970 UTC, `about` a path where it is about one."""

    ts: int
    what: str
    cause: str = ""
    about: str = ""


class Complaints:
    """Hears what is logged: a processor of structlog that changes nothing."""

    def __init__(
        self, file: Path, now: Callable[[], int], *, over: Callable[[], bool] = lambda: False
    ) -> None:
        """Name the file, whose folder must exist, and a clock in ms since 1970 UTC.

        Once it is `over` nothing is heard: what is cut off by a stop is no trouble.
        """
        self._file = file
        self._now = now
        self._over = over

    def listen(self) -> None:
        """Hear everything that is logged from now on."""
        processors = structlog.get_config()["processors"]
        structlog.configure(processors=[self, *processors])

    def __call__(
        self, _logger: Any, method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Keep a warning or an error, and hand on whatever it is."""
        if method in LEVELS and not self._over():
            error = sys.exception()
            # Of an error that nobody foresaw only its type: its text may be anybody's.
            cause = str(event.get("cause", "")) or (type(error).__name__ if error else "")
            about = next((str(event[name]) for name in _ABOUT if name in event), "")
            self._keep(
                Complaint(
                    ts=self._now(),
                    what=shared().text(str(event.get("event", ""))),
                    cause=shared().text(cause),
                    about=shared().path(about),
                )
            )
        return event

    def _keep(self, complaint: Complaint) -> None:
        """Write the file in one go; a disk that is full is no reason to fail."""
        temporary = self._file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            temporary.touch(0o600)
            temporary.write_bytes(msgspec.json.encode(complaint))
            temporary.rename(self._file)


def last_complaint(file: Path) -> Complaint | None:
    """Return what was complained of last, None where that was never, or cannot be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Complaint)
    except (OSError, ValueError, RecursionError):
        return None
