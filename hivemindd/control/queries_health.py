"""Answers for doctor: what was not read and why, what waits for a person, what went well last."""

import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from hivemindd.assistants.base import Assistant, Places
from hivemindd.control.queries_skillify import RUNS
from hivemindd.ingest.discover import Discovery, Found
from hivemindd.ingest.poll import logical_path
from hivemindd.log.keys import text_key
from hivemindd.log.store import Log
from hivemindd.log.tables import CHECKPOINTS, DUE, SESSIONS, SETTINGS
from hivemindd.records import Session
from hivemindd.redaction.redactor import shared
from hivemindd.work import Due

# What time does not mend: a file that has gone or is a link is nobody's fault.
_FAULTS = frozenset({errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE})


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A transcript that the log does not hold as it is now, or a folder that cannot be listed.

    `since` is when it was last written to, in ms. `cause` says why it cannot be read, empty
    when it can.
    """

    path: str
    since: int = 0
    cause: str = ""


class Successes(msgspec.Struct, frozen=True, kw_only=True):
    """When something last went well, in ms, 0 for never; `assistant` wrote what was captured."""

    captured: int = 0
    assistant: str = ""
    learned: int = 0


def list_unread(
    log: Log | None, assistants: Iterable[Assistant], places: Places
) -> tuple[int, list[Unread]]:
    """Return how many transcripts there are, and which of them are not in the log."""
    known: dict[bytes, tuple[int, int]] = {}
    if log is not None:
        with log.read() as txn:
            known = {bytes(key): (row.size, row.mtime_ns) for key, row in CHECKPOINTS.scan(txn)}
    discovery = Discovery(assistants, places)
    unread: list[Unread] = []
    count = 0
    for found in _walk(discovery, unread):
        count += 1
        if known.get(text_key(logical_path(found.name))) != (found.size, found.signature[3]):
            cause = _try(found.path)
            if cause is not None:
                unread.append(
                    Unread(path=shared().path(str(found.path)), since=found.mtime, cause=cause)
                )
    return count, unread


def list_stuck(log: Log) -> list[Due]:
    """Return what failed to be learned from, that for which a person is needed first."""
    with log.read() as txn:
        rows = [row for row in DUE.rows(txn) if row.attempts]
    return sorted(rows, key=lambda row: (not row.needs_person, row.since))


def last_successes(log: Log) -> Successes:
    """Return what was captured and learned last."""
    with log.read() as txn:
        newest = max(SESSIONS.rows(txn), key=_written, default=None)
        runs = msgspec.json.decode(SETTINGS.get(txn, RUNS) or "{}", type=dict[str, int])
    return Successes(
        captured=_written(newest) if newest else 0,
        assistant=newest.assistant if newest else "",
        learned=max(runs.values(), default=0),
    )


def _written(session: Session) -> int:
    return session.last_append or session.last_event


def count_folders(assistants: Iterable[Assistant], places: Places) -> int:
    """Return how many folders have to be watched."""
    return sum(1 for root in Discovery(assistants, places).roots for _ in os.walk(root))


def count_watches(pid: int) -> int | None:
    """Return how many folders a process watches; None where it watches none, or none can tell.

    Linux says so of one's own processes (proc_pid_fdinfo(5)).
    """
    count = None
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            if str(entry.readlink()) == "anon_inode:inotify":
                text = Path(f"/proc/{pid}/fdinfo/{entry.name}").read_text("ascii")
                count = (count or 0) + text.count("inotify wd:")
    except OSError:
        return None
    return count


def _walk(discovery: Discovery, unread: list[Unread]) -> Iterator[Found]:
    """Yield every transcript; note the folders that cannot be listed."""

    def note(error: OSError) -> None:
        if error.errno in _FAULTS:
            unread.append(
                Unread(path=shared().path(str(error.filename)), cause=error.strerror or str(error))
            )

    for root in discovery.roots:
        for parent, _, names in os.walk(root, onerror=note):
            for name in names:
                found = discovery.look(Path(parent, name))
                if found is not None:
                    yield found


def _try(path: Path) -> str | None:
    """Return why a file cannot be opened, empty when it can, None where it is none of ours."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        return error.strerror if error.errno in _FAULTS else None
    return ""
