"""The daemon as a process, in a scratch home with a cleared environment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from hivemindd.control.protocol import ask
from hivemindd.errors import NotRunningError
from hivemindd.paths import Paths, find_paths

DEADLINE = 30.0


def clean_environment(home: Path, **extra: str) -> dict[str, str]:
    """Return an environment that leads nowhere but into the scratch home."""
    return {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **extra}


def run_daemon(
    home: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `hivemindd` to its end and return what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "hivemindd", *arguments],
        env=dict(env or clean_environment(home)),
        cwd=home if home.is_dir() else None,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def await_true(condition: Callable[[], bool], what: str, *, within: float = DEADLINE) -> None:
    """Wait until something holds; fail loudly when it does not within so many seconds."""
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"did not happen within {within} s: {what}")
        time.sleep(0.02)


class Daemon:
    """A running `hivemindd`; use it as a context."""

    def __init__(
        self,
        home: Path,
        *,
        before: Sequence[str] = (),
        arguments: Sequence[str] = (),
        module: str = "hivemindd",
        **extra: str,
    ) -> None:
        """Name the home and further variables; `before` is a command that runs the daemon.

        It is called with `arguments`.
        `module` is what is run instead of it: one of the tests, which runs it in turn.
        """
        self.home = home
        self._command = [*before, sys.executable, "-m", module, *arguments]
        if module != "hivemindd":
            extra["PYTHONPATH"] = str(Path(__file__).parents[1])
        self.env = clean_environment(home, **extra)
        self.paths: Paths = find_paths(self.env)
        self.output = home / "daemon.out"

    def __enter__(self) -> Self:
        """Start it and wait until it has read what there was."""
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                self._command,
                env=self.env,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        await_true(self._is_live, "the daemon is live")
        return self

    def _is_live(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon died:\n{self.output.read_text()}")
        try:
            return bool(ask(self.paths, "status")["live"])
        except NotRunningError:
            return False

    def freeze(self) -> None:
        """Stop it as a whole (SIGSTOP): before one thread has its turn, the others go on."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    def stop(self) -> int:
        """End it as a service manager would, and return its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=20)

    def __exit__(self, *_: object) -> None:
        """End it however the test went."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
