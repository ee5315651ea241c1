"""A process that waits, with whatever environment it was given: an assistant, in small."""

import sys

if __name__ == "__main__":
    print("here", flush=True)  # noqa: T201  this is how it speaks
    sys.stdin.readline()
