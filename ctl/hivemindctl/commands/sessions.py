"""`hivemindctl sessions`: the conversations that were captured."""

from collections.abc import Iterator

import click

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.render import WIDTH, label, one_line, plural, print_json, table
from hivemindd.control.queries import SessionView, list_sessions, workspace_names
from hivemindd.records import MISSED


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
                    row.state if row.captured else "left out",
                    f"{row.events:,}",
                    f"{row.prompts:,}",
                    client.terminal.time(row.last_event),
                )
                for row in rows
            ),
            grow=2,
        )
        client.say_table(lines)
        for line in _left_out(client, rows, shown):
            client.say(line)


def _left_out(client: Client, rows: list[SessionView], shown: int) -> Iterator[str]:
    """Say which sessions are not captured, or not whole, and why; the newest first."""
    for row in rows:
        why = row.why_not.replace(f"{client.paths.home}/", "~/")
        if row.captured and row.passed_over:
            why = f"{plural(row.passed_over, 'event')} written while paused"
        if why:
            yield one_line(f"left out {row.id[:shown]}: {why}", WIDTH)
    if any(row.passed_over or row.why_not == MISSED for row in rows):
        yield "`hivemindctl resume --catch-up` takes in what was paused or could not be asked."


def _width(ids: list[str]) -> int:
    """Return how much of an id tells the sessions apart; Codex begins all of a minute alike."""
    return next((width for width in (8, 13, 18) if len({i[:width] for i in ids}) == len(ids)), 36)
