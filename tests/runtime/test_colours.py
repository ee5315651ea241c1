"""Colours: on a terminal only, and not where somebody does not want them."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.children import CHECKOUT

_PROGRAMS = {
    "hivemindctl": ["-m", "hivemindctl", "config", "show"],
    "hivemindd": ["-m", "tests.printing", "info", "console"],
}


def on_a_terminal(arguments: list[str], **env: str) -> str:
    """Run a program in a terminal of its own and return what appears there."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=CHECKOUT,
        env={
            "HOME": os.environ["HOME"],
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{CHECKOUT}{os.pathsep}{CHECKOUT / 'ctl'}",
            **env,
        },
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        seen = b""
        try:
            while chunk := os.read(ours, 65_536):
                seen += chunk
        except OSError:  # Linux says so when the last one on the other side has gone
            pass
        finally:
            os.close(ours)
    assert process.returncode == 0, seen
    return seen.decode()


@pytest.mark.parametrize("program", _PROGRAMS)
@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
    ids=str,
)
def test_a_terminal_gets_colours_unless_they_are_unwanted(
    program: str, env: dict[str, str], *, coloured: bool
) -> None:
    """Both programs heed NO_COLOR and TERM=dumb."""
    assert ("\x1b[" in on_a_terminal(_PROGRAMS[program], **env)) == coloured


@pytest.mark.parametrize("program", _PROGRAMS)
def test_a_file_gets_none(program: str, tmp_path: Path) -> None:
    """Whatever the terminal could do."""
    file = tmp_path / "out"
    with file.open("w") as opened:
        subprocess.run(
            [sys.executable, *_PROGRAMS[program]],
            cwd=CHECKOUT,
            env={**os.environ, "TERM": "xterm-256color"},
            stdout=opened,
            stderr=opened,
            check=True,
        )

    assert file.stat().st_size
    assert "\x1b" not in file.read_text()


def test_a_file_that_the_daemon_is_given_gets_none(tmp_path: Path) -> None:
    """Not even where standard error is a terminal that could show them."""
    file = tmp_path / "out"
    words = ["-m", "hivemindd", "--once", "--log-level", "debug", "--log-file", str(file)]

    on_a_terminal(words, HOME=str(tmp_path), TERM="xterm-256color")

    assert file.stat().st_size
    assert "\x1b" not in file.read_text()
