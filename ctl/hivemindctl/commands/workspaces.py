"""`hivemindctl workspaces`: what histories there are."""

import click

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.render import label, print_json, table
from hivemindd.control.queries import list_workspaces


@click.command("workspaces", epilog=options.example("workspaces"))
@options.as_json
@pass_client
def command(client: Client, *, as_json: bool) -> None:
    """List workspaces: a repository, or a folder, with one history of all assistants."""
    rows = client.rows(list_workspaces, "no session has been captured yet")
    if as_json:
        print_json(rows)
    elif rows:
        lines = table(
            ("workspace", "assistants", "sessions>", "corrections>", "skills>", "last event"),
            (
                (
                    row.name,
                    # One word each, so that there is room for all of them.
                    ", ".join(label(name).partition(" ")[0] for name in row.assistants),
                    f"{row.sessions:,}",
                    f"{row.corrections:,}",
                    f"{row.skills:,}",
                    client.terminal.time(row.last_event),
                )
                for row in rows
            ),
            grow=1,
        )
        client.say_table(lines)
