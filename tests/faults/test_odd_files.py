"""What lies where transcripts should: links, pipes, closed files, lines without end."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hivemindd.capture.lines import MAX_LINE
from hivemindd.log.opening import open_log_readonly
from hivemindd.log.store import Log
from hivemindd.log.tables import CHECKPOINTS
from hivemindd.paths import find_paths
from tests.faults.homes import SOON, arrives, complaints, prompts, settle, tallies
from tests.faults.namespaces import rootless
from tests.faults.seams import Seams
from tests.ingest.taken import run
from tests.process import Daemon, clean_environment
from tests.records import ClaudeSession

OTHER = "5e551000-0000-4000-8000-000000000002"


def elsewhere(folder: Path) -> Path:
    """Write a transcript that lies below no root."""
    session = ClaudeSession(folder, folder, OTHER)
    session.prompt("elsewhere")
    return session.path


def link_to_a_file(path: Path, outside: Path) -> None:
    """Link to a transcript elsewhere."""
    path.symlink_to(outside)


def link_to_a_folder(path: Path, outside: Path) -> None:
    """Link to a folder with a transcript elsewhere."""
    path.with_suffix("").symlink_to(outside.parent)


def loop(path: Path, _outside: Path) -> None:
    """Link to the folder above, and to itself."""
    path.with_suffix("").symlink_to(path.parent.parent)
    path.symlink_to(path.name)


def dangling(path: Path, outside: Path) -> None:
    """Link to nothing."""
    path.symlink_to(outside.with_name("nothing"))


def fifo(path: Path, _outside: Path) -> None:
    """Make a pipe that nobody writes to."""
    os.mkfifo(path)


def folder(path: Path, _outside: Path) -> None:
    """Make a folder with the name of a transcript."""
    path.mkdir()


def device(path: Path, _outside: Path) -> None:
    """Make a device without end."""
    try:
        os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(link_to_a_file, id="11_a_link_to_a_file"),
        pytest.param(link_to_a_folder, id="11_a_link_to_a_folder"),
        pytest.param(loop, id="11_a_loop_of_links"),
        pytest.param(dangling, id="11_a_dangling_link"),
        pytest.param(fifo, id="13_a_pipe"),
        pytest.param(folder, id="13_a_folder"),
        pytest.param(device, id="13_a_device"),
    ],
)
def test_11_and_13_what_is_no_file_hinders_nobody(
    claude: ClaudeSession, scratch_home: Path, tmp_path: Path, make: Callable[[Path, Path], None]
) -> None:
    """There at the start or made later: it is not read, not waited for, and said once at most."""
    settle(scratch_home, rescan_every=SOON)
    outside = elsewhere(tmp_path)
    claude.prompt("before")
    make(claude.path.with_name(f"{OTHER}.jsonl"), outside)
    with Daemon(scratch_home) as daemon:
        make(claude.path.with_name(f"5{OTHER[1:-1]}3.jsonl"), outside)
        for number in range(3):
            claude.prompt(f"after {number}")
            arrives(scratch_home, f"after {number}")

        assert complaints(daemon, OTHER) <= 1
        assert daemon.stop() == 0
    assert prompts(scratch_home) == ["before", "after 0", "after 1", "after 2"]


def test_12_a_link_is_put_in_place_of_a_file_before_it_is_opened(
    log: Log, claude: ClaudeSession, scratch_home: Path, tmp_path: Path
) -> None:
    """It was a file when it was found; when it is opened it is a link, and nothing is read."""
    seams = Seams()
    ingest, outside = seams.ingest(log, scratch_home), elsewhere(tmp_path)
    claude.prompt("its own")

    def swap() -> None:
        claude.path.unlink()
        claude.path.symlink_to(outside)

    seams.arm("beat", 2, swap)  # the first is for the stat, the second comes before it is opened
    assert run(ingest) == 0
    assert claude.path.is_symlink()
    assert run(ingest) == 0


def test_15_a_file_may_not_be_read_for_a_while(claude: ClaudeSession, scratch_home: Path) -> None:
    """It is said once, not at each look, and read as soon as it may be."""
    settle(scratch_home, rescan_every=SOON)
    other = ClaudeSession(scratch_home, claude.project, OTHER)
    claude.prompt("closed")
    other.prompt("before")
    claude.path.chmod(0)
    with Daemon(scratch_home, before=rootless()) as daemon:
        for number in range(3):  # each is found by another look through all folders
            other.prompt(f"look {number}")
            arrives(scratch_home, f"look {number}")
        assert complaints(daemon, "transcript cannot be read") == 1
        assert "closed" not in prompts(scratch_home)
        claude.path.chmod(0o600)
        arrives(scratch_home, "closed")


def test_16_a_line_without_end(claude: ClaudeSession, scratch_home: Path) -> None:
    """Three times as long as any that is kept: passed over in less memory than it has bytes.

    How far it was passed over is remembered, also while its end is still to come.
    """
    settle(scratch_home, rescan_every=SOON)
    size = 3 * MAX_LINE
    claude.prompt("before")
    claude.write(b'{"type":"user","message":"')
    os.truncate(claude.path, claude.path.stat().st_size + size)
    long = claude.path.stat().st_size

    assert capture(scratch_home) < size
    assert offset(scratch_home) == (long, True)
    claude.write(b'"}\n')
    claude.prompt("after")
    assert capture(scratch_home) < size

    assert prompts(scratch_home) == ["before", "after"]
    assert tallies(scratch_home) == {"oversized line": 1}
    assert offset(scratch_home) == (claude.path.stat().st_size, False)


_MEASURED = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "hivemindd", "--once"], check=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(peak * (1 if sys.platform == "darwin" else 1024))
"""


def capture(home: Path) -> int:
    """Capture all there is, and return the most memory that it took, in bytes.

    Linux takes over the peak of whoever starts a process, so somebody small does it.
    """
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED],
        env=clean_environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.split()[-1])


def offset(home: Path) -> tuple[int, bool]:
    """Return how far the one transcript was read, and whether that is within a line."""
    log = open_log_readonly(find_paths(clean_environment(home)).log)
    try:
        with log.read() as txn:
            (row,) = CHECKPOINTS.rows(txn)
            return row.offset, row.skipping
    finally:
        log.close()
