"""Lines that are kept up to date: in place on a terminal, one after the other elsewhere."""

import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from types import FrameType, TracebackType
from typing import Self

from hivemindctl.render import WIDTH, crop

_ENTER = "\x1b[?1049h\x1b[?25l"  # a screen of our own, and no cursor
_LEAVE = "\x1b[?25h\x1b[?1049l"
_USUAL = os.terminal_size((WIDTH, 24))


class LiveScreen:
    """Shows lines on a screen of their own, and only writes what has changed.

    What was shown last stays on the terminal afterwards.
    """

    def __init__(self) -> None:
        """Begin with nothing shown."""
        self._shown: list[str] = []
        self._lines: Sequence[str] = ()
        self._size = os.terminal_size((0, 0))

    def __enter__(self) -> Self:
        """Take the screen; a polite kill gives it back as well."""
        signal.signal(signal.SIGTERM, _leave)
        _write(_ENTER)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the screen back."""
        _write(_LEAVE + "".join(f"{line}\n" for line in self._lines))

    def draw(self, lines: Sequence[str]) -> None:
        """Show these lines, as many as there is room for, and below them what time it is."""
        size = _terminal_size()
        if size != self._size:
            self._size, self._shown = size, []
            _write("\x1b[2J")
        footer = f"\x1b[2m{datetime.now().astimezone():%H:%M:%S}, Ctrl-C leaves"
        fit = [crop(line, size.columns) for line in [*lines, "", footer][: size.lines]]
        before = [*self._shown, *[""] * (len(fit) - len(self._shown))]
        after = [*fit, *[""] * (len(self._shown) - len(fit))]
        _write(
            "".join(
                f"\x1b[{row};1H{new}\x1b[0m\x1b[K"
                for row, (old, new) in enumerate(zip(before, after, strict=True), start=1)
                if old != new
            )
        )
        self._shown, self._lines = fit, lines


class LiveLines:
    """Prints lines whenever they have changed, for a file or for a program that reads them."""

    def __init__(self) -> None:
        """Begin with nothing printed."""
        self._shown: Sequence[str] = ()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End; there is nothing to give back."""

    def draw(self, lines: Sequence[str]) -> None:
        """Print these lines, with a blank one before them where others came before."""
        if not lines or lines == self._shown:
            return
        apart = "\n" if len(lines) > 1 and self._shown else ""
        _write(apart + "".join(f"{line}\n" for line in lines))
        self._shown = lines


def _write(text: str) -> None:
    if text:
        sys.stdout.write(text)
        sys.stdout.flush()


def _terminal_size() -> os.terminal_size:
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return _USUAL
    return size if size.lines else _USUAL


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
