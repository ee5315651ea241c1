"""Faults 61 and 62: the control socket, what lies in its place, and who calls."""

import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from hivemindd.control.protocol import VERSION, ask
from hivemindd.errors import HivemindError, NotRunningError
from hivemindd.paths import SOCKET_PATH_MAX, Paths, find_paths, make_private
from tests.process import Daemon, await_true, clean_environment, run_daemon
from tests.records import ClaudeSession
from tests.test_daemon import prompts

CLIENTS = 100


@pytest.fixture(name="paths")
def _paths(scratch_home: Path) -> Paths:
    return find_paths(clean_environment(scratch_home))


@pytest.fixture(name="daemon")
def _daemon(scratch_home: Path) -> Iterator[Daemon]:
    with Daemon(scratch_home) as daemon:
        yield daemon
        assert daemon.stop() == 0


def answers(paths: Paths) -> bool:
    """Tell whether a daemon answers."""
    try:
        return bool(ask(paths, "status"))
    except NotRunningError:
        return False


def say(paths: Paths, data: bytes) -> dict[str, Any]:
    """Send bytes and return the answer; nothing where there is none."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(30)
        client.connect(str(paths.socket))
        try:
            client.sendall(data)
            answer = client.makefile("rb").readline()
        except ConnectionError:
            return {}
    return msgspec.json.decode(answer, type=dict[str, Any]) if answer else {}


@pytest.mark.parametrize("kind", ["stale socket", "file", "dangling link"])
def test_61_what_lies_where_the_socket_belongs_gives_way(
    paths: Paths, scratch_home: Path, kind: str
) -> None:
    """A daemon that was killed leaves its socket behind; whoever holds the lock takes the place."""
    make_private(paths.state)
    if kind == "file":
        paths.socket.write_text("x")
    elif kind == "dangling link":
        paths.socket.symlink_to("nowhere")
    else:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
            dead.bind(str(paths.socket))
    with Daemon(scratch_home) as daemon:
        assert ask(paths, "status")["pid"] == daemon.process.pid


def test_61_a_folder_where_the_socket_belongs_is_one_sentence(
    paths: Paths, scratch_home: Path
) -> None:
    """It may hold somebody's files: it is named, and stays."""
    (paths.socket / "kept").mkdir(parents=True)
    done = run_daemon(scratch_home)

    assert done.returncode == 78
    assert f"cannot bind {paths.socket}" in done.stderr
    assert (paths.socket / "kept").is_dir()


def test_61_a_path_that_is_too_long_for_a_socket(scratch_home: Path) -> None:
    """Both sides find the same short one."""
    home = scratch_home.joinpath("x" * SOCKET_PATH_MAX)
    home.mkdir()
    with Daemon(home) as daemon:
        assert ask(daemon.paths, "status")["pid"] == daemon.process.pid
        assert daemon.stop() == 0
    assert not daemon.paths.socket.exists()
    daemon.paths.socket.parent.rmdir()


def test_61_a_socket_that_is_deleted_comes_back(scratch_home: Path) -> None:
    """The daemon binds it anew, in the same process; another socket in its place gives way too."""
    with Daemon(scratch_home, WATCHDOG_USEC="400000") as daemon:
        for _ in range(2):
            daemon.paths.socket.unlink()
            await_true(lambda: answers(daemon.paths), "it answers again")
        daemon.paths.socket.unlink()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stranger:
            stranger.bind(str(daemon.paths.socket))
            await_true(lambda: answers(daemon.paths), "it answers again")

        assert ask(daemon.paths, "status")["pid"] == daemon.process.pid
        assert "the control socket had gone; it is there again" in daemon.output.read_text()
        assert daemon.stop() == 0
    assert not daemon.paths.socket.exists()


@pytest.mark.parametrize(
    ("message", "code", "sentence"),
    [
        ({"op": "status", "version": VERSION + 1}, 1, "restart the service"),
        ({"op": "levitate"}, 2, "hivemindd does not know 'levitate'"),
        ({"op": 5}, 2, "the request is not understood"),
        (None, 2, "the request is not understood"),
    ],
    ids=["newer", "unknown", "wrong", "garbage"],
)
def test_62_who_speaks_otherwise_is_told(
    daemon: Daemon, message: dict[str, Any] | None, code: int, sentence: str
) -> None:
    """In an answer with our version, an exit code and a sentence."""
    data = msgspec.json.encode(message) if message else b"\xff\x00\x16\x03[[[["
    answer = say(daemon.paths, data + b"\n")

    assert (answer["version"], answer["exit_code"], answer["data"]) == (VERSION, code, None)
    assert sentence in answer["error"]


def test_62_an_older_client_is_understood(daemon: Daemon) -> None:
    """It leaves out what it does not know, and names what has gone since."""
    answer = say(daemon.paths, b'{"op": "status", "version": 0, "forgotten_field": 1}\n')

    assert answer["data"]["pid"] == daemon.process.pid


def test_62_a_message_without_end_is_cut_off(daemon: Daemon) -> None:
    """At 1 MiB; the next client is answered."""
    assert say(daemon.paths, b"x" * (4 << 20)) == {}
    assert answers(daemon.paths)
    assert "control message refused" in daemon.output.read_text()


def test_62_who_says_nothing_holds_up_nobody(daemon: Daemon, scratch_home: Path) -> None:
    """More clients than are waited for connect, some in the middle of a word, and stay."""
    claude = ClaudeSession(scratch_home, scratch_home)
    with ExitStack() as stack:
        for number in range(CLIENTS + 20):
            client = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            client.connect(str(daemon.paths.socket))
            client.sendall(b'{"op": "st' if number % 2 else b"")
            # The deadline of a request is that of the first of these: none has passed yet.
            if number % 20 == 0:
                assert answers(daemon.paths)
        claude.prompt("said meanwhile")
        await_true(lambda: prompts(daemon.paths) == ["said meanwhile"], "it is captured")
        assert answers(daemon.paths)


def test_62_a_hundred_at_once_are_all_answered(daemon: Daemon, scratch_home: Path) -> None:
    """Also those for whom there is no place in the queue at first."""
    claude = ClaudeSession(scratch_home, scratch_home)
    with ThreadPoolExecutor(CLIENTS) as pool:
        answered = [pool.submit(ask, daemon.paths, "status", timeout=60) for _ in range(CLIENTS)]
        claude.prompt("said meanwhile")
        pids = {future.result()["pid"] for future in answered}

    assert pids == {daemon.process.pid}
    await_true(lambda: prompts(daemon.paths) == ["said meanwhile"], "it is captured")


def test_62_a_full_queue_is_waited_for(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where as many wait as the kernel lets, one more waits for a place, and is answered."""
    waits = threading.Event()

    def wait(seconds: float) -> None:
        waits.set()
        time.sleep(seconds)

    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        daemon.freeze()
        with suppress(BlockingIOError):
            while True:
                client = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
                client.setblocking(False)
                client.connect(str(daemon.paths.socket))
        clock = SimpleNamespace(monotonic=time.monotonic, sleep=wait)
        monkeypatch.setattr("hivemindd.control.protocol.time", clock)
        answered = pool.submit(ask, daemon.paths, "status", timeout=60)
        await_true(lambda: waits.is_set() or answered.done(), "it waits")
        daemon.process.send_signal(signal.SIGCONT)

        assert answered.result()["pid"] == daemon.process.pid


def test_62_a_client_of_another_version_gets_the_sentence(daemon: Daemon) -> None:
    """What hivemindctl raises is what the daemon said, with its exit code."""
    with pytest.raises(HivemindError, match="does not know 'levitate'") as raised:
        ask(daemon.paths, "levitate")

    assert raised.value.exit_code == 2
