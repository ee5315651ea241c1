"""The Responses API as far as Codex needs it, answered from a script."""

import json
import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

from tests.e2e.loopback import LoopbackServer, ScriptedHandler, Turn, strings

_USAGE = {
    "input_tokens": 1000,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 20,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 1020,
}


class OpenAIHandler(ScriptedHandler):
    """Answers `POST .../responses`; everything else gets empty lists."""

    tool = "exec_command"

    def do_GET(self) -> None:  # noqa: N802  name of the base
        """Answer a look at the models."""
        self.send_json({"data": [], "models": []})

    def do_POST(self) -> None:  # noqa: N802  name of the base
        """Play the turn that fits."""
        body = self.read_json()
        if self.path.endswith("/responses"):
            self._play(self.choose(body, strings(body["input"][-1])))
        else:
            self.send_json({})

    def _play(self, turn: Turn) -> None:
        response = {"id": f"resp_{uuid.uuid4().hex}"}
        self.begin_events()
        self.send_event("response.created", response=response)
        for index, item in enumerate(self._items(turn)):
            begun = {**item, "content": []} if "content" in item else item
            self.send_event("response.output_item.added", output_index=index, item=begun)
            self.send_event("response.output_item.done", output_index=index, item=item)
        if turn.held:
            self.await_hang_up()
            return
        self.send_event("response.completed", response={**response, "usage": _USAGE})

    def _items(self, turn: Turn) -> Iterator[dict[str, Any]]:
        yield {
            "type": "message",
            "id": f"msg_{uuid.uuid4().hex}",
            "role": "assistant",
            "content": [{"type": "output_text", "text": turn.say, "annotations": []}],
        }
        if turn.run:
            arguments = {
                "cmd": turn.run,
                "login": False,  # a login shell would put the system's folders first in PATH
                "sandbox_permissions": "require_escalated",  # so that the user is asked
                "justification": "Run a command",
            }
            yield {
                "type": "function_call",
                "id": f"fc_{uuid.uuid4().hex}",
                "call_id": f"call_{uuid.uuid4().hex}",
                "name": self.tool,
                "arguments": json.dumps(arguments),
            }


class OpenAIServer(LoopbackServer):
    """A played model for Codex (`base_url` of a model provider)."""

    handler: ClassVar[type[ScriptedHandler]] = OpenAIHandler
