"""Where in Claude Code's folders a transcript lies."""

from functools import lru_cache
from pathlib import Path

KNOWN = 256  # transcripts that grow by turns, whose places are not thought about again


@lru_cache(maxsize=KNOWN)
def below_projects(path: Path) -> tuple[str, ...]:
    """Return the parts of a path below the last folder `projects` that can be the root."""
    parts = path.parts
    for position in range(len(parts) - 3, -1, -1):
        if parts[position] == "projects":
            return parts[position + 1 :]
    return ()


@lru_cache(maxsize=KNOWN)
def file_history(path: Path) -> Path | None:
    """Return the folder of checkpoints that belong to a transcript, None where it lies alone."""
    below = below_projects(path)
    return path.parents[len(below)] / "file-history" if below else None
