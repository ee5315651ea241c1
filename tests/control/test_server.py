"""The control socket, with clients that are no hivemindctl."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemindd.control import server as module
from hivemindd.control.protocol import ask
from hivemindd.control.server import Operation, Server
from hivemindd.errors import HivemindError
from hivemindd.paths import Paths
from tests.control.filled_log import make_paths


@pytest.fixture(name="paths")
def _paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Paths]:
    monkeypatch.setattr(module, "TIMEOUT", 0.5)
    paths = make_paths(tmp_path)
    operations: dict[str, Operation] = {
        "status": lambda _args: "well",
        "write": lambda _args: tmp_path.write_text("a folder is no file"),
        "read": lambda _args: (tmp_path / os.fsdecode(b"\xff")).read_text(),
    }
    server = Server(paths.socket, operations)
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


@pytest.mark.parametrize(
    ("operation", "sentence"),
    [
        ("write", "cannot use {}: Is a directory"),
        ("read", "cannot use {}/\\udcff: No such file or"),
    ],
)
def test_a_file_that_an_operation_cannot_use_is_named_to_who_asked(
    paths: Paths,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    operation: str,
    sentence: str,
) -> None:
    """And logged: it says nothing of the client, who is still there."""
    with pytest.raises(HivemindError) as told:
        ask(paths, operation)

    assert str(told.value).startswith(sentence.format(tmp_path))
    assert told.value.exit_code == 78
    assert str(tmp_path) in capsys.readouterr().out
    assert ask(paths, "status") == "well"
