"""What keeps the daemon from its work: one sentence, and the exit code.

With 78 no service manager starts it again.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hivemindd.paths import find_paths
from tests.control.filled_log import make_paths
from tests.process import clean_environment, run_daemon


def test_a_home_that_is_none_is_one_sentence() -> None:
    """Without HOME nothing can be found or kept."""
    result = run_daemon(Path("/nowhere"), env={"PATH": os.environ["PATH"]})

    assert result.returncode == 78
    assert result.stderr == (
        "hivemindd: HOME is '.', which is no folder: set HOME to yours and retry\n"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("idle_after = ", ":1: this is no TOML"),
        ('idle_after = "soon"', ':1: idle_after = "soon" is no time'),
        ("\nidle = 3", ":2: idle is no setting: did you mean idle_after?"),
    ],
)
def test_a_broken_config_is_one_sentence(scratch_home: Path, text: str, sentence: str) -> None:
    """It names the file and what is wrong in it."""
    paths = find_paths(clean_environment(scratch_home))
    paths.config.mkdir(parents=True)
    paths.config_file.write_text(text)
    result = run_daemon(scratch_home)

    assert result.returncode == 78
    assert str(paths.config_file) in result.stderr
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_state_folder_of_others_is_refused(scratch_home: Path) -> None:
    """A file where the folder should be is said, not overwritten."""
    paths = find_paths(clean_environment(scratch_home))
    paths.state.parent.mkdir(parents=True)
    paths.state.write_text("mine")
    result = run_daemon(scratch_home)

    assert result.returncode == 78
    assert str(paths.state) in result.stderr
    assert paths.state.read_text() == "mine"


def test_settings_that_are_asked_for_and_missing(tmp_path: Path) -> None:
    """Those of the usual place may be missing."""
    done = run_daemon(tmp_path, "--config", str(tmp_path / "my.toml"))

    assert done.returncode == 78
    assert done.stderr == (
        f"hivemindd: {tmp_path / 'my.toml'} does not exist: create it or leave it out\n"
    )


def test_a_log_file_that_is_none(tmp_path: Path) -> None:
    """It would speak to nobody."""
    (tmp_path / "mine").touch()
    file = tmp_path / "mine" / "daemon.log"

    done = run_daemon(tmp_path, "--log-file", str(file))

    assert done.returncode == 78
    assert done.stderr == f"hivemindd: cannot write {file}: File exists\n"


def test_a_key_that_others_can_read(tmp_path: Path) -> None:
    """It is nobody's any more."""
    paths = make_paths(tmp_path)
    paths.config.mkdir(parents=True)
    paths.key_file.write_text("key")
    paths.key_file.chmod(0o644)

    done = run_daemon(tmp_path, "--once")

    assert done.returncode == 78
    assert done.stderr.splitlines()[-1] == (
        f"hivemindd: {paths.key_file} can be read by others: run `chmod 600 {paths.key_file}`"
    )


@pytest.mark.parametrize(
    ("blocks", "sentence"),
    [
        (8, "cannot open the log in {log}: File too large"),
        (100, "cannot enlarge {log}/data.mdb: File too large; free some disk space"),
    ],
)
def test_files_that_may_not_grow(tmp_path: Path, blocks: int, sentence: str) -> None:
    """As with a quota; the blocks are those of the shell's limit."""
    paths = make_paths(tmp_path)
    command = [sys.executable, "-m", "hivemindd", "--once"]
    done = subprocess.run(
        ["sh", "-c", f'ulimit -f {blocks} && exec "$@"', "-", *command],
        env=clean_environment(tmp_path, PYTHONDONTWRITEBYTECODE="1"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"hivemindd: {sentence.format(log=paths.log)}"
