"""Whether threads get on: alone, and in a real daemon whose writer is stuck."""

import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from hivemindd.runtime.pulse import Pulse
from tests.children import Child
from tests.process import Daemon, await_true
from tests.records import ClaudeSession

PATIENCE = 2.0
"""The watchdog's seconds in these tests."""


class Seconds:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_a_thread_is_silent_when_it_is_late() -> None:
    """Each has its own time; who rests owes nothing."""
    seconds = Seconds()
    pulse = Pulse(10, seconds)

    def rest() -> None:
        pulse.beat()
        pulse.rest()

    acts: dict[str, Callable[[], object]] = {
        "quick": pulse.beat,
        "slow": partial(pulse.beat, 100),
        "resting": rest,
    }
    for name, act in acts.items():
        thread = threading.Thread(target=act, name=name)
        thread.start()
        thread.join()

    seconds.now += 10
    assert pulse.silent() == []
    seconds.now += 1
    assert pulse.silent() == ["quick"]
    seconds.now += 90
    assert pulse.silent() == ["quick", "slow"]


def test_a_beat_makes_good() -> None:
    """A thread that was late and goes on is heard of again."""
    seconds = Seconds()
    pulse = Pulse(10, seconds)
    pulse.beat()
    seconds.now += 11
    assert pulse.silent() == ["MainThread"]

    pulse.beat()

    assert pulse.silent() == []


def test_nobody_is_missed_while_all_have_to_wait() -> None:
    """Whoever writes the log anew says so; its time is bounded, and then that of all begins."""
    seconds = Seconds()
    pulse = Pulse(10, seconds)
    pulse.beat()

    with pulse.alone(100):
        seconds.now += 100
        assert pulse.silent() == []
        seconds.now += 1
        assert pulse.silent() == ["MainThread"]

    assert pulse.silent() == []
    seconds.now += 11
    assert pulse.silent() == ["MainThread"]


@pytest.fixture(name="systemd")
def _systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    monkeypatch.chdir(tmp_path)  # the folder of a test may be too deep for a socket address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("notify")
        systemd.settimeout(30)
        yield systemd


def _watched(home: Path, tmp_path: Path) -> Daemon:
    link = home / "n"
    link.symlink_to(tmp_path / "notify")
    return Daemon(home, NOTIFY_SOCKET=str(link), WATCHDOG_USEC=str(int(PATIENCE * 1_000_000)))


def _drain(systemd: socket.socket) -> None:
    systemd.setblocking(False)
    try:
        while systemd.recv(100):
            continue
    except BlockingIOError:
        return


def test_the_watchdog_hears_nothing_while_a_thread_is_stuck(
    systemd: socket.socket, scratch_home: Path, tmp_path: Path
) -> None:
    """All threads are alive, and one gets nowhere; when it goes on so do the pings."""
    claude = ClaudeSession(scratch_home, scratch_home)
    claude.prompt("one")
    with _watched(scratch_home, tmp_path) as daemon:
        assert [systemd.recv(100) for _ in range(2)] == [b"READY=1", b"WATCHDOG=1"]
        with Child("tests.log.occupying", daemon.paths.log) as child:
            assert child.hear() == "occupied"
            claude.prompt("two")
            await_true(lambda: "no sign of life" in daemon.output.read_text(), "it is noticed")
            _drain(systemd)
            systemd.settimeout(2 * PATIENCE)
            with pytest.raises(TimeoutError):
                systemd.recv(100)
            child.tell()
            systemd.settimeout(30)
            assert systemd.recv(100) == b"WATCHDOG=1"
        assert daemon.output.read_text().count("no sign of life threads=ingest") == 1
        assert daemon.stop() == 0
        assert systemd.recv(100) in {b"WATCHDOG=1", b"STOPPING=1"}


@pytest.mark.timeout(180)
def test_a_daemon_that_is_stuck_leaves_when_it_is_told_to(
    systemd: socket.socket, scratch_home: Path, tmp_path: Path
) -> None:
    """Within systemd's 20 seconds; the words are there when it runs again."""
    claude = ClaudeSession(scratch_home, scratch_home)
    with _watched(scratch_home, tmp_path) as daemon:
        assert systemd.recv(100) == b"READY=1"
        with Child("tests.log.occupying", daemon.paths.log) as child:
            assert child.hear() == "occupied"
            claude.prompt("in the middle")
            await_true(lambda: "no sign of life" in daemon.output.read_text(), "it is stuck")

            assert daemon.stop() == 0
            assert "threads that are stuck threads=ingest" in daemon.output.read_text()
