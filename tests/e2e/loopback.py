"""A model that is played: an HTTP server on loopback that answers from a script."""

import contextlib
import json
import threading
from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from tests.server import Handler, Server

HELD_AT_MOST = 120.0
"""Seconds that a held answer waits for its client to hang up."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of the played model.

    It is given when `after` stands in the newest message of the conversation, so that a
    client that asks twice is answered twice. The model says `say`, then asks to run the
    shell command `run`, if there is one. With `held` the answer never ends: it waits for
    the user to interrupt it.
    """

    after: str
    say: str
    run: str = ""
    held: bool = False


class Script:
    """The turns that a model plays, and every request body that it was sent."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        """Keep the turns; the first whose `after` fits is played."""
        self._turns = tuple(turns)
        self._lock = threading.Lock()
        self._bodies: list[dict[str, Any]] = []

    def record(self, body: dict[str, Any]) -> None:
        """Keep a request body."""
        with self._lock:
            self._bodies.append(body)

    def bodies(self) -> list[dict[str, Any]]:
        """Return all request bodies so far, oldest first."""
        with self._lock:
            return list(self._bodies)

    def answer(self, newest: str) -> Turn:
        """Return the turn that answers the newest message, a plain one when none fits."""
        return next((turn for turn in self._turns if turn.after in newest), PLAIN)


PLAIN = Turn(after="", say="Done.")


class ScriptedHandler(Handler):
    """What the handlers share: reading JSON, sending JSON and server-sent events.

    Only requests that offer `tool` are conversation and get their answer from the script;
    others ask for titles and the like.
    """

    protocol_version = "HTTP/1.1"
    tool: ClassVar[str]
    script: ClassVar[Script]

    def read_json(self) -> dict[str, Any]:
        """Return the request's body, empty when it has none."""
        raw = self.read_body()
        return msgspec.json.decode(raw, type=dict[str, Any]) if raw else {}

    def choose(self, body: dict[str, Any], newest: str) -> Turn:
        """Record a request and return the turn that answers it."""
        self.script.record(body)
        return self.script.answer(newest) if offers(body, self.tool) else PLAIN

    def send_json(self, body: object) -> None:
        """Answer with one JSON document."""
        raw = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def begin_events(self) -> None:
        """Begin a stream of server-sent events that ends with the connection."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("cache-control", "no-cache")
        self.send_header("connection", "close")
        self.end_headers()

    def send_event(self, kind: str, **fields: object) -> None:
        """Send one event of the stream."""
        data = json.dumps({"type": kind, **fields})
        self.wfile.write(f"event: {kind}\ndata: {data}\n\n".encode())
        self.wfile.flush()

    def await_hang_up(self) -> None:
        """Wait until the client closes its side, which it does when it is interrupted."""
        self.connection.settimeout(HELD_AT_MOST)
        with contextlib.suppress(ConnectionError):
            self.connection.recv(1)


class LoopbackServer(Server):
    """Serves one script with one handler class."""

    handler: ClassVar[type[ScriptedHandler]]

    def __init__(self, turns: Sequence[Turn]) -> None:
        """Bind a port; nothing is answered before the server is entered."""
        self._script = Script(turns)
        super().__init__(type("Handler", (self.handler,), {"script": self._script}))

    def conversation(self) -> list[dict[str, Any]]:
        """Return the request bodies that carried the conversation itself, oldest first."""
        return [body for body in self._script.bodies() if offers(body, self.handler.tool)]


def offers(body: dict[str, Any], tool: str) -> bool:
    """Tell whether a request lets the model use a tool."""
    return any(offered.get("name") == tool for offered in body.get("tools") or [])


def strings(value: object) -> str:
    """Return every string inside a JSON value, one after the other."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        value = list(value.values())
    return "\n".join(strings(item) for item in value) if isinstance(value, list) else ""
