"""Who has connected to the control socket, and what they have said so far."""

import os
import socket
import struct
import time

from hivemindd.control.protocol import MAX_MESSAGE
from hivemindd.errors import HivemindError

_PIECE = 65_536
_PEERCRED = "3i"


class Caller:
    """One connection, which has so many seconds to say what it wants."""

    def __init__(self, connection: socket.socket, patience: float) -> None:
        """Take a connection; it is read as it comes, without waiting."""
        connection.setblocking(False)
        self._connection = connection
        self._end = time.monotonic() + patience
        self._said = bytearray()
        self._closed = False

    @property
    def patience(self) -> float:
        """The seconds that it has left."""
        return max(0.0, self._end - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more is expected of it; then it is closed."""
        if not self._closed and not self.patience:
            self.close()
        return self._closed

    def hear(self) -> bytes:
        """Return the message once its line is whole, empty before; who has left is closed.

        Raises:
            OSError: the connection broke.
            HivemindError: the message is too large.
        """
        data = self._connection.recv(_PIECE)
        if not data:
            self.close()
            return b""
        self._said += data
        if len(self._said) > MAX_MESSAGE:
            raise HivemindError("the message is larger than 1 MiB")
        return bytes(self._said) if data.endswith(b"\n") else b""

    def answer(self, data: bytes, patience: float) -> None:
        """Send the answer within so many seconds, and close.

        Raises:
            OSError: the connection broke, or nobody reads it.
        """
        self._connection.settimeout(patience)
        self._connection.sendall(data)
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._closed = True
        self._connection.close()


def is_ours(connection: socket.socket) -> bool:
    """Tell whether the peer runs as our user; the 0600 socket says so where this cannot."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True
    data = connection.getsockopt(socket.SOL_SOCKET, option, struct.calcsize(_PEERCRED))
    return bool(struct.unpack(_PEERCRED, data)[1] == os.getuid())
