"""`hivemindctl corrections`: what people put right."""

import click

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.render import WIDTH, Colour, clean, label, one_line, print_json
from hivemindd.control.queries import workspace_names
from hivemindd.control.queries_lessons import list_corrections
from hivemindd.records import Correction

_COLOURS: dict[str, Colour] = {"+": "green", "-": "red", "@": "cyan"}
_DIFF_LINES = 12


@click.command("corrections")
@options.workspace
@click.option(
    "--all", "dismissed", is_flag=True, help="Also show what the judge found to be no correction."
)
@options.as_json
@pass_client
def command(client: Client, workspace: str | None, *, dismissed: bool, as_json: bool) -> None:
    """List corrections, the newest first: what was done, what was said, where it stands."""
    rows = client.rows(
        lambda log: list_corrections(log, client.workspace(log, workspace), dismissed=dismissed),
        "no correction was found yet",
    )
    if as_json:
        print_json(_full(row) for row in rows)
    elif rows:
        names = client.read(workspace_names)
        for number, row in enumerate(rows):
            if number:
                client.say()
            show(client, row, names.get(row.workspace, row.workspace))


def _full(row: Correction) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def show(client: Client, row: Correction, workspace: str) -> None:
    """Print one correction: the words, the diff in colour, and where both come from."""
    terminal = client.terminal
    head = f"{terminal.time(row.ts)}  {label(row.assistant)}  {one_line(workspace, 30)}"
    client.say(terminal.paint(head, bold=True) + f"  {row.channel}, {row.state}")
    if row.quote or row.reason:
        client.say(
            "  " + terminal.paint(f"“{one_line(row.quote or row.reason, WIDTH - 4)}”", "green")
        )
    if row.agent_output:
        client.say(f"  agent: {one_line(row.agent_output, WIDTH - 9)}")
    _show_diff(client, row.user_diff)
    if row.accepted:
        client.say(f"  accepted: {one_line(row.accepted, WIDTH - 12)}")
    if row.why:
        client.say(f"  note: {one_line(row.why, WIDTH - 8)}")
    source = f"session {row.session[:8]}"
    if row.transcript:
        source += f", {terminal.path(row.transcript)} at {row.seq}"
    client.say(terminal.paint(f"  {source}", dim=True))


def _show_diff(client: Client, diff: str) -> None:
    lines = clean(diff).splitlines()
    for line in lines[:_DIFF_LINES]:
        client.say("  " + client.terminal.paint(line, _COLOURS.get(line[:1])))
    if len(lines) > _DIFF_LINES:
        client.say(f"  ({len(lines) - _DIFF_LINES} more lines: --json has them all)")
