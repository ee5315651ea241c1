"""`hivemindctl sessions`: the conversations that were captured."""

import click

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.render import label, print_json, table
from hivemindd.control.queries import list_sessions, workspace_names


@click.command("sessions", epilog=options.example("sessions --workspace ."))
@options.workspace
@options.as_json
@pass_client
def command(client: Client, workspace: str | None, *, as_json: bool) -> None:
    """List sessions, the newest first. Their ids may be shortened wherever one is asked for."""
    rows = client.rows(
        lambda log: list_sessions(log, client.workspace(log, workspace)), "no session was found"
    )
    if as_json:
        print_json(rows)
    elif rows:
        names = client.read(workspace_names)
        shown = _width([row.id for row in rows])
        lines = table(
            ("session", "assistant", "workspace", "state", "events>", "prompts>", "last event"),
            (
                (
                    row.id[:shown],
                    label(row.assistant),
                    names.get(row.workspace, row.workspace),
                    row.state if row.captured else "refused",
                    f"{row.events:,}",
                    f"{row.prompts:,}",
                    client.terminal.time(row.last_event),
                )
                for row in rows
            ),
            grow=2,
        )
        client.say_table(lines)
        if any(not row.captured for row in rows):
            client.say("refused: its user does not want it captured; --json says why")


def _width(ids: list[str]) -> int:
    """Return how much of an id tells the sessions apart; Codex begins all of a minute alike."""
    return next((width for width in (8, 13, 18) if len({i[:width] for i in ids}) == len(ids)), 36)
