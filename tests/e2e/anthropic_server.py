"""The Messages API as far as Claude Code needs it, answered from a script."""

import json
import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

from tests.e2e.loopback import LoopbackServer, ScriptedHandler, Turn, strings

_USAGE = {
    "input_tokens": 1000,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "output_tokens": 20,
}


class AnthropicHandler(ScriptedHandler):
    """Answers `POST /v1/messages`; everything else gets an empty list."""

    tool = "Bash"

    def do_GET(self) -> None:  # noqa: N802  name of the base
        """Answer a look at the address or at the models."""
        self.send_json({"data": [], "has_more": False})

    def do_HEAD(self) -> None:  # noqa: N802  name of the base
        """Answer a look whether anybody is there."""
        self.do_GET()

    def do_POST(self) -> None:  # noqa: N802  name of the base
        """Play the turn that fits."""
        body = self.read_json()
        if self.path.split("?")[0] == "/v1/messages":
            self._play(self.choose(body, _newest(body)), body)
        else:
            self.send_json({"input_tokens": 1})

    def _play(self, turn: Turn, body: dict[str, Any]) -> None:
        blocks = list(self._blocks(turn))
        stop = {"stop_reason": "tool_use" if turn.run else "end_turn", "stop_sequence": None}
        message = {
            "id": f"msg_{uuid.uuid4().hex}",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": _USAGE,
        }
        if not body.get("stream"):
            self.send_json({**message, **stop, "content": blocks})
            return
        self.begin_events()
        self.send_event("message_start", message=message)
        for index, block in enumerate(blocks):
            for kind, fields in _deltas(block):
                self.send_event(kind, index=index, **fields)
        if turn.held:
            self.await_hang_up()
            return
        self.send_event("message_delta", delta=stop, usage=_USAGE)
        self.send_event("message_stop")

    def _blocks(self, turn: Turn) -> Iterator[dict[str, Any]]:
        yield {"type": "text", "text": turn.say}
        if turn.run:
            yield {
                "type": "tool_use",
                "id": f"toolu_{uuid.uuid4().hex}",
                "name": self.tool,
                "input": {"command": turn.run, "description": "Run a command"},
            }


class AnthropicServer(LoopbackServer):
    """A played model for Claude Code (`ANTHROPIC_BASE_URL`)."""

    handler: ClassVar[type[ScriptedHandler]] = AnthropicHandler


def _newest(body: dict[str, Any]) -> str:
    said = [message["content"] for message in body["messages"] if message["role"] == "user"]
    return strings(said[-1]) if said else ""


def _deltas(block: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if block["type"] == "text":
        empty = {**block, "text": ""}
        delta = {"type": "text_delta", "text": block["text"]}
    else:
        empty = {**block, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    yield "content_block_start", {"content_block": empty}
    yield "content_block_delta", {"delta": delta}
    yield "content_block_stop", {}
