"""The control socket, with clients that are no hivemindctl."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemindd.control import server as module
from hivemindd.control.protocol import ask
from hivemindd.control.server import Server
from hivemindd.paths import Paths
from tests.control.filled_log import make_paths


@pytest.fixture(name="paths")
def _paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Paths]:
    monkeypatch.setattr(module, "TIMEOUT", 0.5)
    paths = make_paths(tmp_path)
    server = Server(paths.socket, {"status": lambda _args: "well"})
    server.start()
    yield paths
    server.stop()


def _drip(connection: socket.socket) -> None:
    for _ in range(200):
        connection.send(b" ")
        time.sleep(0.05)


def test_a_client_that_sends_byte_by_byte_is_given_up(paths: Paths) -> None:
    """Each byte comes in time, the message does not; the next client is answered."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as slow:
        slow.connect(str(paths.socket))
        with pytest.raises(ConnectionError):
            _drip(slow)

    assert ask(paths, "status") == "well"
