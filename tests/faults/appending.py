"""A process that appends records to a transcript which it shares with another."""

import os
import sys
from pathlib import Path

from tests.records import ClaudeSession

RECORDS = 300


def main(path: Path, project: Path, first: int) -> None:
    """Append them one by one, from a number on, when told to; the times run as they like."""
    session = ClaudeSession(path.parent, project)
    session.written = first
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    sys.stdin.readline()
    for number in range(RECORDS):
        message = {"role": "user", "content": f"{first + number}"}
        os.write(descriptor, session.line("user", message, origin={"kind": "human"}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
