"""The daemon and its command line as real processes in a scratch home."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.e2e.scratch import Scratch

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds that the daemon may take for anything on a busy machine."""

_POLL = 0.2
_CONFIG = 'idle_after = "2s"\nend_after = "4s"\n'
_CHECKOUT = Path(__file__).parents[2]


class Daemon:
    """Runs `hivemindd` until the block ends, and asks it through `hivemindctl`.

    A daemon that dies, or that does not leave with 0 when it is told to, fails the test
    with everything that it printed.
    """

    def __init__(self, scratch: Scratch) -> None:
        """Remember where; nothing runs before the daemon is entered."""
        self._env = scratch.env(PYTHONPATH=f"{_CHECKOUT}:{_CHECKOUT / 'ctl'}")
        self._folder = scratch.root
        self._config = scratch.home / ".config" / "hivemind" / "config.toml"
        self._printed = scratch.root / "hivemindd.log"

    def __enter__(self) -> Self:
        """Start the daemon with short times and wait until it answers."""
        self._config.parent.mkdir(parents=True)
        self._config.write_text(_CONFIG, "utf-8")
        with self._printed.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hivemindd", "--log-level", "debug"],
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self.await_result(self._answers, "an answer of the daemon")
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the daemon as a service manager does."""
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if kind is None and code:
            raise AssertionError(f"hivemindd left with {code}; it printed:\n{self._log()}")

    def ask(self, *arguments: str) -> list[dict[str, Any]]:
        """Run `hivemindctl ... --json` and return the objects that it prints, one a line."""
        done = self._run(*arguments)
        assert done.returncode == 0, f"hivemindctl {arguments}: {done.stderr}\n{self._log()}"
        return [json.loads(line) for line in done.stdout.splitlines()]

    def await_result(self, probe: Callable[[], T | None], what: str) -> T:
        """Ask again and again until `probe` returns something true, and return that."""
        deadline = time.monotonic() + PATIENCE
        while not (result := probe()):
            code = self._process.poll()
            if code is not None:
                raise AssertionError(f"hivemindd died with {code}; it printed:\n{self._log()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"there never was {what}; hivemindd printed:\n{self._log()}")
            time.sleep(_POLL)
        return result

    def await_end(self, session: str) -> None:
        """Wait until the daemon has seen that a session is over."""

        def ended() -> bool:
            rows = self.ask("sessions")
            return any(row["id"] == session and row["state"] == "ended" for row in rows)

        self.await_result(ended, f"an end of session {session}")

    def _answers(self) -> bool:
        done = self._run("status")
        return done.returncode == 0 and json.loads(done.stdout)["daemon"]["answers"] is True

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "hivemindctl", *arguments, "--json"],
            cwd=self._folder,
            env=self._env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def _log(self) -> str:
        return self._printed.read_text("utf-8", "replace")
