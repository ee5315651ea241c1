"""A program in a real pseudo-terminal, and what a person would see on its screen."""

import codecs
import contextlib
import fcntl
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

COLUMNS, ROWS = 120, 45
PATIENCE = 60.0
"""Seconds that a screen may take to appear on a busy machine; never slept through."""

ENTER, ESCAPE, TAB, DOWN = "\r", "\x1b", "\t", "\x1b[B"

_TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Makes the pty the controlling terminal; a fork in this threaded process could deadlock."""

_FOREIGN = re.compile(
    r"\x1b\[[<=>][0-9;:]*[@-~]"  # keyboard protocols and version queries of newer terminals
    r"|\x1b\[\?[0-9;]*[nu]"  # private status queries
    r"|\x1b\[[0-9;]*:[0-9;:]*m"  # colours and underlines with sub-parameters
    r"|\x1b[P_^X].*?\x1b\\",  # device control strings
    re.DOTALL,
)
"""Sequences that pyte would print as text or choke on."""

_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;:<=>?]*|[P_^X](?:(?!\x1b\\).)*)?\Z", re.DOTALL)


class ScreenError(AssertionError):
    """The screen did not come to show what was awaited."""


class _Emulator(pyte.Screen):
    """A terminal that answers when it is asked where its cursor is or what it can do."""

    def __init__(self, answer: Callable[[str], None], columns: int, rows: int) -> None:
        super().__init__(columns, rows)
        self._answer = answer

    def write_process_input(self, data: str) -> None:
        self._answer(data)


class Screen:
    """Runs one program in a terminal of its own and keeps its screen up to date.

    A thread feeds the emulator, so that a program never blocks on its output and every
    question that it asks its terminal is answered. Use it as a context manager: what is
    still running at the end is killed.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        columns: int = COLUMNS,
        rows: int = ROWS,
    ) -> None:
        """Start `command` (an absolute path and its arguments) in `cwd` with only `env`."""
        self._shown = _Emulator(self._send, columns, rows)
        self._stream = pyte.Stream(self._shown)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self._changed = threading.Condition()
        self._changed_at = time.monotonic()
        self._closed = False
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-ISc", _TAKE_TERMINAL, *command],
            cwd=cwd,
            env=dict(env),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, name="screen", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        """Hand out the screen."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Kill what still runs and give the terminal back."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._reader.join(timeout=PATIENCE)
        os.close(self._master)

    @property
    def pid(self) -> int:
        """The process that runs in it."""
        return self._process.pid

    @property
    def has_cursor(self) -> bool:
        """Tell whether its cursor can be seen."""
        with self._changed:
            return not self._shown.cursor.hidden

    def text(self) -> str:
        """Return what it shows now."""
        with self._changed:
            return self._text()

    def resize(self, columns: int, rows: int) -> None:
        """Make the window larger or smaller."""
        with self._changed:
            self._shown.resize(rows, columns)
            size = struct.pack("HHHH", rows, columns, 0, 0)
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def type(self, words: str) -> None:
        """Type words that the screen does not show yet, and wait until they stand there."""
        self._send(words)
        self.await_text(re.escape(words[-40:]))

    def press(self, key: str) -> None:
        """Press one key."""
        self._send(key)

    def await_text(self, pattern: str, *, timeout: float = PATIENCE) -> re.Match[str]:
        """Wait until the screen matches `pattern` (searched, `^` and `$` at each line).

        Raise `ScreenError` with the screen as it stands when `timeout` seconds passed, or
        at once when the program is gone.
        """

        def look() -> re.Match[str] | None:
            return re.search(pattern, self._text(), re.MULTILINE)

        with self._changed:
            self._changed.wait_for(lambda: look() or self._closed, timeout)
            found = look()
            if found is None:
                raise ScreenError(f"it never showed /{pattern}/; it shows:\n{self._text()}")
        return found

    def await_still(self, seconds: float, *, timeout: float = PATIENCE) -> None:
        """Wait until the screen has shown the same for a while.

        For dialogs that refuse keys in their first moments, so that nobody confirms what
        they have not read, and that do not show when these moments are over.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while (left := self._changed_at + seconds - time.monotonic()) > 0:
                if time.monotonic() > deadline:
                    raise ScreenError(f"the screen never came to rest:\n{self._text()}")
                self._changed.wait(left)

    def await_exit(self, *, timeout: float = PATIENCE) -> int:
        """Wait until the program has ended by itself and return its exit code."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            with self._changed:
                raise ScreenError(f"it did not end; it shows:\n{self._text()}") from None

    def _text(self) -> str:
        return "\n".join(line.rstrip() for line in self._shown.display)

    def _send(self, keys: str) -> None:
        with contextlib.suppress(OSError):  # an answer may come when the program has gone
            os.write(self._master, keys.encode())

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65_536)
            except OSError:  # how Linux says that the last writer has closed its side
                data = b""
            with self._changed:
                if data:
                    self._feed(self._decoder.decode(data))
                else:
                    self._closed = True
                self._changed.notify_all()
            if not data:
                return

    def _feed(self, data: str) -> None:
        data = self._held + data
        unfinished = _UNFINISHED.search(data)
        end = unfinished.start() if unfinished else len(data)
        self._held = data[end:]
        before = self._text()
        self._stream.feed(_FOREIGN.sub("", data[:end]))
        if self._text() != before:
            self._changed_at = time.monotonic()
