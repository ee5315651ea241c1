"""A process that reads a log beside the one that writes it: `hivemindctl`, in small."""

import sys
from pathlib import Path

from hivemindd.log.opening import open_log_readonly
from hivemindd.log.tables import SETTINGS


def main(folder: Path) -> None:
    """Say how many settings there are, again for every line that is read."""
    log = open_log_readonly(folder)
    for _ in sys.stdin:
        with log.read() as txn:
            print(txn.count(SETTINGS.name), flush=True)  # noqa: T201  this is how it speaks


def hold(folder: Path) -> None:
    """Hold a snapshot open until the end."""
    log = open_log_readonly(folder)
    with log.read():
        print("holding", flush=True)  # noqa: T201  this is how it speaks
        sys.stdin.readline()


if __name__ == "__main__":
    (hold if sys.argv[2:] == ["hold"] else main)(Path(sys.argv[1]))
