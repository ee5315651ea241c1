"""Tell systemd how we are (sd_notify(3)): a datagram to the socket that it names."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


class Notifier:
    """Sends states to the service manager; does nothing where there is none."""

    def __init__(self, env: Mapping[str, str]) -> None:
        """Read `NOTIFY_SOCKET` and `WATCHDOG_USEC`.

        `watchdog` is the seconds within which it wants to be told WATCHDOG=1, 0 for never.
        """
        self._address = env.get("NOTIFY_SOCKET", "")
        self.is_there = bool(self._address)
        usec = env.get("WATCHDOG_USEC", "")
        ours = env.get("WATCHDOG_PID", "") in {"", str(os.getpid())}
        self.watchdog = int(usec) / 1_000_000 if usec.isdecimal() and ours else 0.0

    def send(self, state: str) -> None:
        """Send one state, such as READY=1, without waiting.

        A manager that has gone, or is busy, is no reason to fail; the next state may
        reach it.
        """
        if not self._address:
            return
        address = self._address
        if address.startswith("@"):
            address = "\0" + address[1:]
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.setblocking(False)
            channel.sendto(state.encode(), address)
