"""hivemindctl logs, on a file that a real writer rotates."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from hivemindctl.tailing import Tail
from hivemindd.runtime.logfile import generations
from tests.control.filled_log import make_paths
from tests.ctl.runner import environment, spawn


@pytest.fixture(name="file")
def _file(scratch_home: Path) -> Path:
    file = make_paths(scratch_home).output_file
    file.parent.mkdir(parents=True)
    return file


def rotate(file: Path) -> None:
    """Put the file aside as the daemon does, and begin a new one."""
    files = generations(file)
    for older, newer in pairwise(files):
        if newer.exists():
            newer.rename(older)
    file.touch()


def append(file: Path, *lines: str) -> None:
    """Write whole lines."""
    with file.open("a") as text:
        text.writelines(f"{line}\n" for line in lines)


@contextmanager
def following(home: Path, *words: str) -> Iterator[tuple["subprocess.Popen[str]", IO[str]]]:
    """Run `logs --follow` in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "hivemindctl", "logs", "--follow", *words],
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        try:
            yield process, process.stdout
        finally:
            process.kill()


def test_nothing_was_printed_yet(scratch_home: Path) -> None:
    """One sentence names the file."""
    done = spawn(scratch_home, "logs")

    file = make_paths(scratch_home).output_file
    assert done.returncode == 1
    assert done.stderr == f"hivemindctl: there is no {file}: no daemon has printed there yet\n"


def test_the_last_lines_may_lie_in_several_files(scratch_home: Path, file: Path) -> None:
    """A rotation just now hides nothing."""
    for number in range(6):
        append(file, f"line {number}")
        rotate(file)
    append(file, "line 6")

    def last(count: int) -> list[str]:
        return spawn(scratch_home, "logs", "-n", str(count)).stdout.splitlines()

    assert last(1) == ["line 6"]
    assert last(3) == ["line 4", "line 5", "line 6"]
    assert last(50) == ["line 3", "line 4", "line 5", "line 6"]
    assert last(0) == []


def test_a_number_of_lines_below_zero_is_wrong_usage(scratch_home: Path) -> None:
    """Click's sentence, and its exit code."""
    done = spawn(scratch_home, "logs", "-n", "-1")

    assert done.returncode == 2
    assert "-1 is not in the range x>=0" in done.stderr


def test_what_could_move_the_cursor_is_not_shown(scratch_home: Path, file: Path) -> None:
    """Whoever wrote it there."""
    append(file, "a\x1b[2Jb\x1b]0;title\x07c")

    assert spawn(scratch_home, "logs").stdout == "abc\n"


def test_it_follows_over_rotations_until_it_is_interrupted(scratch_home: Path, file: Path) -> None:
    """Three files later no line is missing or twice; Ctrl-C leaves no traceback."""
    append(file, "before", "the last")
    with following(scratch_home, "-n", "1") as (process, shown):
        assert shown.readline() == "the last\n"
        for number in range(12):
            append(file, f"line {number}")
            if number % 4 == 3:
                rotate(file)
        append(file, "the end")
        lines = [shown.readline() for _ in range(13)]
        process.send_signal(signal.SIGINT)
        rest, complaint = process.communicate()

    assert lines == [*(f"line {number}\n" for number in range(12)), "the end\n"]
    assert (process.returncode, rest, complaint.strip()) == (130, "", "")


def test_it_waits_for_a_daemon_that_has_never_run(scratch_home: Path, file: Path) -> None:
    """And shows it from its first word on."""
    with following(scratch_home) as (_, shown):
        append(file, "the first")

        assert shown.readline() == "the first\n"


def test_the_journal_is_asked_where_systemd_keeps_the_daemon(scratch_home: Path) -> None:
    """Whether or not its manager answers here; what it cannot show is said."""
    if sys.platform == "darwin":
        pytest.skip("launchd runs here")
    unit = scratch_home / ".config" / "systemd" / "user" / "hivemindd.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("")
    tool = scratch_home / "bin" / "journalctl"
    tool.parent.mkdir()
    tool.write_text('#!/bin/sh\necho "$*" >> "$HOME/calls"\ntest -z "$SAY" || echo "$SAY"\n')
    tool.chmod(0o755)
    env = {"PATH": f"{tool.parent}{os.pathsep}{os.environ['PATH']}"}

    shown = spawn(scratch_home, "logs", "-n", "7", **env, SAY="Nov 21 running")
    followed = spawn(scratch_home, "logs", "-f", **env, SAY="Nov 21 running")
    empty = spawn(scratch_home, "logs", **env)

    call = "--quiet --user-unit=hivemindd.service -o short -n"
    assert (shown.stdout, followed.stdout) == ("Nov 21 running\n",) * 2
    assert (scratch_home / "calls").read_text().splitlines() == [
        f"{call} 7 --no-pager",
        f"{call} 50 --follow",
        f"{call} 50 --no-pager",
    ]
    assert empty.returncode == 1
    assert empty.stderr == (
        "hivemindctl: the journal cannot be shown: it holds nothing of hivemindd that you may "
        "read\n"
    )


class Following(RuleBasedStateMachine):
    """A reader that looks now and then at what a writer does to its files."""

    folder: Callable[[], Path]

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.file = type(self).folder() / "log"
        self.tail = Tail(self.file)
        self.tail.last(0)
        self.written = 0
        self.rotated = 0
        self.seen: list[str] = []

    def teardown(self) -> None:
        """Leave no file open."""
        self.tail.close()

    @rule(count=st.integers(1, 4))
    def write(self, count: int) -> None:
        """Append some lines."""
        append(self.file, *(str(self.written + number) for number in range(count)))
        self.written += count

    @rule()
    def rotate(self) -> None:
        """Put the file aside, not so often that an unseen one is thrown away."""
        if self.file.exists() and self.file.stat().st_size and self.rotated < 3:
            rotate(self.file)
            self.rotated += 1

    @rule()
    def look(self) -> None:
        """Read what has come."""
        self.seen += [line.decode().strip() for line in self.tail.read()]
        self.rotated = 0
        assert self.seen == [str(number) for number in range(self.written)]

    @invariant()
    def nothing_is_twice(self) -> None:
        """Whatever was seen was written, in that order."""
        assert self.seen == [str(number) for number in range(len(self.seen))]


def test_no_line_is_left_out_or_seen_twice(tmp_path: Path) -> None:
    """Whatever order writes, rotations and looks come in."""
    numbers = iter(range(1_000_000))

    def folder() -> Path:
        path = tmp_path / str(next(numbers))
        path.mkdir()
        return path

    Following.folder = staticmethod(folder)
    run_state_machine_as_test(Following)


@given(st.lists(st.integers(0, 30), max_size=6))
def test_half_a_line_waits_for_its_end(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    """A reader may come between the two halves of a write."""
    file = tmp_path_factory.mktemp("log") / "log"
    text = b"the first line\nthe second\nlast\n"
    seen: list[bytes] = []
    start = 0
    with closing(Tail(file)) as tail:
        for cut in [*sorted(cuts), len(text)]:
            with file.open("ab") as writer:
                writer.write(text[start:cut])
            start = max(start, cut)
            seen += tail.read()

    assert seen == text.splitlines(keepends=True)
