"""The file that takes what the daemon prints, written by real processes."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hivemindd.runtime.logfile import CAP, KEEP, generations
from tests.children import CHECKOUT
from tests.process import run_daemon


def chatter(file: Path, *words: object) -> "subprocess.CompletedProcess[str]":
    """Run a process that prints numbered lines from several threads."""
    return subprocess.run(
        [sys.executable, "-m", "tests.chatter", str(file), *map(str, words)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def read(file: Path, keep: int = KEEP) -> list[str]:
    """Return all lines of the file and its predecessors, the oldest first."""
    found = [each for each in generations(file, keep) if each.exists()]
    return [line for each in found for line in each.read_text("utf-8").splitlines()]


def test_nothing_is_lost_when_it_begins_anew(tmp_path: Path) -> None:
    """Four threads print through many rotations; each line is there once and whole."""
    file = tmp_path / "log"
    done = chatter(file, 1_000, 4, 1_000, 100)

    lines = read(file, 100)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len([each for each in generations(file, 100) if each.exists()]) > 50
    assert sorted(lines) == sorted(f"{who} {n} and so on" for who in range(4) for n in range(1_000))
    for who in range(4):
        own = [int(line.split()[1]) for line in lines if line.startswith(f"{who} ")]
        assert own == sorted(own)


def test_few_files_stay_and_none_grows_past_the_cap(tmp_path: Path) -> None:
    """The last line is in the newest."""
    file = tmp_path / "log"
    chatter(file, 1_000, 1, 1_000, 3)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "log.1", "log.2", "log.3"]
    assert max(path.stat().st_size for path in tmp_path.iterdir()) <= 1_000
    assert read(file)[-1] == "0 999 and so on"


def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Also where the umask is generous, or the file was there with another mode."""
    file = tmp_path / "deep" / "log"
    chatter(file, 100, 1, 20)
    for each in file.parent.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700

    file.chmod(0o644)
    chatter(file, CAP, 1, 1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_start_goes_on_with_the_file(tmp_path: Path) -> None:
    """What the last daemon said is still there."""
    file = tmp_path / "log"
    for _ in range(2):
        chatter(file, CAP, 1, 1)

    assert read(file) == ["0 0 and so on"] * 2


def test_what_others_print_lands_there_too(tmp_path: Path) -> None:
    """The last words of a crash come from below Python, after a rotation as before."""
    file = tmp_path / "log"
    done = chatter(file, 1_000, 1, 100, 3, "crash")

    assert done.returncode < 0
    assert done.stderr == ""
    assert "Fatal Python error: Aborted" in read(file)


def test_a_file_that_was_taken_away_is_made_again(tmp_path: Path) -> None:
    """Somebody has deleted it, or moved it away, while it was in use."""
    file = tmp_path / "log"
    chatter(file, CAP, 1, 2, 3, "delete")

    assert read(file) == ["0 1 and so on"]


@pytest.mark.skipif(sys.platform == "darwin", reason="there is no /dev/full")
def test_a_disk_that_is_full_ends_nobody() -> None:
    """Standard error into a full disk: the lines are lost, and nothing else."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tests.printing", "info", "console"],
            cwd=CHECKOUT,
            stderr=full,
            check=False,
        )

    assert done.returncode == 0


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "forbidden"])
def test_what_is_no_file_of_ours_is_one_sentence(
    scratch_home: Path, tmp_path: Path, kind: str
) -> None:
    """Nothing is written through a link."""
    file, other = tmp_path / "log", tmp_path / "other"
    if kind == "link":
        file.symlink_to(other)
    elif kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        other.write_text("a file")
        file = other / "log"

    done = run_daemon(scratch_home, "--once", "--log-file", str(file))

    assert done.returncode in {2, 78}
    assert str(file) in done.stderr
    assert done.stderr.count("\n") == 1 or done.returncode == 2
    assert kind == "forbidden" or not other.exists()
