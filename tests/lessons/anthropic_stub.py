"""A real HTTP server on loopback that speaks just enough of the Messages API."""

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from hivemindd.records import Verdict
from tests.server import Handler, Server

HELD_AT_MOST = 30.0
DRIP = 0.02
REPLIES = Path(__file__).parent / "replies"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer; with `held` or `reset` the connection is kept open or torn down instead.

    With `cut` it is torn down after so many bytes of the body; with `dripped` the body comes
    byte by byte, slower than anybody waits.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = {}
    held: bool = False
    reset: bool = False
    cut: int = 0
    dripped: bool = False


class _Recorded(msgspec.Struct, forbid_unknown_fields=True):
    """A reply in a file: `body` is JSON, `text` any other body."""

    status: int = 200
    headers: dict[str, str] = {}
    body: msgspec.Raw = msgspec.Raw()
    text: str = ""
    held: bool = False
    reset: bool = False
    cut: int = 0
    dripped: bool = False


def recorded(name: str) -> Answer:
    """Return the reply in `replies/NAME.json`; its candidates are called c1 and c2."""
    reply = msgspec.json.decode((REPLIES / f"{name}.json").read_bytes(), type=_Recorded)
    return Answer(
        status=reply.status,
        headers=reply.headers,
        body=bytes(reply.body) or reply.text.encode(),
        held=reply.held,
        reset=reply.reset,
        cut=reply.cut,
        dripped=reply.dripped,
    )


def message(text: str, *, stop: str = "end_turn", used: tuple[int, int] = (1_000, 200)) -> Answer:
    """Return an answer that holds a thought and then `text`, as a model gives it."""
    blocks = [
        {"type": "thinking", "thinking": "…", "signature": "x"},
        {"type": "text", "text": text},
    ]
    body = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "stub",
        "content": blocks,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": used[0], "output_tokens": used[1]},
    }
    return Answer(body=json.dumps(body).encode())


def verdicts(given: Sequence[Verdict]) -> Answer:
    """Return the answer of a model that follows the schema."""
    return message(msgspec.json.encode({"verdicts": given}).decode())


def failure(status: int, kind: str, **headers: str) -> Answer:
    """Return an error of the API."""
    body = {"type": "error", "error": {"type": kind, "message": "no"}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body=json.dumps(body).encode(), headers=named)


class Stub(Server):
    """The server: it plays its answers in turn, the last one again and again."""

    def __init__(self, *answers: Answer) -> None:
        """Bind a port; the answers are given once the server is entered."""
        super().__init__(_handler(self))
        self._answers = list(answers)
        self._lock = threading.Lock()
        self._over = threading.Event()
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []

    def play(self, headers: dict[str, str], body: bytes) -> Answer:
        """Keep a request and return the next answer."""
        with self._lock:
            self.requests.append(json.loads(body))
            self.headers.append(headers)
            return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def hold(self) -> None:
        """Wait until the test is over."""
        self._over.wait(HELD_AT_MOST)

    def parts(self, answer: Answer) -> Iterator[bytes]:
        """Yield the body as it is sent: whole, cut, or byte by byte for as long as the test."""
        if not answer.dripped:
            yield answer.body[: answer.cut or None]
            return
        for byte in answer.body:
            yield bytes([byte])
            if self._over.wait(DRIP):
                return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop and let go of whoever is held."""
        self._over.set()
        super().__exit__(kind, error, trace)


def _handler(stub: Stub) -> type[Handler]:
    class Playing(Handler):
        def do_POST(self) -> None:  # noqa: N802  name of the base
            body = self.read_body()
            answer = stub.play({name.lower(): text for name, text in self.headers.items()}, body)
            if answer.held:
                stub.hold()
            if answer.held or answer.reset:
                self._tear_down()
                return
            self.send_response(answer.status)
            for name, value in {"content-type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self._send(answer)

        def _send(self, answer: Answer) -> None:
            for part in stub.parts(answer):
                self.wfile.write(part)
            self.close_connection = bool(answer.cut)

        def _tear_down(self) -> None:
            """Close without lingering, so that the client sees a reset."""
            now = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
            self.close_connection = True
            self.connection.close()

        def finish(self) -> None:
            with contextlib.suppress(OSError, ValueError):
                super().finish()

    return Playing
