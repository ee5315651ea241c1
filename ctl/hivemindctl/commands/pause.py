"""`hivemindctl pause`: write nothing down for a while."""

import click

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindd.config import duration
from hivemindd.errors import NotRunningError


@click.command("pause", epilog=options.example("pause --for 2h", "pause --workspace ."))
@options.workspace
@click.option("--for", "span", metavar="TIME", help="End by itself after 30m, 2h or 1d.")
@pass_client
def command(client: Client, workspace: str | None, span: str | None) -> None:
    """Capture nothing until `hivemindctl resume`.

    What the assistants write meanwhile is never captured, also not later: that is what a
    pause is for. `resume --catch-up` is the one way to take it in after all.
    """
    until = client.now + _milliseconds(span) if span else 0
    wanted = client.read(lambda log: client.workspace(log, workspace)) if workspace else ""
    try:
        client.ask("pause", timeout=60, workspace=wanted, until_ms=until)
    except NotRunningError:
        from hivemindctl.offline import Offline  # noqa: PLC0415  imports all of the daemon

        Offline(client.paths, client.config, client.env).pause(wanted, until)
        client.say("hivemindd is not running; the pause holds when it starts.")
    what = f"Paused: nothing of {workspace} is captured" if workspace else "Paused"
    client.say(f"{what}, {_end(client, until)}.")


def _milliseconds(span: str) -> int:
    try:
        return int(duration(span) * 1000)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--for") from error


def _end(client: Client, until: int) -> str:
    if not until:
        return "until `hivemindctl resume`"
    return f"for {client.terminal.time(until).removeprefix('in ')}"
