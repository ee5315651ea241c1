"""The daemon that runs now, whoever started it."""

import os
import signal
import time
from collections.abc import Callable

from hivemindctl.steps import Step
from hivemindd.errors import HivemindError
from hivemindd.log.lock import holder
from hivemindd.paths import Paths

PATIENCE = 25.0
_PAUSE = 0.05


def wait_until(true: Callable[[], bool], patience: float = PATIENCE) -> bool:
    """Look again and again until something is true; False when that took too long."""
    end = time.monotonic() + patience
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(_PAUSE)
    return True


def stop_running(paths: Paths, *, besides: int = 0) -> list[Step]:
    """Return the step that stops the daemon that runs for this user; none where none runs.

    The process `besides` is left to who keeps it. One that does not stop is killed: what it
    was at is done again by the next, and nothing is lost.
    """
    pid = holder(paths.lock_file)
    if pid is None or (pid and pid == besides):
        return []

    def act() -> None:
        if not pid:
            raise HivemindError(f"{paths.lock_file} does not name the daemon: stop it by hand")
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                return
            except PermissionError as error:
                raise HivemindError(f"hivemindd (pid {pid}) runs as somebody else") from error
            if wait_until(lambda: holder(paths.lock_file) != pid):
                return
        raise HivemindError(f"hivemindd (pid {pid}) does not stop: end it by hand")

    return [Step(f"stop hivemindd (pid {pid})", f"stopped hivemindd (pid {pid})", act)]
