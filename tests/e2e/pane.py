"""A shell in a window of tmux, and what a person sees in it."""

import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.e2e.screen import DOWN, ENTER, ESCAPE, PATIENCE, TAB, ScreenError

COLUMNS, ROWS = 80, 30
PROMPT = r"^~\S* \$"
_KEYS = {ENTER: "Enter", ESCAPE: "Escape", TAB: "Tab", DOWN: "Down"}
_POLL = 0.1
_RC = "PS1='\\w $ '\nPROMPT_DIRTRIM=3\nbind 'set enable-bracketed-paste off'\n"


class Pane:
    """Runs bash in tmux; use it as a context manager, which ends all that runs in it.

    What it can do is what `tests.e2e.screen.Screen` can, so that an assistant is driven in
    it as in there.
    """

    def __init__(
        self, folder: Path, *, cwd: Path, env: Mapping[str, str], before: Sequence[str] = ()
    ) -> None:
        """Put tmux's socket into `folder`; bash gets only `env`, run by the words `before`."""
        self._tmux = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        self._rc = folder / "bashrc"
        self._shell = [*before, "bash", "--noprofile", "--rcfile", str(self._rc)]
        self._cwd, self._env = cwd, dict(env)

    def __enter__(self) -> Self:
        """Open the window and wait for its prompt."""
        self._rc.write_text(_RC, "utf-8")
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        self._call("new-session", "-d", *size, "-c", str(self._cwd), *self._shell)
        try:
            self.await_text(PROMPT)
        except ScreenError:
            self._call("kill-server")
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the window, with all that runs in it."""
        self._call("kill-server")

    def text(self, *, joined: bool = False) -> str:
        """Return what it shows, with all that has scrolled out of it since `clear`.

        With `joined` a line that was wrapped is one.
        """
        shown = self._call("capture-pane", "-p", "-S", "-", *["-J"] * joined)
        return "\n".join(line.rstrip() for line in shown.splitlines()).rstrip()

    def clear(self) -> None:
        """Forget what it has shown; a prompt must stand there."""
        self.await_text(rf"{PROMPT}\Z")
        self._call("send-keys", "C-l")
        end = time.monotonic() + PATIENCE
        while re.fullmatch(PROMPT, self.text()) is None:
            if time.monotonic() > end:
                raise ScreenError(f"it was never empty; it shows:\n{self.text()}")
            time.sleep(_POLL)
            self._call("clear-history")

    def run(self, command: str, *, patience: float = PATIENCE) -> str:
        """Type a command, wait for the next prompt; return the command and what it printed."""
        self.clear()
        self.type(command)
        self.press(ENTER)
        self.await_text(rf"\A{PROMPT} (?s:.*)\n{PROMPT}\Z", timeout=patience)
        return self.text().rpartition("\n")[0]

    def type(self, words: str) -> None:
        """Type words that it does not show yet, and wait until they stand there."""
        self._call("send-keys", "-l", "--", words)
        self.await_text(re.escape(words[-20:]).replace(r"\ ", r"\s+"))

    def press(self, key: str) -> None:
        """Press one key."""
        self._call("send-keys", _KEYS.get(key, key))

    def await_text(self, pattern: str, *, timeout: float = PATIENCE) -> re.Match[str]:
        """Wait until it matches `pattern` (searched, `^` and `$` at each line, wrapped or not).

        Raise `ScreenError` with what it shows when `timeout` seconds passed.
        """
        end = time.monotonic() + timeout
        while (found := re.search(pattern, self.text(joined=True), re.MULTILINE)) is None:
            if time.monotonic() > end:
                raise ScreenError(f"it never showed /{pattern}/; it shows:\n{self.text()}")
            time.sleep(_POLL)
        return found

    def await_still(self, seconds: float, *, timeout: float = PATIENCE) -> None:
        """Wait until it has shown the same for a while."""
        end = time.monotonic() + timeout
        before, since = self.text(), time.monotonic()
        while time.monotonic() - since < seconds:
            if time.monotonic() > end:
                raise ScreenError(f"it never came to rest:\n{self.text()}")
            time.sleep(_POLL)
            if (now := self.text()) != before:
                before, since = now, time.monotonic()

    def await_exit(self, *, timeout: float = PATIENCE) -> int:
        """Wait until the shell is back; what it returns is always 0."""
        self.await_text(rf"{PROMPT}\Z", timeout=timeout)
        return 0

    def _call(self, *words: str) -> str:
        done = subprocess.run(
            [*self._tmux, *words],
            env=self._env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ScreenError(f"tmux {words[0]} failed: {done.stderr.strip()}")
        return done.stdout
