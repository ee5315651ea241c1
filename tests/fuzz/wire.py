"""The two ends of the control socket, as targets."""

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
from click.testing import CliRunner

from hivemindctl.__main__ import cli
from hivemindctl.client import Client
from hivemindd.assistants.base import Places
from hivemindd.clock import SystemClock
from hivemindd.codify.decisions import Decisions
from hivemindd.codify.forget import Forgetting
from hivemindd.codify.rulings import Rulings
from hivemindd.codify.setup import make_pool, make_shelf
from hivemindd.config import Config
from hivemindd.control.operations import decision_operations, forget_operations, make_operations
from hivemindd.control.protocol import Response, ask
from hivemindd.control.server import Server
from hivemindd.errors import HivemindError
from hivemindd.ingest.service import IngestService
from hivemindd.ingest.setup import make_ingest
from hivemindd.log.lock import InstanceLock
from hivemindd.log.opening import open_log
from hivemindd.log.tombstones import Tombstones
from hivemindd.paths import Paths, make_private
from tests.control.filled_log import NOW, fill
from tests.ctl.runner import environment

PATIENCE = 60.0  # for a thread that answers no more
ASKING = (
    *(("status",), ("status", "--json"), ("skillify", "--now"), ("resume", "--catch-up")),
    *(("pause",), ("doctor",), ("forget", "--session", "3f2a9c1b", "--yes")),
    *(("skills", "approve", "package-commands"), ("skills", "undo", "package-commands")),
)
"""Commands that ask the daemon."""


class Service:
    """A daemon's own threads over a filled log, answering on a real socket."""

    def __init__(self, folder: Path) -> None:
        """Name a scratch home; all is started with the first message."""
        self._home = folder
        self._parts: tuple[IngestService, Server, Paths] | None = None

    def check(self, data: bytes) -> None:
        """Send some bytes, and be answered by one line of JSON, or by silence."""
        self._parts = self._parts or self._start()
        capture, server, paths = self._parts
        answer = _exchange(paths.socket, data)
        assert answer == b"" or answer.endswith(b"\n")
        if answer:
            response = msgspec.json.decode(answer, type=Response)
            assert "\n" not in response.error
        assert ask(paths, "status")["pid"] == os.getpid()
        assert capture.is_alive()
        assert server.is_alive()

    def _start(self) -> tuple[IngestService, Server, Paths]:
        paths, env = fill(self._home), environment(self._home)
        log, clock, config = open_log(paths.log), SystemClock(), Config()
        shelf, stones = make_shelf(log, paths, config, env, clock), Tombstones(paths.state)
        ingest, keeper, wishes = make_ingest(log, config, Places(self._home, env), clock)
        capture = IngestService(log, ingest, keeper, wishes, clock, rescan_every=3_600)
        operations = {
            **make_operations(
                capture,
                make_pool(log, paths, config, env, clock, shelf=shelf),
                settings=paths.config_file,
                started=clock.now(),
                stop=lambda: None,
            ),
            **decision_operations(Decisions(log, shelf), Rulings(log, shelf)),
            **forget_operations(Forgetting(log, shelf, stones, capture.in_order)),
        }
        server = Server(paths.socket, operations)
        capture.start()
        server.start()
        return capture, server, paths


def _exchange(place: Path, data: bytes) -> bytes:
    """Send all, say that it was all, and return all that comes back."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(place))
        answer = bytearray()
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                answer += part
        except ConnectionError:
            pass  # it was too much, and the server has hung up
        return bytes(answer)


def answer(folder: Path) -> Callable[[bytes], None]:
    """Return the target of a client that some bytes answer; the first says which command asks."""
    made: list[Paths] = []

    def check(data: bytes) -> None:
        if not made:
            made.append(fill(folder))
            make_private(made[0].socket.parent)
        (paths,) = made
        choice, rest = (data[0] if data else 0), data[1:]
        lock = InstanceLock(paths.lock_file)
        lock.acquire()  # the one that answers lives
        serving = _Answering(paths.socket, rest)
        try:
            try:
                ask(paths, "status")
            except HivemindError as error:
                assert "\n" not in str(error)  # noqa: PT017  either is right
            asking = ASKING[choice % len(ASKING)]
            client = Client(environment(folder), NOW)
            result = CliRunner().invoke(cli, list(asking), obj=client, prog_name="hivemindctl")
            if result.exception is not None and not isinstance(result.exception, SystemExit):
                raise result.exception
        finally:
            serving.stop()
            lock.release()

    return check


class _Answering:
    """Gives the same bytes to whoever connects, whatever is asked."""

    def __init__(self, place: Path, data: bytes) -> None:
        self._data = data
        place.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(place))
        self._socket.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65_536)
                    connection.sendall(self._data)
                except OSError:
                    continue

    def stop(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
