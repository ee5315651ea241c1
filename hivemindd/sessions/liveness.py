"""Whether the program behind a session still runs, by the traces that assistants leave.

Claude Code keeps `sessions/<pid>.json` (since 2.1.104, with a status since 2.1.196),
Codex holds an flock on `thread-writer-locks/<thread>.lock` (since 0.147). Where neither
exists, only the quiet of the file speaks.
"""

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from hivemindd.assistants.base import Places
from hivemindd.records import Session
from hivemindd.sessions.lifecycle import Liveness

_CLAUDE_SINCE = (2, 1, 196)
_CODEX_SINCE = (0, 147)
_PROC_LOCKS = Path("/proc/locks")


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
        self._entries: dict[str, _Entry] = {}
        self._locked: dict[str, bool] = {}
        self._seen: set[tuple[str, str]] = set()

    def refresh(self) -> None:
        """Read the registries again; what cannot be read counts as absent."""
        self._entries = _read_claude(self._claude)
        self._locked = _read_codex(self._codex)
        self._seen.update(("claude-code", session) for session in self._entries)
        self._seen.update(("codex", thread) for thread, held in self._locked.items() if held)

    def pid(self, assistant: str, session: str) -> int | None:
        """Return the process that a session names itself, None where none is named."""
        entry = self._entries.get(session) if assistant == "claude-code" else None
        return entry.pid if entry else None

    def liveness(self, session: Session) -> Liveness:
        """Say what is known about the program behind a session."""
        known = (session.assistant, session.id) in self._seen
        if session.assistant == "claude-code":
            entry = self._entries.get(session.id)
            if entry is not None:
                return {"busy": "busy", "idle": "idle", "waiting": "idle"}.get(  # type: ignore[return-value]
                    entry.status, "open"
                )
            return "gone" if known or _at_least(session.version, _CLAUDE_SINCE) else "unknown"
        if session.assistant == "codex":
            if self._locked.get(session.id):
                return "open"
            return "gone" if known or _at_least(session.version, _CODEX_SINCE) else "unknown"
        return "unknown"


def _at_least(version: str, wanted: tuple[int, ...]) -> bool:
    parts = version.split("-", maxsplit=1)[0].split(".")
    return all(part.isdecimal() for part in parts) and tuple(map(int, parts)) >= wanted


def _read_claude(folder: Path) -> dict[str, _Entry]:
    """Read the live entries; a file is rewritten in place, so a torn one is skipped once."""
    entries = {}
    for file in _files(folder, ".json"):
        try:
            entry = msgspec.json.decode(file.read_bytes(), type=_Entry)
        except (OSError, ValueError):
            continue
        if _runs(entry):
            entries[entry.sessionId] = entry
    return entries


def _files(folder: Path, suffix: str) -> list[Path]:
    try:
        return [file for file in folder.iterdir() if file.suffix == suffix]
    except OSError:
        return []


def _runs(entry: _Entry) -> bool:
    """Tell whether the process lives and is the one that wrote the entry."""
    try:
        os.kill(entry.pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    if entry.procStart is None:
        return True
    try:
        fields = Path(f"/proc/{entry.pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return True  # no /proc on this system: the pid is all there is
    return fields[19] == str(entry.procStart)


def _read_codex(folder: Path) -> dict[str, bool]:
    """Say for each thread with a lock file whether a process holds the lock."""
    files = _files(folder, ".lock")
    if not files:
        return {}
    held = _held_inodes()
    return {file.stem: _is_held(file, held) for file in files}


def _held_inodes() -> Mapping[int, bool] | None:
    """Return the inodes with an flock, from the kernel's list; None where there is none."""
    try:
        lines = _PROC_LOCKS.read_text().splitlines()
    except OSError:
        return None
    inodes = {}
    for line in lines:
        fields = line.split()
        if "FLOCK" in fields and len(fields) >= 6:
            inode = fields[-3].rpartition(":")[2]
            if inode.isdecimal():
                inodes[int(inode)] = True
    return inodes


def _is_held(file: Path, held: Mapping[int, bool] | None) -> bool:
    """Tell whether a lock is held, without taking it where the kernel lists locks."""
    try:
        if held is not None:
            return held.get(file.stat().st_ino, False)
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
