"""A process that holds an flock on a file, as Codex does on that of its thread."""

import fcntl
import sys
from pathlib import Path

if __name__ == "__main__":
    print("here", flush=True)  # noqa: T201  this is how it speaks
    with Path(sys.argv[1]).open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        print("locked", flush=True)  # noqa: T201  this is how it speaks
        sys.stdin.readline()
