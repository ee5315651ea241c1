"""`hivemindctl pause`: write nothing down for a while."""

import click

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.render import describe_span, one_line
from hivemindd.config import duration
from hivemindd.errors import NotRunningError


@click.command("pause", epilog=options.example("pause --for 2h", "pause --workspace ."))
@options.workspace
@click.option("--for", "span", metavar="TIME", help="End by itself after 30m, 2h or 1d.")
@pass_client
def command(client: Client, workspace: str | None, span: str | None) -> None:
    """Capture nothing until `hivemindctl resume`.

    What the assistants write meanwhile is never captured, also not later: that is what a
    pause is for. `resume --catch-up` is the one way to take it in after all. A workspace may
    also be a folder in which nothing was captured yet.
    """
    until = client.now + _milliseconds(span) if span is not None else 0
    place = client.workspace_to_be(workspace)
    wanted = place.id if place else ""
    try:
        client.ask("pause", timeout=60, workspace=wanted, until_ms=until)
    except NotRunningError:
        from hivemindctl.offline import Offline  # noqa: PLC0415  imports all of the daemon

        Offline(client.paths, client.config, client.env).pause(wanted, until)
        client.say("hivemindd is not running; the pause holds when it starts.")
    what = f"nothing of {one_line(place.name, 60)}" if place else "nothing"
    client.say(f"Paused: {what} is captured {_end(client, until)}.")
    client.say("What is written meanwhile stays out, unless `hivemindctl resume --catch-up`.")


def _milliseconds(span: str) -> int:
    try:
        milliseconds = int(duration(span) * 1000)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--for") from error
    if not milliseconds:
        raise click.BadParameter("a pause must be longer than nothing", param_hint="--for")
    return milliseconds


def _end(client: Client, until: int) -> str:
    if not until:
        return "until `hivemindctl resume`"
    return f"for {describe_span((until - client.now) / 1000)}"
