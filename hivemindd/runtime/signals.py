"""Told to stop: by a signal, or from another thread."""

import select
import signal
import socket
from contextlib import suppress

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StopSignal:
    """What the main thread waits for.

    The kernel may hand a signal to any thread, and then a main thread that waits on a
    lock learns nothing of it before its wait is over. The wake-up file descriptor is
    written to in whatever thread the signal arrives, so the main thread waits on that.
    """

    def __init__(self) -> None:
        """Take over what ends a process in good order; only the main thread may do this.

        SIGHUP says that the terminal has gone; where it is ignored, as `nohup` has it, it stays so.
        """
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._told = False
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        outlives = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        for number in STOPPING:
            if not (outlives and number == signal.SIGHUP):
                signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._told = True

    def set(self) -> None:
        """Stop, as if a signal had come."""
        self._told = True
        with suppress(BlockingIOError):
            self._writer.send(b"\0")

    def is_set(self) -> bool:
        """Tell whether it is time to stop."""
        return self._told

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds; tell whether it is time to stop."""
        if not self._told and select.select([self._reader], [], [], timeout)[0]:
            with suppress(BlockingIOError):
                self._reader.recv(64)
        return self._told
