"""Starting anew in the same process: after an upgrade, and where nobody else would do it."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import structlog

import hivemindd

PATIENCE = 20.0  # well within the watchdog's time
_VERSION = re.compile(r'(?m)^__version__ = "([^"]+)"')


class Release:
    """The version that lies on the disk, beside the one that runs.

    Who goes on with half of the old modules in memory, and imports the rest from a new
    version, runs something that nobody has ever tested.
    """

    def __init__(self, file: Path = Path(hivemindd.__file__)) -> None:
        """Take the file that names the version."""
        self._file = file
        self._seen = hivemindd.__version__
        self._refused = ""

    def replaced(self) -> str:
        """Return the version to go on with, empty where there is none.

        It has to be there at two looks, since files change one by one, and has to start.
        """
        found, seen = self._read(), self._seen
        self._seen = found
        if found in {"", hivemindd.__version__, self._refused} or found != seen:
            return ""
        fault = _try(found)
        if not fault:
            return found
        structlog.get_logger().warning("not gone over to", version=found, cause=fault)
        self._refused = found
        return ""

    def _read(self) -> str:
        try:
            found = _VERSION.search(self._file.read_text("utf-8"))
        except (OSError, ValueError):  # in the middle of an upgrade, or taken away
            return ""
        return found[1] if found else ""


def renew() -> NoReturn:
    """Run the daemon anew, with the arguments that it was started with, in this process.

    A service manager sees the same pid; all our files are closed by the kernel.
    """
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  ourselves


def _try(version: str) -> str:
    """Say why the version on the disk does not start, empty where it does."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "hivemindd", "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode or version not in done.stdout:
        return (done.stderr.strip() or "it says that it is another").splitlines()[-1]
    return ""
