"""A daemon that answers `status` and does nothing else: a real server on a real socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hivemindd.control.server import Server
from hivemindd.log.lock import InstanceLock
from hivemindd.paths import Paths


@contextmanager
def answering(paths: Paths, **answer: Any) -> Iterator[None]:
    """Hold the lock and give this answer for as long as the block runs."""
    server = Server(paths.socket, {"status": lambda _args: answer})
    with InstanceLock(paths.lock_file):
        server.start()
        try:
            yield
        finally:
            server.stop()
