"""A process in the middle of a write to a log: whoever else wants to write is stuck."""

import sys
from pathlib import Path

from hivemindd.log.opening import open_log
from hivemindd.log.tables import Txn


def occupy(_txn: Txn) -> None:
    """Hold the one lock that all writers share, until told to let go."""
    print("occupied", flush=True)  # noqa: T201  this is how it speaks
    sys.stdin.readline()


if __name__ == "__main__":
    open_log(Path(sys.argv[1])).transact(occupy)
