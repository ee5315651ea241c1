"""What a process that works for another one of ours does before anything else."""

import os
import signal
import sys

from hivemindd import __version__

OTHER_VERSION = 75  # how a process leaves that is of another version than who started it


def begin(niceness: int) -> list[str]:
    """Stand back behind who started us, and return the arguments that they gave.

    Raises:
        SystemExit: they run another version than the one that now lies on the disk.
    """
    theirs, *arguments = sys.argv[1:] or ["an older version"]
    if theirs != __version__:
        sys.stderr.write(f"{theirs} asks, and {__version__} is installed: it is not served\n")
        sys.exit(OTHER_VERSION)
    # A service manager tells all its processes to end; ours is ended by who started it.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(niceness)
    return arguments
