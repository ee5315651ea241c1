"""Runs targets in a process of their own, which a hang or a bomb may cost its life.

What counts is the time of the processor, so that a busy machine is no hang.
"""

import faulthandler
import os
import pickle
import resource
import select
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tests.children import CHECKOUT

CPU_SECONDS = 5.0
WALL_SECONDS = 300.0  # for what waits, rather than computes
ROOM = 512 << 20
_SHOWN = 6_000


class Broken(AssertionError):  # noqa: N818  it fails a test as any assertion does
    """A target raised, hung or took too much memory."""


class Probe:
    """Feeds bytes to targets by name; use it as a context."""

    def __enter__(self) -> Self:
        """Have a process at hand; it is started with the first case."""
        self._complaints: IO[bytes] = tempfile.TemporaryFile()
        self._scratch = tempfile.TemporaryDirectory(prefix="hivemind-fuzz-")
        self._process: subprocess.Popen[bytes] | None = None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self._end()
        self._complaints.close()
        self._scratch.cleanup()

    def check(self, target: str, data: bytes) -> None:
        """Give a target some bytes.

        Raises:
            Broken: what the target, or the death of its process, says.
        """
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        pickle.dump((target, data), process.stdin)
        process.stdin.flush()
        if not select.select([process.stdout], [], [], WALL_SECONDS)[0]:
            process.send_signal(signal.SIGPROF)
        try:
            told = pickle.load(process.stdout)  # noqa: S301  a child of our own
        except EOFError:
            code = process.wait()
            self._end()
            self._complaints.seek(0)
            said = self._complaints.read()[-_SHOWN:].decode("utf-8", "replace")
            raise Broken(f"{target} hangs, or has died with {code}:\n{said}") from None
        if told:
            raise Broken(f"{target}:\n{told[-_SHOWN:]}")

    def _start(self) -> subprocess.Popen[bytes]:
        self._complaints.seek(0)
        self._complaints.truncate()
        return subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=CHECKOUT,
            env={
                "HOME": os.environ["HOME"],
                "PATH": os.environ["PATH"],
                "LANG": "C.UTF-8",
                "TMPDIR": self._scratch.name,  # which outlives a process that dies
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
        )

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()


def limit_memory() -> None:
    """Let this process have some room beside what it has, maps of files aside (Linux only)."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[5])
    except OSError:
        return
    limit = pages * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def harm(data: bytes) -> None:
    """Do what no target may do, to show that it would be seen."""
    match data:
        case b"raise":
            raise ValueError("raise")
        case b"spin":
            while True:
                pass
        case b"swell":
            bytearray(4 * ROOM)
        case b"die":
            os.kill(os.getpid(), signal.SIGSEGV)


def main() -> None:
    """Answer each case with nothing, or with the traceback of what it raised."""
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415  which takes a moment

    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    limit_memory()
    # Its default action is our end; before that it says where we were.
    faulthandler.register(signal.SIGPROF, chain=True)
    while True:
        try:
            target, data = pickle.load(sys.stdin.buffer)  # noqa: S301  from our parent
        except EOFError:
            return
        told = ""
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        try:
            (harm if target == "harm" else TARGETS[target])(data)
        except Exception:  # noqa: BLE001  whatever comes out is what is looked for
            told = traceback.format_exc()
        signal.setitimer(signal.ITIMER_PROF, 0)
        pickle.dump(told, answers)
        answers.flush()


if __name__ == "__main__":
    main()
