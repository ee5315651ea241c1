"""Parts of tests that run in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

CHECKOUT = Path(__file__).parents[1]


class Child:
    """Runs a module of the tests in another process, and speaks with it in lines."""

    def __init__(self, module: str, *arguments: object, **env: str) -> None:
        """Start the module with nothing of our environment but HOME and PATH."""
        inherited = {name: os.environ[name] for name in ("HOME", "PATH")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=CHECKOUT,
            env={**inherited, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def hear(self) -> str:
        """Wait for a line and return it; fail when the child has left instead."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the child has left with {self._process.wait()}"
        return line.rstrip("\n")

    def tell(self, line: str = "") -> None:
        """Send a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def wait(self, within: float | None = None) -> int:
        """Wait until the child leaves, for so many seconds at most, and return its exit code."""
        return self._process.wait(within)

    def kill(self) -> None:
        """End the child with SIGKILL and wait until it is gone."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        """Give the running child."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the child and close what leads to it."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
