"""A server that answers whoever knocks with one status, and notes what it was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from tests.server import Handler, Server


class Gatekeeper(Handler):
    """Answers every GET with the same status."""

    status: ClassVar[int]
    asked: ClassVar[list[tuple[str, str]]]

    def do_GET(self) -> None:  # noqa: N802  http.server finds it by this name
        """Note the path and the key, and answer."""
        self.asked.append((self.path, self.headers.get("x-api-key", "")))
        self.send_response(self.status)
        self.send_header("location", "http://127.0.0.1:9/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()


@contextmanager
def server(status: int, asked: list[tuple[str, str]] | None = None) -> Iterator[str]:
    """Answer with this status for as long as the block runs; give the address."""
    notes: list[tuple[str, str]] = [] if asked is None else asked
    handler = type("_Gatekeeper", (Gatekeeper,), {"status": status, "asked": notes})
    with Server(handler) as running:
        yield running.url
