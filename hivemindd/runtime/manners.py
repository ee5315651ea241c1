"""A guest on this machine: whoever wants the processor or the disk goes first."""

import os
import sys
from contextlib import suppress

NICENESS = 10  # as the units of systemd and launchd have it


def give_way() -> None:
    """Lower our priority for the processor, and on Linux for the disk.

    A service manager does so by itself. Threads that are started later inherit it, and so do
    git and the judge's client.
    """
    os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
    if sys.platform == "linux":
        import psutil  # noqa: PLC0415  46 ms that only the daemon has to pay

        with suppress(psutil.Error, OSError):
            psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)


def count_cores() -> int:
    """Return on how many cores we may run."""
    if hasattr(os, "sched_getaffinity"):  # Linux: fewer than there are where somebody says so
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
