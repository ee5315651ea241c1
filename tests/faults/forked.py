"""The daemon in processes that may die: imported once, forked for each time it is run.

`Forked` is the test's side. The other one, `python -m tests.faults.forked`, reads what to call
from its input, and lets a child of its own do it, within a time and with a clean environment.
"""

import importlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, NoReturn, Self

import msgspec

from tests.children import Child
from tests.process import clean_environment

SECONDS = 60
_UNFORESEEN = 70
_IMPORTS = ("hivemindd.__main__", "hivemindd.daemon", "tests.faults.running")


class Ended(msgspec.Struct, frozen=True):
    """How a run ended: its exit code (below 0: the signal), and what it printed."""

    code: int
    output: str

    @property
    def is_clear(self) -> bool:
        """Tell whether it did its work, or said in a sentence why it could not."""
        return self.code in {0, 1, 69, 78} and "Traceback" not in self.output


class Forked:
    """Runs functions of `tests.faults.running` in a home, each in a process of its own."""

    def __init__(self, home: Path, **env: str) -> None:
        """Start the process that forks; `env` is for it, such as a library to load."""
        self.home = home
        self._child = Child("tests.faults.forked", **env)

    def run(self, what: str, *arguments: object, **env: str) -> Ended:
        """Call a function in a child and return how that ended; one that hangs is killed."""
        with NamedTemporaryFile(dir=self.home) as output:
            order = {
                "what": what,
                "arguments": list(map(str, arguments)),
                "env": clean_environment(self.home, **env),
                "output": output.name,
            }
            self._child.tell(json.dumps(order))
            code = int(self._child.hear())
            return Ended(code, Path(output.name).read_text("utf-8", "replace"))

    def __enter__(self) -> Self:
        """Give the running process."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._child.__exit__(None, None, None)


def _carry_out(order: dict[str, Any]) -> NoReturn:
    """Become the one process that does it."""
    signal.alarm(SECONDS)
    with Path(order["output"]).open("ab", buffering=0) as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["env"]["HOME"])
    act: Callable[..., object] = getattr(
        importlib.import_module("tests.faults.running"), order["what"]
    )
    code = 0
    try:
        act(*order["arguments"])
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001  whatever nobody foresaw is what is looked for
        traceback.print_exc()
        code = _UNFORESEEN
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _serve() -> None:
    for module in _IMPORTS:
        importlib.import_module(module)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if not pid:
            _carry_out(order)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
