"""The control protocol: one JSON line asks, one JSON line answers, over a Unix socket.

Both sides send their version; an answer to a newer question says so in a sentence.
"""

import socket
import time
from typing import Any

import msgspec

from hivemindd.errors import HivemindError, NotRunningError
from hivemindd.paths import Paths

VERSION = 1
MAX_MESSAGE = 1 << 20
TIMEOUT = 5.0
_INSTANT = 0.001
_BREATH = 0.02
_CODES = 256
_STRANGE = "the answer of hivemindd is not understood: `hivemindctl install` restarts it"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What hivemindctl asks: an operation and its arguments."""

    op: str
    args: dict[str, Any] = {}
    version: int = VERSION


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: data, or the sentence of an error with its exit code."""

    data: Any = None
    error: str = ""
    exit_code: int = 0
    version: int = VERSION


def read_message(connection: socket.socket) -> bytes:
    """Read one line of at most `MAX_MESSAGE` bytes; empty when the peer has left.

    All of it has to come within the connection's timeout, however small the pieces are.
    """
    received = bytearray()
    end = time.monotonic() + (connection.gettimeout() or TIMEOUT)
    while not received.endswith(b"\n"):
        connection.settimeout(max(end - time.monotonic(), _INSTANT))
        data = connection.recv(65_536)
        if not data:
            return b""
        received += data
        if len(received) > MAX_MESSAGE:
            raise HivemindError("the message is larger than 1 MiB")
    return bytes(received)


def ask(paths: Paths, op: str, *, kind: Any = Any, timeout: float = TIMEOUT, **args: Any) -> Any:
    """Ask the running daemon and return its data, as the type that it has to be.

    Raises:
        NotRunningError: no daemon answers.
        HivemindError: it answered with an error, whose exit code is kept, or with what
            is no answer.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        try:
            _connect(connection, paths)
            connection.sendall(msgspec.json.encode(Request(op=op, args=args)) + b"\n")
            answer = read_message(connection)
        except TimeoutError as error:
            raise NotRunningError("hivemindd does not answer: see `hivemindctl doctor`") from error
        except OSError as error:
            raise NotRunningError(
                "hivemindd is not running: start it with `hivemindctl install`"
            ) from error
    if not answer:
        raise NotRunningError("hivemindd closed the connection: see `hivemindctl doctor`")
    try:
        response = msgspec.json.decode(answer, type=Response)
    except (ValueError, RecursionError) as error:
        raise NotRunningError("what answers is no hivemindd: see `hivemindctl doctor`") from error
    if response.error:
        failure = HivemindError(" ".join(response.error.split()))
        failure.exit_code = response.exit_code if 0 < response.exit_code < _CODES else 1
        raise failure
    try:
        return msgspec.convert(response.data, kind)
    except msgspec.ValidationError as error:
        raise HivemindError(_STRANGE) from error


def _connect(connection: socket.socket, paths: Paths) -> None:
    """Connect; where as many wait for the daemon as may, wait with them for a place.

    Raises:
        OSError: nobody listens there, or no place came free in time.
    """
    end = time.monotonic() + (connection.gettimeout() or TIMEOUT)
    while True:
        try:
            return connection.connect(str(paths.socket))
        except BlockingIOError as error:
            if time.monotonic() > end:
                raise TimeoutError(str(error)) from error
            time.sleep(_BREATH)
