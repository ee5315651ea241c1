"""A process of its own, where no service manager runs."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from hivemindctl.service.base import MODULE, interpreter
from hivemindctl.service.running import stop_running, wait_until
from hivemindctl.steps import Step
from hivemindd.control.protocol import ask
from hivemindd.errors import HivemindError
from hivemindd.log.lock import holder
from hivemindd.paths import Paths, make_private


class Detached:
    """The daemon as a session of its own; it ends with the machine."""

    name = "a detached process"
    survives_login = False

    def __init__(self, paths: Paths, env: Mapping[str, str]) -> None:
        """Take the environment that the daemon inherits."""
        self._paths = paths
        self._env = env

    def is_installed(self) -> bool:
        """Tell whether it runs: there is nothing else to it."""
        return holder(self._paths.lock_file) is not None

    def is_current(self) -> bool:
        """Tell whether it runs."""
        return self.is_installed()

    def interpreter(self) -> str:
        """Return nothing: there is no unit that would name one."""
        return ""

    def install(self, *, start: bool) -> list[Step]:
        """Start the process, in place of one that runs."""
        if not start:
            return []
        begin = Step(
            f"start `{' '.join(self._command())}` in the background",
            f"started `{' '.join(self._command())}` in the background",
            self._start,
        )
        return [*stop_running(self._paths), begin]

    def uninstall(self) -> list[Step]:
        """Stop the process."""
        return stop_running(self._paths)

    def _command(self) -> list[str]:
        return [interpreter(), *MODULE, "--log-file", str(self._paths.output_file)]

    def _start(self) -> None:
        output = self._paths.output_file
        make_private(self._paths.state)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(output, flags, 0o600)
        except OSError as error:
            raise HivemindError(f"cannot write {output}: {error.strerror}") from error
        said = os.fstat(descriptor).st_size
        try:
            process = subprocess.Popen(
                self._command(),
                cwd=self._paths.home,
                env=dict(self._env),
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                start_new_session=True,
            )
        except OSError as error:
            raise HivemindError(f"cannot start {interpreter()}: {error.strerror}") from error
        finally:
            os.close(descriptor)
        wait_until(lambda: process.poll() is not None or self._answers(process.pid))
        if process.returncode is not None:
            raise HivemindError(f"hivemindd ended at once: {_last_words(output, said)}")

    def _answers(self, pid: int) -> bool:
        try:
            return bool(ask(self._paths, "status")["pid"] == pid)
        except HivemindError:
            return False


def _last_words(output: Path, start: int) -> str:
    """Return the last line that was printed since the file had `start` bytes."""
    lines = output.read_bytes()[start:].decode("utf-8", "replace").splitlines()
    return lines[-1].removeprefix("hivemindd: ") if lines else "it said nothing"
