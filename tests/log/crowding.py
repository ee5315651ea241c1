"""A process that reads a log so often at once that nobody else can: `python -m ... FOLDER`."""

import sys
from contextlib import suppress

import lmdb

if __name__ == "__main__":
    environment = lmdb.open(sys.argv[1], readonly=True, max_dbs=1)
    readers = []
    with suppress(lmdb.ReadersFullError):
        while True:
            readers.append(environment.begin())
    print("full", flush=True)  # noqa: T201  this is how it speaks
    sys.stdin.readline()
    for reader in readers:
        reader.abort()
    environment.close()
