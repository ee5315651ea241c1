"""What a process that works for another one of ours does before anything else."""

import os
import signal
import sys

from hivemindd import __version__


def begin(niceness: int) -> list[str]:
    """Stand back behind who started us, and return the arguments that they gave.

    Raises:
        SystemExit: they run another version than the one that now lies on the disk.
    """
    _module, theirs, *arguments = sys.argv
    if theirs != __version__:
        sys.exit(f"{theirs} asks, and {__version__} is installed: nothing is done for it")
    # A service manager tells all its processes to end; ours is ended by who started it.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(niceness)
    return arguments
