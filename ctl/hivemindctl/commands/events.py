"""`hivemindctl events`: one session, event by event."""

from collections.abc import Mapping
from typing import Any

import click

from hivemindctl import complete, options
from hivemindctl.client import Client, pass_client
from hivemindctl.render import WIDTH, Colour, columns, label, one_line, print_json
from hivemindd.control.queries import find_session, list_events

_SHOWN = ("text", "feedback", "output", "target", "path", "status", "names", "name", "trigger")
_COLOURS: Mapping[str, Colour] = {"human": "green", "agent": "cyan", "tool": "yellow"}


@click.command("events", epilog=options.example("events 3f2a9c1b"))
@click.argument("session", shell_complete=complete.sessions)
@options.as_json
@pass_client
def command(client: Client, session: str, *, as_json: bool) -> None:
    """Show the events of a session. SESSION is its id, or how it begins.

    One line an event: the time, whose words they are, the kind, and how they begin; a dot
    marks what a subagent did. --json has everything.
    """
    found = client.read(lambda log: find_session(log, session))
    rows = client.read(lambda log: list_events(log, found))
    if as_json:
        print_json(rows)
        return
    name = one_line(found.id, WIDTH)
    client.say(f"{label(found.assistant)} session {name} in {client.terminal.path(found.cwd)}")
    if not found.captured:
        client.say(f"not captured: {one_line(found.why_not, WIDTH)}")
    for row in rows:
        client.say(_line(client, row))


def _line(client: Client, event: Mapping[str, Any]) -> str:
    who = str(event["author"])
    head = f"{client.terminal.time(event['ts']):15}  "
    kind = f"{event['kind']:12}  " if not event["sidechain"] else f"· {event['kind']:10}  "
    used = columns(head) + 9 + columns(kind)
    return head + client.terminal.paint(f"{who:9}", _COLOURS.get(who)) + kind + _text(event, used)


def _text(event: Mapping[str, Any], used: int) -> str:
    """Return how the event begins: a tool by its name and target, the others by their text."""
    parts = [str(event["name"])] if event["kind"] == "tool_call" else []
    for name in _SHOWN:
        value = event.get(name)
        if value:
            parts.append(", ".join(value) if isinstance(value, list) else str(value))
            break
    return one_line(" ".join(parts), WIDTH - used)
