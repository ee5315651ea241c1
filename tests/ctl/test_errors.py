"""How hivemindctl leaves when something is wrong: a sentence and an exit code."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from hivemindd.log.schema import SCHEMA
from tests.control.filled_log import NPM, fill, make_paths, transact
from tests.ctl.runner import CHECKOUT, PATIENCE, environment, run, spawn
from tests.process import run_daemon


@pytest.mark.parametrize(
    "arguments",
    [("nope",), ("sessions", "--nope"), ("events",), ("pause", "--for", "soon")],
    ids=" ".join,
)
def test_wrong_usage_leaves_with_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """The usage line and one sentence."""
    result = run(tmp_path, *arguments)

    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: hivemindctl")
    assert "\nhivemindctl: " in result.stderr
    assert "Traceback" not in result.output


def test_asking_for_work_without_a_daemon_leaves_with_69(tmp_path: Path) -> None:
    """Only the daemon codifies."""
    result = run(tmp_path, "skillify", "--now")

    assert result.exit_code == 69
    assert result.stderr == (
        "hivemindctl: hivemindd is not running: start it with `hivemindctl install`\n"
    )


def test_settings_that_cannot_be_read_leave_with_78(tmp_path: Path) -> None:
    """The sentence names the file and the line."""
    file = tmp_path / ".config" / "hivemind" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("idle_after = 5\n")

    result = run(tmp_path, "status")

    assert result.exit_code == 78
    assert result.stderr.startswith(f"hivemindctl: {file}:1: idle_after = 5 is no time")


def test_a_home_that_does_not_exist_leaves_with_78(tmp_path: Path) -> None:
    """Every path follows HOME."""
    result = run(tmp_path / "gone", "status")

    assert result.exit_code == 78
    assert "set HOME" in result.stderr


def test_a_log_that_is_no_log_is_one_sentence(tmp_path: Path) -> None:
    """No traceback for a file that something else has overwritten."""
    paths = fill(tmp_path)
    (paths.log / "data.mdb").write_bytes(b"no database" * 1_000)

    result = spawn(tmp_path, "sessions")

    assert result.returncode == 1
    assert result.stderr.startswith("hivemindctl: ")
    assert len(result.stderr.splitlines()) == 1


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    """`hivemindctl events X | head` prints no complaint."""
    fill(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-m", "hivemindctl", "events", NPM, "--json"],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        complaint = process.stderr.read()
        code = process.wait(PATIENCE)

    assert (code, complaint) == (141, b"")


def test_an_interrupt_leaves_with_130_and_no_traceback(tmp_path: Path) -> None:
    """Ctrl-C ends `status --watch`."""
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "hivemindctl", "status", "--watch", "--json"],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b'{"daemon":')
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    assert b"Traceback" not in complaint


def test_help_and_version_need_no_home() -> None:
    """They are what one asks when nothing else works."""
    for option in ("--help", "--version"):
        done = subprocess.run(
            [sys.executable, "-m", "hivemindctl", option],
            env={**environment(Path("/")), "HOME": ""},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "hivemindctl" in done.stdout


def test_a_log_of_an_older_version_waits_for_the_daemon(tmp_path: Path) -> None:
    """Who reads says what to do and leaves with 78; the daemon says what it did, and all works."""
    paths = make_paths(tmp_path)
    paths.log.mkdir(parents=True, mode=0o700)
    shipped = CHECKOUT / "tests" / "log" / "schema-1.mdb.zst"
    data = zstandard.ZstdDecompressor().decompress(shipped.read_bytes())
    (paths.log / "data.mdb").write_bytes(data)

    before = run(tmp_path, "skills")
    once = run_daemon(tmp_path, "--once")
    after = run(tmp_path, "skills")

    assert before.exit_code == 78
    assert before.stderr == (
        f"hivemindctl: the log in {paths.log} is from an older version: `hivemindctl install` "
        "starts the daemon, which brings it up to date and keeps a copy\n"
    )
    assert once.returncode == 0
    assert (
        f"brought from schema 1 to {SCHEMA}, kept is {paths.log}/data.mdb.schema-1" in once.stderr
    )
    assert (after.exit_code, after.stderr) == (0, "")
    assert "package-commands" in after.stdout


def test_a_log_of_a_newer_version_is_refused_by_both_programs(tmp_path: Path) -> None:
    """With the same sentence and code."""
    paths = fill(tmp_path)
    transact(paths, b"schema", str(SCHEMA + 1))

    reading, daemon = run(tmp_path, "skills"), run_daemon(tmp_path, "--once")

    assert (reading.exit_code, daemon.returncode) == (78, 78)
    sentence = f"the log in {paths.log} has schema {SCHEMA + 1}, this version knows {SCHEMA}: "
    assert reading.stderr.startswith(f"hivemindctl: {sentence}upgrade hivemindd, or move")
    assert daemon.stderr.splitlines()[-1].startswith(f"hivemindd: {sentence}upgrade hivemindd")


def test_an_argument_that_is_no_text_is_nothing_known(tmp_path: Path) -> None:
    """A shell hands over any bytes."""
    fill(tmp_path)

    result = run(tmp_path, "events", "\udcff")

    assert result.exit_code == 1
    assert "there is no session '\\udcff'" in result.stderr


def test_a_locale_without_a_sign_shows_its_number(tmp_path: Path) -> None:
    """An answer is not broken off in the middle for a letter."""
    fill(tmp_path)

    done = spawn(tmp_path, "corrections", PYTHONIOENCODING="iso-8859-1")

    assert done.returncode == 0, done.stderr
    assert "\\u201c" in done.stdout


def test_a_state_folder_that_cannot_be_looked_at_is_named(tmp_path: Path) -> None:
    """As one that root made; here its name is too long, which holds for root as well."""
    for command in ("status", "sessions", "install"):
        result = run(tmp_path, command, XDG_STATE_HOME=f"/{'x' * 300}")
        assert (result.exit_code, result.stderr.count("\n")) == (78, 1)
        assert "File name too long" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here is always full")
@pytest.mark.parametrize(
    "arguments", [("hivemindctl", "--help"), ("hivemindctl", "status"), ("hivemindd", "--once")]
)
def test_an_answer_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """As where the disk is full; what is still held raises no more at exit."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            env=environment(tmp_path),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("cannot be written: No space left on device")


@pytest.mark.parametrize("program", ["hivemindctl sessions", "hivemindd --once"])
def test_closed_streams_take_no_number_of_a_file(tmp_path: Path, program: str) -> None:
    """What is printed goes nowhere: not into the log, which would get their numbers."""
    fill(tmp_path)

    done = subprocess.run(
        ["/bin/sh", "-c", f"'{sys.executable}' -m {program} <&- >&- 2>&-"],
        env=environment(tmp_path),
        timeout=PATIENCE,
        check=False,
    )

    assert done.returncode == 0
    assert run(tmp_path, "sessions").exit_code == 0
