"""What assistants keep of the sessions that run."""

import json
from pathlib import Path


def start_time(pid: int) -> str:
    """Return when a process began, in the kernel's ticks (proc(5), field 22)."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def enter(folder: Path, pid: int, **fields: object) -> Path:
    """Write the entry of a running Claude Code."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{pid}.json"
    entry = {"pid": pid, "sessionId": "s", "cwd": "/project", "startedAt": 1, **fields}
    file.write_text(json.dumps(entry))
    return file
