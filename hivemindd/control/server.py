"""Answers hivemindctl on a Unix socket that only its user can reach."""

import errno
import select
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import msgspec
import structlog

from hivemindd.control.callers import Caller, is_ours
from hivemindd.control.protocol import TIMEOUT, VERSION, Request, Response
from hivemindd.errors import ConfigError, HivemindError
from hivemindd.paths import make_private
from hivemindd.runtime.pulse import Pulse

Operation = Callable[[dict[str, Any]], Any]
MOST_CALLERS = 100
FAREWELL = 3.0
_BACKLOG = 64
_RETRY = 0.5
_SCARCE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_SHOWN = 80


class Server:
    """Serves operations by name, one after the other, in its own thread.

    Who connects and says nothing, or little at a time, holds up nobody.
    """

    def __init__(
        self, path: Path, operations: Mapping[str, Operation], pulse: Pulse | None = None
    ) -> None:
        """Name the socket and what can be asked."""
        self._pulse = pulse or Pulse()
        self._path = path
        self._operations = operations
        self._listener: socket.socket | None = None
        self._bound: tuple[int, int] | None = None
        self._callers: dict[int, Caller] = {}
        self._stopped = threading.Event()
        self._complained = False
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)

    def start(self) -> None:
        """Bind the socket and start answering.

        The caller holds the instance lock, so a socket file that is already there
        belongs to a daemon that died.

        Raises:
            ConfigError: the socket, or the folder of it, cannot be used.
        """
        self._woken, self._waker = socket.socketpair()
        self._listener = self._bind()
        self._thread.start()

    def is_alive(self) -> bool:
        """Tell whether the thread still answers."""
        return self._thread.is_alive()

    def is_in_place(self) -> bool:
        """Tell whether the socket's file is still the one that was bound."""
        try:
            return _identify(self._path) == self._bound
        except OSError:
            return False

    def rebind(self) -> None:
        """Bind the socket anew, whose file somebody has taken away.

        Raises:
            ConfigError: the socket, or the folder of it, cannot be used.
        """
        before, self._listener = self._listener, self._bind()
        self._wake()
        if before is not None:
            before.close()

    def stop(self) -> None:
        """Stop answering and remove the socket."""
        if self._listener is None:
            return
        listener, self._listener = self._listener, None
        self._stopped.set()
        self._wake()
        listener.close()
        self._thread.join(timeout=FAREWELL)
        self._path.unlink(missing_ok=True)

    def _bind(self) -> socket.socket:
        make_private(self._path.parent)
        try:
            with ExitStack() as stack:
                listener = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
                self._path.unlink(missing_ok=True)
                listener.bind(str(self._path))
                self._path.chmod(0o600)
                self._bound = _identify(self._path)
                listener.listen(_BACKLOG)
                listener.setblocking(False)
                stack.pop_all()
                return listener
        except OSError as error:
            raise ConfigError(f"cannot bind {self._path}: {error.strerror}") from error

    def _wake(self) -> None:
        with suppress(OSError):  # the thread has ended, and closed it
            self._waker.send(b"\0")

    def _serve(self) -> None:
        with self._woken, self._waker:
            while (listener := self._listener) is not None:
                self._pulse.rest()
                try:
                    ready = self._wait(listener)
                except ValueError:  # the listener was closed meanwhile
                    continue
                self._pulse.beat()
                if self._woken.fileno() in ready:
                    self._woken.recv(64)
                for number, caller in list(self._callers.items()):
                    if number in ready:
                        self._hear(caller)
                    if caller.is_over:
                        del self._callers[number]
                if listener.fileno() in ready:
                    self._accept(listener)
            for caller in self._callers.values():
                caller.close()

    def _wait(self, listener: socket.socket) -> set[int]:
        """Wait until somebody calls or says something, or has been silent for too long."""
        poll = select.poll()
        for number in (self._woken.fileno(), listener.fileno(), *self._callers):
            poll.register(number, select.POLLIN)
        patience = min((caller.patience for caller in self._callers.values()), default=None)
        return {number for number, _ in poll.poll(None if patience is None else patience * 1000)}

    def _accept(self, listener: socket.socket) -> None:
        """Take in the next who calls; where there are too many, in place of who waits longest."""
        try:
            connection, _ = listener.accept()
        except OSError as error:  # such as that it was closed meanwhile
            if error.errno in _SCARCE:
                self._complain(error)
            return
        self._complained = False
        if not is_ours(connection):
            connection.close()
            return
        if len(self._callers) >= MOST_CALLERS:
            self._callers.pop(next(iter(self._callers))).close()
        self._callers[connection.fileno()] = Caller(connection, TIMEOUT)

    def _complain(self, error: OSError) -> None:
        """Say once that nobody can be let in, and wait: no descriptor may be left for a while."""
        if not self._complained:
            structlog.get_logger().warning("hivemindctl cannot be answered", cause=error.strerror)
        self._complained = True
        self._stopped.wait(_RETRY)

    def _hear(self, caller: Caller) -> None:
        """Answer who has said all; then, or where nothing sensible comes, it is over."""
        try:
            message = caller.hear()
            if message:
                caller.answer(msgspec.json.encode(self._run(message)) + b"\n", TIMEOUT)
        except OSError:  # the client has gone, or does not read
            caller.close()
        except HivemindError as error:
            structlog.get_logger().warning("control message refused", cause=str(error))
            caller.close()

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
            return Response(error=f"hivemindd does not know {request.op[:_SHOWN]!r}", exit_code=2)
        try:
            return Response(data=operation(request.args))
        except HivemindError as error:
            return Response(error=str(error), exit_code=error.exit_code)
        except OSError as error:
            cause = _explain(error)
            structlog.get_logger().error("an operation failed", what=request.op, cause=cause)
            return Response(error=cause, exit_code=ConfigError.exit_code)


def _explain(error: OSError) -> str:
    """Return a sentence that can be sent, whatever bytes the name of the file has."""
    cause = error.strerror or type(error).__name__
    named = f"cannot use {error.filename}: {cause}" if error.filename else cause
    return named.encode(errors="backslashreplace").decode()


def _identify(path: Path) -> tuple[int, int]:
    """Return what tells a file from one that has taken its place, and maybe its inode."""
    status = path.lstat()
    return status.st_ino, status.st_ctime_ns
