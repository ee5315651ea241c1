"""Start a process that runs a module of ours, and end it."""

import contextlib
import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import IO

from hivemindd import __version__

PIPE_BYTES = 1 << 20  # so that an answer need not wait until it is read


def start(
    module: str, *arguments: str, env: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """Run a module with pipes to its input and from its output; it does `serving.begin` first.

    It has nothing of our environment but what lets it find our code, and stands in no one's
    folder. It ends when the pipe to it does, so that it never outlives us.

    Raises:
        OSError: the system refuses to start it.
    """
    # Where it looks for modules must not depend on where we were started.
    command = [sys.executable, "-P", "-m", module, __version__, *arguments]
    paths = os.pathsep.join(path for path in sys.path if path)
    process = subprocess.Popen(  # noqa: S603  our own interpreter, and fixed words
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONDONTWRITEBYTECODE": "1", **(env or {}), "PYTHONPATH": paths},
        cwd="/",
        process_group=0,
        bufsize=0,  # what lies in a buffer of ours nobody sees who waits for the pipe
    )
    _widen(process.stdout)
    # Whoever ends by itself must not stay behind as a zombie.
    threading.Thread(target=process.wait, daemon=True, name=f"{module}-wait").start()
    return process


def _widen(pipe: IO[bytes] | None) -> None:
    widen = getattr(fcntl, "F_SETPIPE_SZ", None)  # only Linux has it
    if pipe is not None and widen is not None:
        with contextlib.suppress(OSError):  # who has many pipes gets no more room for them
            fcntl.fcntl(pipe, widen, PIPE_BYTES)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Kill it, whatever it does, and leave nothing of it behind."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    process.wait()
