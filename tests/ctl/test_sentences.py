"""What is said when something is in the way: the whole sentence, and the exit code.

What belongs to one command alone stands with its tests.
"""

import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import click.shell_completion
import pytest

from hivemindd.config import Config
from hivemindd.control.protocol import ask
from hivemindd.errors import ConfigError, NotRunningError
from hivemindd.log.keys import workspace_key
from hivemindd.log.opening import open_log
from hivemindd.log.tables import WORKSPACES
from hivemindd.mounts import find_network
from hivemindd.once import run_once
from hivemindd.paths import Paths, make_private
from hivemindd.records import Workspace
from tests.control.filled_log import fill, make_paths
from tests.ctl.runner import environment, run

Prepare = Callable[[Paths], object]
SOON = """Invalid value for --for: 'soon' is no duration: write for example "30s", "5m" or "2h\""""


def nothing(_: Paths) -> None:
    """Leave a home in which nobody has done anything."""


def file_as_state(paths: Paths) -> None:
    """Have a file where the state folder should be."""
    paths.state.parent.mkdir(parents=True)
    paths.state.write_text("mine")


def link_as_state(paths: Paths) -> None:
    """Have a link where the state folder should be."""
    paths.state.parent.mkdir(parents=True)
    paths.state.symlink_to(paths.home)


def file_as_log(paths: Paths) -> None:
    """Have a file where the folder of the log should be."""
    make_private(paths.state)
    paths.log.touch()


def folder_as_data(paths: Paths) -> None:
    """Have a folder where the data file of the log should be."""
    make_private(paths.state)
    (paths.log / "data.mdb").mkdir(parents=True)


def folder_as_lock(paths: Paths) -> None:
    """Have a folder where the lock file should be."""
    paths.lock_file.mkdir(parents=True)


def folder_as_settings(paths: Paths) -> None:
    """Have a folder where the settings should be."""
    paths.config_file.mkdir(parents=True)


def twins(paths: Paths) -> None:
    """Have two workspaces of one name."""
    fill(paths.home)
    log = open_log(paths.log)
    row = Workspace(id="/other/shop", name="shop")
    log.transact(lambda txn: WORKSPACES.put(txn, workspace_key(row.id), row))
    log.close()


@pytest.mark.parametrize(
    ("prepare", "command", "code", "sentence"),
    [
        (nothing, "config --init show", 2, "--init stands alone: leave the command out"),
        (
            nothing,
            "skills -w . pin x",
            2,
            "--workspace belongs behind the command: pin --workspace",
        ),
        (nothing, "config --json show", 2, "--json belongs behind the command: show --json"),
        (
            nothing,
            "pause --for soon",
            2,
            SOON,
        ),
        (
            nothing,
            "pause --for 0s",
            2,
            "Invalid value for --for: a pause must be longer than nothing",
        ),
        (
            nothing,
            "forget --session x --before 2026-01-31",
            2,
            "--session says it all: leave --workspace and --before out",
        ),
        (
            nothing,
            "pause --workspace nowhere",
            1,
            "there is no workspace and no folder 'nowhere'",
        ),
        (
            twins,
            "resume --workspace shop",
            1,
            "2 workspaces are named 'shop': give one of /home/dev/shop, /other/shop",
        ),
        (
            folder_as_settings,
            "status",
            78,
            "cannot read {paths.config_file}: Is a directory",
        ),
        (
            file_as_state,
            "pause",
            78,
            "cannot use {paths.state}: File exists; mend its permissions",
        ),
        (
            link_as_state,
            "pause",
            78,
            "{paths.state} is not a folder of yours: move it away and retry",
        ),
        (
            file_as_log,
            "resume",
            78,
            "cannot use {paths.log}: File exists; mend its permissions",
        ),
        (folder_as_lock, "pause", 78, "cannot lock {paths.lock_file}: Is a directory"),
        (
            folder_as_data,
            "forget --before 2026-01-31",
            1,
            "cannot open the log in {paths.log}: Is a directory",
        ),
    ],
)
def test_what_is_in_the_way_is_said(
    tmp_path: Path, prepare: Prepare, command: str, code: int, sentence: str
) -> None:
    """The last line of what is printed, and nothing but it and the usage."""
    paths = make_paths(tmp_path)
    prepare(paths)

    done = run(tmp_path, *command.split())

    assert done.exit_code == code, done.output
    assert done.stderr.splitlines()[-1] == f"hivemindctl: {sentence.format(paths=paths)}"


def test_a_variable_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """By its name, since no file says it."""
    done = run(tmp_path, "config", "check", HIVEMIND_SKILLIFY_EVERY_N_TURNS="0")

    assert done.exit_code == 78
    assert done.stderr == (
        "hivemindctl: HIVEMIND_SKILLIFY_EVERY_N_TURNS is '0': set a whole number from 1 on\n"
    )


def test_a_home_whose_name_is_no_text_is_said(tmp_path: Path) -> None:
    """It cannot be kept in the log."""
    home = tmp_path / os.fsdecode(b"caf\xe9")
    home.mkdir()

    done = run(home, "status")

    assert done.exit_code == 78
    assert done.stderr == f"hivemindctl: {str(home)!r} is not valid UTF-8 and cannot be used\n"


def test_a_shell_that_click_does_not_know_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an older version of it."""
    monkeypatch.delitem(click.shell_completion._available_shells, "fish")

    done = run(tmp_path, "completion", "fish")

    assert done.exit_code == 1
    assert done.stderr == "hivemindctl: this version of click knows nothing of fish: upgrade it\n"


class TestSilence:
    """Something holds the socket, and is no daemon that answers."""

    @pytest.fixture(name="listener")
    def _listener(self, tmp_path: Path) -> Iterator[socket.socket]:
        paths = make_paths(tmp_path)
        make_private(paths.state)
        make_private(paths.socket.parent)
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as listener:
            listener.bind(str(paths.socket))
            listener.listen()
            yield listener

    @pytest.mark.parametrize(
        ("answer", "code", "sentence"),
        [
            (b"", 69, "hivemindd closed the connection: see `hivemindctl doctor`"),
            (b"{\n", 69, "what answers is no hivemindd: see `hivemindctl doctor`"),
        ],
    )
    def test_what_comes_is_no_answer(
        self, tmp_path: Path, listener: socket.socket, answer: bytes, code: int, sentence: str
    ) -> None:
        """The one command that needs a daemon says so."""

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        done = run(tmp_path, "skillify", "--now")
        thread.join()

        assert done.exit_code == code
        assert done.stderr == f"hivemindctl: {sentence}\n"

    @pytest.mark.usefixtures("listener")
    def test_nothing_comes(self, tmp_path: Path) -> None:
        """For as long as the command waits."""
        with pytest.raises(NotRunningError) as caught:
            ask(make_paths(tmp_path), "status", timeout=0.05)

        assert str(caught.value) == "hivemindd does not answer: see `hivemindctl doctor`"
        assert caught.value.exit_code == 69


def test_a_log_on_the_network_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By whoever would write it: the daemon, and hivemindctl in its place."""
    mounts = tmp_path / "mounts"
    mounts.write_text(f"30 22 0:25 / {tmp_path} rw - nfs4 server:/home rw\n")
    monkeypatch.setattr(find_network, "__defaults__", (mounts,))
    paths = make_paths(tmp_path)
    sentence = f"{paths.state} lies on nfs4, where a log breaks: set XDG_STATE_HOME to a local disk"

    with pytest.raises(ConfigError) as caught:
        run_once(paths, Config(), environment(tmp_path))
    paused = run(tmp_path, "pause")

    assert (str(caught.value), caught.value.exit_code) == (sentence, 78)
    assert (paused.exit_code, paused.stderr) == (78, f"hivemindctl: {sentence}\n")
    assert not paths.log.exists()


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        (False, "{python} is gone: install the package into it with pip, and retry"),
        (
            True,
            (
                "{python} cannot run hivemindd (Exec format error): "
                "install the package into it with pip, and retry"
            ),
        ),
    ],
)
def test_a_python_that_cannot_be_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sentence: str, *, there: bool
) -> None:
    """Nothing is started, and nothing pretends that it was."""
    python = tmp_path / "python"
    if there:
        python.touch(0o700)
    monkeypatch.setattr(sys, "executable", str(python))
    done = run(tmp_path, "install")

    assert done.exit_code == 1
    assert done.stderr == f"hivemindctl: {sentence.format(python=python)}\n"
