"""The real daemon that dies, or hangs, at a named step: HOW:MODULE:NAME:COUNT [ARGUMENT]...

It also stands before the command that would run the daemon, which is passed over then.

`before` and `after` end it by SIGKILL where a function is called for the COUNTth time, or has
returned from that; `hang` never returns, but only in the first process that comes there: it
leaves a file named `hung` in the home. `set` gives a constant the number COUNT, `call` only calls.
"""

import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any


def fail_at(how: str, module: str, name: str, number: str) -> None:
    """Replace a function, or the number that a constant is, or call it."""
    holder: Any = importlib.import_module(module)
    *path, last = name.split(".")
    for part in path:
        holder = getattr(holder, part)
    genuine = getattr(holder, last)
    if how == "call":
        genuine()
        return
    new = float(number) if how == "set" else _failing(genuine, how, int(number))
    setattr(holder, last, new)


def _failing(genuine: Callable[..., Any], how: str, number: int) -> Callable[..., Any]:
    calls = count(1)

    def failing(*args: Any, **options: Any) -> Any:
        here = next(calls) == number
        if here and how == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        if here and how == "hang" and _is_first():
            threading.Event().wait()
        result = genuine(*args, **options)
        if here and how == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return failing


def _is_first() -> bool:
    try:
        Path(os.environ["HOME"], "hung").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def main() -> None:
    """Prepare the failures, and run the daemon."""
    failures = [word.split(":") for word in sys.argv[1:] if word.count(":") == 3]
    for words in failures:
        fail_at(*words)
    from hivemindd.__main__ import main as run  # noqa: PLC0415  what it imports is replaced by now

    rest = sys.argv[1 + len(failures) :]
    sys.argv[1:] = rest[3:] if rest[1:3] == ["-m", "hivemindd"] else rest
    run()


if __name__ == "__main__":
    main()
