"""Whether the program behind a session still runs, by the traces that assistants leave.

Claude Code keeps `sessions/<pid>.json` (since 2.1.104, with a status since 2.1.196),
Codex holds an flock on `thread-writer-locks/<thread>.lock` (since 0.147), which the
kernel lists on Linux. Where neither can be seen, only the quiet of the file speaks.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from hivemindd.assistants.base import Places
from hivemindd.capture.source import read_small
from hivemindd.records import Session
from hivemindd.sessions.lifecycle import Liveness

_CLAUDE_SINCE = (2, 1, 196)
_CODEX_SINCE = (0, 147)
_ENTRY_BYTES = 65_536
_DIGITS = 10
_PROC = Path("/proc")
_STATUSES: dict[str, Liveness] = {"busy": "busy", "idle": "idle", "waiting": "idle"}


class _Entry(msgspec.Struct):
    pid: int
    sessionId: str  # noqa: N815  the name in Claude Code's file
    status: str = ""
    procStart: str | int | None = None  # noqa: N815


class Registry:
    """A snapshot of what the assistants say about their running sessions."""

    def __init__(self, places: Places) -> None:
        """Name the folders; nothing is read before `refresh`."""
        claude = places.env.get("CLAUDE_CONFIG_DIR")
        codex = places.env.get("CODEX_HOME")
        self._claude = (Path(claude) if claude else places.home / ".claude") / "sessions"
        self._codex = (Path(codex) if codex else places.home / ".codex") / "thread-writer-locks"
        self._files: dict[Path, _Entry] | None = None
        self._alive: list[_Entry] = []
        self._entries: dict[str, _Entry] = {}
        self._holders: dict[str, int] | None = None
        self._seen: set[tuple[str, str]] = set()

    @property
    def folders(self) -> list[Path]:
        """Where the assistants say which sessions run, whether or not they are there yet."""
        return [self._claude, self._codex]

    def refresh(self) -> None:
        """Read the registries again."""
        self._files = _read_claude(self._claude, self._files or {})
        self._alive = [entry for entry in (self._files or {}).values() if _runs(entry)]
        self._entries = {entry.sessionId: entry for entry in self._alive}
        self._holders = _read_codex(self._codex)
        self._seen.update(key for key, _ in self.running())

    def running(self) -> Iterator[tuple[tuple[str, str], int]]:
        """Yield each session that runs, by assistant and id, with the process that is named."""
        for entry in self._alive:
            yield ("claude-code", entry.sessionId), entry.pid
        for thread, pid in (self._holders or {}).items():
            yield ("codex", thread), pid

    def is_held(self, key: tuple[str, str], pid: int) -> bool:
        """Make sure that a process that was named is the right one.

        Inodes alone may be those of another disk.
        """
        assistant, session = key
        return assistant != "codex" or _has_open(pid, self._codex / f"{session}.lock")

    def pid(self, assistant: str, session: str) -> int | None:
        """Return the process that a session names itself, None where none is named."""
        if assistant == "claude-code":
            entry = self._entries.get(session)
            return entry.pid if entry else None
        pid = (self._holders or {}).get(session) if assistant == "codex" else None
        return pid if pid and self.is_held((assistant, session), pid) else None

    def liveness(self, session: Session) -> Liveness:
        """Say what is known about the program behind a session."""
        if session.assistant == "claude-code":
            entry = self._entries.get(session.id)
            if entry is not None:
                return _STATUSES.get(entry.status, "open")
            readable = self._files is not None
            return self._absent(session, since=_CLAUDE_SINCE, readable=readable)
        if session.assistant == "codex":
            if session.id in (self._holders or {}):
                return "open"
            return self._absent(session, since=_CODEX_SINCE, readable=self._holders is not None)
        return "unknown"

    def _absent(self, session: Session, *, since: tuple[int, ...], readable: bool) -> Liveness:
        """Judge a session that the registry does not list: has it gone, or is it just old?"""
        known = (session.assistant, session.id) in self._seen
        listed = known or _at_least(session.version, since)
        return "gone" if readable and listed else "unknown"


def _at_least(version: str, wanted: tuple[int, ...]) -> bool:
    parts = version.split("-", maxsplit=1)[0].split(".")
    plain = all(part.isdecimal() and len(part) < _DIGITS for part in parts)
    return plain and tuple(map(int, parts)) >= wanted


def _files(folder: Path, suffix: str) -> list[Path] | None:
    try:
        return [file for file in folder.iterdir() if file.suffix == suffix]
    except OSError:
        return None


def _read_claude(folder: Path, before: dict[Path, _Entry]) -> dict[Path, _Entry] | None:
    """Read all entries, None where there is no registry.

    A file is rewritten in place, so one that is caught half written counts as before.
    """
    files = _files(folder, ".json")
    if files is None:
        return None
    entries = {}
    for file in files:
        data = read_small(file, _ENTRY_BYTES)
        if data is None:
            continue
        try:
            entries[file] = msgspec.json.decode(data, type=_Entry)
        except (ValueError, RecursionError):
            if file in before:
                entries[file] = before[file]
    return entries


def _runs(entry: _Entry) -> bool:
    """Tell whether the process lives and is the one that wrote the entry."""
    if entry.pid <= 0:
        return False
    try:
        os.kill(entry.pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    if entry.procStart is None:
        return True
    try:
        stat = (_PROC / str(entry.pid) / "stat").read_bytes()
    except OSError:
        return True  # no /proc on this system: the pid is all there is
    return stat.rpartition(b")")[2].split()[19] == str(entry.procStart).encode()


def _read_codex(folder: Path) -> dict[str, int] | None:
    """Return the threads whose lock is held, with the holder's pid; None where we cannot see.

    The kernel's own list is read. Trying the lock would be felt by Codex, should it want
    it in the same instant.
    """
    files = _files(folder, ".lock")
    held = None if files is None else _held_inodes()
    if files is None or held is None:
        return None
    threads = {}
    for file in files:
        try:
            inode = file.stat(follow_symlinks=False).st_ino
        except OSError:
            continue
        if inode in held:
            threads[file.stem] = held[inode]
    return threads


def _held_inodes() -> dict[int, int] | None:
    """Return the inodes with an flock and its holder's pid (proc(5), /proc/locks)."""
    try:
        lines = (_PROC / "locks").read_text().splitlines()
    except OSError:
        return None
    held = {}
    for line in lines:
        fields = line.split()
        if len(fields) == 8 and fields[1] == "FLOCK":  # one who waits has "->" before it
            inode = fields[5].rpartition(":")[2]
            if inode.isdecimal():
                held[int(inode)] = int(fields[4])
    return held


def _has_open(pid: int, file: Path) -> bool:
    """Tell whether a process has a file open."""
    try:
        wanted = file.stat()
        descriptors = list((_PROC / str(pid) / "fd").iterdir())
    except OSError:
        return False
    for descriptor in descriptors:
        try:
            status = descriptor.stat()
        except OSError:
            continue
        if os.path.samestat(status, wanted):
            return True
    return False
