"""`status --watch`: on a real terminal, and where its output is read by a program."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hivemindctl.live import LiveLines, LiveScreen
from tests.control.filled_log import fill, pause
from tests.ctl.answering import answering
from tests.ctl.runner import CHECKOUT, environment
from tests.e2e.screen import Screen

_CTRL_C = "\x03"


@contextmanager
def _watch(home: Path, *, columns: int = 80, rows: int = 24) -> Iterator[Screen]:
    command = [sys.executable, "-m", "hivemindctl", "status", "--watch"]
    env = environment(home, TERM="xterm-256color")
    with Screen(command, cwd=CHECKOUT, env=env, columns=columns, rows=rows) as screen:
        yield screen


def test_it_follows_what_happens(tmp_path: Path) -> None:
    """A daemon that starts and stops, and a pause, show by themselves."""
    paths = fill(tmp_path)
    with _watch(tmp_path) as screen:
        screen.await_text("^hivemindd   not running: start it with `hivemindctl install`$")
        screen.await_text(r"^\d\d:\d\d:\d\d, Ctrl-C leaves$")
        with answering(paths, pid=7, version="9.9"):
            screen.await_text("^hivemindd   running, version 9.9, pid 7")
            pause(paths, {"": 0})
            screen.await_text("^paused      everything: `hivemindctl resume` ends it$")
        screen.await_text("^hivemindd   not running")
        assert not screen.has_cursor
        screen.press(_CTRL_C)

        assert screen.await_exit() == 130
        assert screen.has_cursor


def test_a_log_that_fails_meanwhile_is_said_and_looked_at_again(tmp_path: Path) -> None:
    """Whoever watches sees it fail, and sees it mend."""
    paths = fill(tmp_path)
    data = paths.log / "data.mdb"
    with _watch(tmp_path) as screen:
        screen.await_text("^learned     1 correction")
        whole = data.read_bytes()
        data.write_bytes(b"no database" * 1_000)
        screen.await_text("^hivemindctl: (.*\n)?.*data.mdb")
        data.write_bytes(whole)
        screen.await_text("^learned     1 correction")


def test_a_polite_kill_gives_the_terminal_back(tmp_path: Path) -> None:
    """No terminal stays without a cursor."""
    fill(tmp_path)
    with _watch(tmp_path) as screen:
        screen.await_text("Ctrl-C leaves")
        os.kill(screen.pid, signal.SIGTERM)

        assert screen.await_exit() == 143
        assert screen.has_cursor


def test_a_small_window_shows_what_fits_and_a_larger_one_the_rest(tmp_path: Path) -> None:
    """Nothing wraps and nothing scrolls."""
    fill(tmp_path)
    with _watch(tmp_path, columns=40, rows=8) as screen:
        screen.await_text("^assistant")
        assert screen.text().splitlines()[0] == "hivemindd   not running: start it with…"
        assert "log  " not in screen.text()

        screen.resize(80, 24)
        screen.await_text("Ctrl-C leaves")
        assert screen.text().splitlines()[0].endswith("`hivemindctl install`")


def test_only_what_has_changed_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """A screen that stands still is not painted again."""
    with LiveScreen() as screen:
        screen.draw(["one", "two", "three"])
        capsys.readouterr()
        screen.draw(["one", "2", "three"])
        changed = _told(capsys)
        screen.draw(["one"])
        shorter = _told(capsys)

    assert changed == {2: "2"}
    assert shorter == {2: "", 5: ""}
    assert capsys.readouterr().out.endswith("one\n")


def _told(capsys: pytest.CaptureFixture[str]) -> dict[int, str]:
    """Return what was written into which row; the time of day aside."""
    written = re.findall(r"\x1b\[(\d+);1H(.*?)\x1b\[0m\x1b\[K", capsys.readouterr().out)
    return {int(row): text for row, text in written if "Ctrl-C" not in text}


def test_where_no_terminal_is_only_changes_are_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each as a block of its own."""
    with LiveLines() as lines:
        for block in (["a", "b"], ["a", "b"], ["a", "c"], []):
            lines.draw(block)

    assert capsys.readouterr().out == "a\nb\n\na\nc\n"
