"""Answers hivemindctl on a Unix socket that only its user can reach."""

import errno
import os
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import structlog

from hivemindd.control.protocol import TIMEOUT, VERSION, Request, Response, read_message
from hivemindd.errors import HivemindError
from hivemindd.paths import make_private
from hivemindd.runtime.pulse import Pulse

Operation = Callable[[dict[str, Any]], Any]
_BACKLOG = 64
_RETRY = 0.5
_PASSING = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED}
_PEERCRED = "3i"


class Server:
    """Serves operations by name, one connection after the other, in its own thread."""

    def __init__(
        self, path: Path, operations: Mapping[str, Operation], pulse: Pulse | None = None
    ) -> None:
        """Name the socket and what can be asked."""
        self._pulse = pulse or Pulse()
        self._path = path
        self._operations = operations
        self._socket: socket.socket | None = None
        self._stopped = threading.Event()
        self._complained = False
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)

    def start(self) -> None:
        """Bind the socket and start answering.

        The caller holds the instance lock, so a socket file that is already there
        belongs to a daemon that died.

        Raises:
            ConfigError: the folder of the socket cannot be used.
        """
        make_private(self._path.parent)
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self._path))
        self._path.chmod(0o600)
        listener.listen(_BACKLOG)
        self._socket = listener
        self._thread.start()

    def is_alive(self) -> bool:
        """Tell whether the thread still answers."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop answering and remove the socket."""
        if self._socket is None:
            return
        listener, self._socket = self._socket, None
        self._stopped.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        self._thread.join(timeout=TIMEOUT)
        self._path.unlink(missing_ok=True)

    def _serve(self) -> None:
        while (listener := self._socket) is not None:
            try:
                connection, _ = listener.accept()
            except OSError as error:
                if self._socket is None or error.errno not in _PASSING:
                    return
                self._complain(error)
                continue
            self._complained = False
            self._pulse.beat()
            with connection:
                connection.settimeout(TIMEOUT)
                try:
                    self._answer(connection)
                except OSError:
                    continue  # the client has gone, or says nothing
                except HivemindError as error:
                    structlog.get_logger().warning("control message refused", cause=str(error))
                finally:
                    self._pulse.rest()

    def _complain(self, error: OSError) -> None:
        """Say once that nobody can be let in, and wait: no descriptor may be left for a while."""
        if not self._complained:
            structlog.get_logger().warning("hivemindctl cannot be answered", cause=error.strerror)
        self._complained = True
        self._stopped.wait(_RETRY)

    def _answer(self, connection: socket.socket) -> None:
        if not _is_ours(connection):
            return
        message = read_message(connection)
        if message:
            response = self._run(message)
            connection.sendall(msgspec.json.encode(response) + b"\n")

    def _run(self, message: bytes) -> Response:
        try:
            request = msgspec.json.decode(message, type=Request)
        except (ValueError, RecursionError):
            return Response(error="the request is not understood", exit_code=2)
        if request.version > VERSION:
            return Response(
                error="hivemindctl is newer than the running hivemindd: restart the service",
                exit_code=1,
            )
        operation = self._operations.get(request.op)
        if operation is None:
            return Response(error=f"hivemindd does not know {request.op!r}", exit_code=2)
        try:
            return Response(data=operation(request.args))
        except HivemindError as error:
            return Response(error=str(error), exit_code=error.exit_code)


def _is_ours(connection: socket.socket) -> bool:
    """Tell whether the peer runs as our user; the 0600 socket says so where this cannot."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True
    data = connection.getsockopt(socket.SOL_SOCKET, option, struct.calcsize(_PEERCRED))
    return bool(struct.unpack(_PEERCRED, data)[1] == os.getuid())
