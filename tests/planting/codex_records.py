"""Records of Codex as they are planted, and how they come between real ones."""

import json
from typing import Any

from tests.planting.place import Dialect
from tests.planting.transcript import Record
from tests.rollouts import event, item, response

PAGINATED = ("sigINT", "skillhot", "old-0.150.0")
LEGACY = ("old-0.47.0", "old-0.104.0", "old-0.145.0")
ALL = PAGINATED + LEGACY

# The fixtures are scripted; in all but the places that say otherwise a person is at work.
PERSON: Record = {"source": "cli", "thread_source": "user"}


def _join(real: list[Record], new: list[Record], at: int, session: Record) -> list[Record]:
    """Stamp new records as the one before them; the first line says what the session is."""
    first, *rest = real
    first = first | {"payload": first["payload"] | PERSON | session}
    before = real[at - 1]
    stamp = {name: before[name] for name in ("timestamp", "ordinal") if name in before}
    added = [stamp | {name: record[name] for name in ("type", "payload")} for record in new]
    # The order of keys is Codex's own: its reader looks at the beginning of a line first.
    trigger = "user" if session.get("source", "cli") == "cli" else "exec"
    whole = [first, *rest[: at - 1], *added, *rest[at - 1 :]]
    return [_triggered(record, trigger) for record in whole]


def _triggered(record: Record, trigger: str) -> Record:
    payload = record["payload"]
    by = payload.get("turn_attribution")
    if not by or by.get("turn_trigger") != "exec":
        return record
    return record | {"payload": payload | {"turn_attribution": by | {"turn_trigger": trigger}}}


CODEX = Dialect("codex", _join)


def typed(text: str) -> list[Record]:
    """Make what a person typed, as both dialects write it."""
    parts = [{"type": "text", "text": text}]
    return [item("UserMessage", id="u", content=parts), event("user_message", message=text)]


def message(role: str, *texts: str) -> Record:
    """Make a message as the model gets it."""
    return response(
        "message", role=role, content=[{"type": "input_text", "text": text} for text in texts]
    )


def called(name: str, output: Any, **arguments: Any) -> list[Record]:
    """Make a call of a tool that answers with a text, or with parts of one."""
    given = json.dumps(arguments)
    return [
        response("function_call", name=name, call_id="call_planted", arguments=given),
        response("function_call_output", call_id="call_planted", output=output),
    ]
