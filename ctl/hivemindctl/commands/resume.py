"""`hivemindctl resume`: the end of a pause."""

import click

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.render import plural
from hivemindd.errors import NotRunningError


@click.command("resume", epilog=options.example("resume", "resume --catch-up"))
@options.workspace
@click.option(
    "--catch-up", is_flag=True, help="Also capture what was passed over in pauses so far."
)
@pass_client
def command(client: Client, workspace: str | None, *, catch_up: bool) -> None:
    """Capture again; without --workspace every pause ends."""
    wanted = client.read(lambda log: client.workspace(log, workspace)) if workspace else ""
    try:
        answer = client.ask("resume", timeout=60, workspace=wanted, catch_up=catch_up)
        caught_up = int(answer["caught_up"])
    except NotRunningError:
        from hivemindctl.offline import Offline  # noqa: PLC0415  imports all of the daemon

        offline = Offline(client.paths, client.config, client.env)
        caught_up = offline.resume(wanted, catch_up=catch_up)
    client.say("Resumed: what is written from now on is captured.")
    if catch_up:
        client.say(f"Caught up with {plural(caught_up, 'event')} that had been passed over.")
