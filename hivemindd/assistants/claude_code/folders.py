"""Where in Claude Code's folders a transcript lies."""

from pathlib import Path


def below_projects(path: Path) -> tuple[str, ...]:
    """Return the parts of a path below the last folder `projects` that can be the root."""
    parts = path.parts
    for position in range(len(parts) - 3, -1, -1):
        if parts[position] == "projects":
            return parts[position + 1 :]
    return ()
