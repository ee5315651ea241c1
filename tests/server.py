"""A real HTTP server on loopback, on a free port, for as long as it is entered."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

_NOTICE_END_WITHIN = 0.01


class Handler(BaseHTTPRequestHandler):
    """Answers one connection, without a word in the test's output."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  name of the base
        """Stay silent."""

    def read_body(self) -> bytes:
        """Return the request's body, empty when it has none."""
        return self.rfile.read(int(self.headers.get("content-length") or 0))


class Server:
    """Serves with one kind of handler; use it as a context."""

    def __init__(self, handler: Callable[..., Handler]) -> None:
        """Bind a port; nothing is answered before the server is entered."""
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(
            target=self._http.serve_forever,
            args=(_NOTICE_END_WITHIN,),
            name="loopback",
            daemon=True,
        )

    @property
    def url(self) -> str:
        """Return the address without a trailing slash."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop answering and free the port."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
