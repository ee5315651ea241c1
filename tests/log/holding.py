"""A process that holds the instance lock, as a running daemon does."""

import sys
from pathlib import Path

from hivemindd.log.lock import InstanceLock

if __name__ == "__main__":
    with InstanceLock(Path(sys.argv[1])):
        print("held", flush=True)  # noqa: T201  this is how it speaks
        sys.stdin.readline()
