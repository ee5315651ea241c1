"""Daemons that start at once: forks of a process that has imported all that they need.

    python benchmarks/nursery.py

Each line on its stdin holds the arguments of a daemon. It answers with the pid, and once that
has ended with how: the exit code, or minus the number of the signal. What is forked has no
thread, no file of a log and no socket, so it is as new as one that Python has just started.
"""

import os
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

# What is measured is the code beside the benchmark, whatever else is installed.
CHECKOUT = Path(__file__).resolve().parents[1]


def environment(home: Path) -> dict[str, str]:
    """Return an environment that leads nowhere but into the scratch home."""
    plain = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    return {**plain, "PYTHONPATH": str(CHECKOUT)}


class Nursery:
    """The process that forks, seen from a benchmark; use it as a context."""

    def __init__(self, home: Path, output: Path) -> None:
        """Name the scratch home, and the file that daemons print into."""
        self._home = home
        self._output = output

    def __enter__(self) -> Self:
        """Start it."""
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, __file__],
                cwd=self._home,
                env=environment(self._home),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                bufsize=0,
            )
        return self

    def start(self, *arguments: str, **constants: float) -> int:
        """Start a daemon and return its pid.

        `constants` are numbers of the product that are changed in it, `module__NAME=1.0` below
        `hivemindd`, with two underscores for each dot.
        """
        changed = [f"{name}={number}" for name, number in constants.items()]
        stdin = self._process.stdin
        if stdin is not None:
            stdin.write(" ".join([*changed, "--", *arguments]).encode() + b"\n")
        return self._hear()

    def wait(self, seconds: float) -> int | None:
        """Wait for the end of the daemon that runs; return how it ended, None when it did not."""
        stdout = self._process.stdout
        ready = stdout and select.select([stdout], [], [], max(0.0, seconds))[0]
        return self._hear() if ready else None

    def _hear(self) -> int:
        stdout = self._process.stdout
        line = stdout.readline() if stdout is not None else b""
        if not line:
            sys.exit(f"the nursery has ended:\n{self._output.read_text('utf-8')}")
        return int(line)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it; it has no daemon then."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def change(constants: Mapping[str, str]) -> None:
    """Give constants of the product other numbers."""
    for name, number in constants.items():
        path, _, constant = name.rpartition("__")
        module = sys.modules[".".join(["hivemindd", *path.split("__")])]
        if not hasattr(module, constant):
            sys.exit(f"{module.__name__} has no {constant}")
        setattr(module, constant, float(number))


def become_daemon(line: str) -> NoReturn:
    """Run a daemon to its end in this process, which prints only to stderr from now on."""
    from hivemindd.__main__ import main as run  # noqa: PLC0415  imported by now

    changed, _, arguments = line.partition("--")
    change(dict(word.split("=") for word in changed.split()))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.argv[1:] = arguments.split()
    code = 1
    try:
        run()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        os._exit(code)


def main() -> None:
    """Import everything, then fork a daemon for each line."""
    from hivemindd import __main__, daemon  # noqa: F401, PLC0415  for the forks
    from hivemindd.redaction.redactor import shared  # noqa: PLC0415  as above
    from hivemindd.runtime import logfile, output  # noqa: F401, PLC0415  as above

    shared().text("what it is made of is made once")
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            become_daemon(line.strip())
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
