"""The real daemon with a twist: [HOW:MODULE:NAME]... [ARGUMENT]..., run with `python -m`.

`hold` says `there` where a function is first called, and goes on when it is told to; `stick`
says `there NAME` and never returns; `fail` raises; `set` gives a constant another number.
"""

import importlib
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

WORDS = "these are nobody's business"


_HEARD = os.dup(1)  # with --log-file the daemon takes the other one away


def say(line: str) -> None:
    """Tell the test."""
    os.write(_HEARD, f"{line}\n".encode())


def twist(how: str, module: str, name: str) -> None:
    """Replace a function, or a constant where `name` is `NAME=NUMBER`."""
    holder: Any = importlib.import_module(module)
    *path, last = name.partition("=")[0].split(".")
    for part in path:
        holder = getattr(holder, part)
    number = name.partition("=")[2]
    new = float(number) if number else TWISTS[how](last, getattr(holder, last))
    setattr(holder, last, new)


def hold(_name: str, genuine: Callable[..., Any]) -> Callable[..., Any]:
    """Hold the first call until a line is sent."""
    first = iter([True])

    def held(*args: Any, **options: Any) -> Any:
        if next(first, False):
            say("there")
            sys.stdin.readline()
        return genuine(*args, **options)

    return held


def stick(name: str, _genuine: Callable[..., Any]) -> Callable[..., Any]:
    """Never return from a call."""

    def stuck(*_args: Any, **_options: Any) -> None:
        say(f"there {name}")
        threading.Event().wait()

    return stuck


def fail(_name: str, _genuine: Callable[..., Any]) -> Callable[..., Any]:
    """Raise what nobody has foreseen."""

    def failing(*_args: Any, **_options: Any) -> None:
        raise ZeroDivisionError(WORDS)

    return failing


TWISTS = {"hold": hold, "stick": stick, "fail": fail}

if __name__ == "__main__":
    twists = [word for word in sys.argv[1:] if word.count(":") == 2]
    for word in twists:
        how, module, name = word.split(":")
        twist(how, module, name)
    from hivemindd.__main__ import main

    sys.argv[1:] = sys.argv[1 + len(twists) :]
    main()
