"""What the assistants and the machine feel of the daemon: next to nothing."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.process import Daemon, await_true
from tests.records import ClaudeSession

LOOKS = {"stat", "lstat", "statx", "newfstatat", "access", "faccessat", "faccessat2", "readlink"}
_CALL = re.compile(r"^(?:\d+ +)?(\w+)\(")

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")


def _can_trace() -> bool:
    tool = shutil.which("strace")
    if tool is None:
        return False
    return not subprocess.run([tool, "-qq", "true"], capture_output=True, check=False).returncode


@linux
def test_it_gives_way_to_all_else(scratch_home: Path) -> None:
    """Also where no service manager has lowered its priority."""
    with Daemon(scratch_home) as daemon:
        process = psutil.Process(daemon.process.pid)

        assert process.nice() >= 10
        assert process.ionice().ioclass == psutil.IOPRIO_CLASS_IDLE


@linux
@pytest.mark.skipif(not _can_trace(), reason="strace is not there, or may not trace")
def test_transcripts_are_only_read_and_closed_again(scratch_home: Path, tmp_path: Path) -> None:
    """Each is opened for reading, following no link; none is locked, changed or kept open."""
    project = scratch_home / "project"
    project.mkdir()
    claude = ClaudeSession(scratch_home, project)
    claude.prompt("before it starts")
    trace = tmp_path / "trace"
    strace = ["strace", "-D", "-f", "-y", "-qq", "-s", "512", "-o", str(trace)]
    with Daemon(scratch_home, before=[*strace, "-e", "trace=%file,%desc"]) as daemon:
        claude.prompt("while it runs")
        name = claude.path.name
        await_true(lambda: trace.read_text().count(f"{name}>)") > 1, "it was read again")
        daemon.stop()

    lines = [line for line in trace.read_text().splitlines() if name in line]
    calls = [(found[1], line) for line in lines if (found := _CALL.match(line))]
    opened = [line for call, line in calls if call == "openat"]
    assert len(opened) > 1
    for line in opened:
        assert "O_RDONLY|" in line
        assert "O_NOFOLLOW" in line
    assert len(opened) == sum(call == "close" for call, _ in calls)
    assert {call for call, _ in calls} <= {*LOOKS, "openat", "close", "fstat", "pread64", "read"}
