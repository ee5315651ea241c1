"""What systemd hears, over a real datagram socket."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemindd.runtime.notify import Notifier


@pytest.fixture(name="manager")
def _manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    # A relative name: the folder of a test may be too deep for a socket address.
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("notify")
        manager.setblocking(False)
        yield manager


def test_states_reach_the_manager(manager: socket.socket) -> None:
    """Each in a datagram of its own, in order."""
    notifier = Notifier({"NOTIFY_SOCKET": "notify"})
    for state in ("READY=1", "WATCHDOG=1", "STOPPING=1"):
        notifier.send(state)

    assert [manager.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


@pytest.mark.skipif(not Path("/proc/net/unix").exists(), reason="abstract sockets are Linux's own")
def test_an_abstract_address_begins_with_an_at_sign() -> None:
    """So says sd_notify(3)."""
    name = f"hivemindd-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name}")
        Notifier({"NOTIFY_SOCKET": f"@{name}"}).send("READY=1")

        assert manager.recv(100) == b"READY=1"


@pytest.mark.parametrize("address", ["", "/nowhere/notify", "/" + "x" * 300, "vsock:2:1234"])
def test_without_a_manager_nothing_happens(address: str) -> None:
    """Started by hand, or under a manager that we cannot reach."""
    Notifier({"NOTIFY_SOCKET": address}).send("READY=1")
    Notifier({}).send("READY=1")


def test_a_manager_that_comes_back_is_heard_again(manager: socket.socket) -> None:
    """A ping that is lost, while it restarts, must not be the last: we would be killed."""
    notifier = Notifier({"NOTIFY_SOCKET": "notify"})
    Path("notify").rename("away")
    notifier.send("WATCHDOG=1")
    Path("away").rename("notify")
    notifier.send("WATCHDOG=1")

    assert manager.recv(100) == b"WATCHDOG=1"


def test_a_manager_that_does_not_read_is_not_waited_for(manager: socket.socket) -> None:
    """Its queue is short; what does not fit is left out."""
    notifier = Notifier({"NOTIFY_SOCKET": "notify"})
    for _ in range(2000):
        notifier.send("WATCHDOG=1")

    assert manager.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize(
    ("env", "seconds"),
    [
        ({}, 0),
        ({"WATCHDOG_USEC": "90000000"}, 90),
        ({"WATCHDOG_USEC": "90000000", "WATCHDOG_PID": str(os.getpid())}, 90),
        ({"WATCHDOG_USEC": "90000000", "WATCHDOG_PID": "1"}, 0),
        ({"WATCHDOG_USEC": "often"}, 0),
    ],
)
def test_pings_are_only_for_who_is_asked(env: dict[str, str], seconds: float) -> None:
    """The variable is inherited; it may be meant for another process."""
    assert Notifier(env).watchdog == seconds
