"""`hivemindctl resume`: the end of a pause."""

import click
import msgspec

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.render import one_line, plural
from hivemindd.control.queries_status import PausedStatus, describe_pauses
from hivemindd.errors import NotRunningError
from hivemindd.records import Workspace


class _CaughtUp(msgspec.Struct, frozen=True):
    caught_up: int


@click.command("resume", epilog=options.example("resume", "resume --catch-up"))
@options.workspace
@click.option(
    "--catch-up",
    is_flag=True,
    help="Also capture what was passed over in pauses so far, and who could not be asked.",
)
@pass_client
def command(client: Client, workspace: str | None, *, catch_up: bool) -> None:
    """Capture again; without --workspace every pause ends."""
    place = client.workspace_to_be(workspace)
    wanted = place.id if place else ""
    before = _paused(client)
    try:
        answer = client.ask(
            "resume", kind=_CaughtUp, timeout=60, workspace=wanted, catch_up=catch_up
        )
        caught_up = int(answer.caught_up)
    except NotRunningError:
        from hivemindctl.offline import Offline  # noqa: PLC0415  imports all of the daemon

        offline = Offline(client.paths, client.config, client.env)
        caught_up = offline.resume(wanted, catch_up=catch_up)
    client.say(_resumed(place, before, _paused(client)))
    if catch_up:
        client.say(f"Caught up with {plural(caught_up, 'event')} that had been passed over.")


def _paused(client: Client) -> PausedStatus | None:
    if not client.has_log:
        return None
    return client.read(lambda log: describe_pauses(log, client.now))


def _resumed(place: Workspace | None, before: PausedStatus | None, now: PausedStatus | None) -> str:
    """Say what is captured from now on, and what is still not."""
    if before is None:
        return "Nothing was paused."
    if now is None:
        return "Resumed: what is written from now on is captured."
    if now.everything:
        return "Everything is still paused: `hivemindctl resume` ends that."
    names = ", ".join(one_line(each.name, 30) for each in now.workspaces)
    where = f" in {one_line(place.name, 60)}" if place else ""
    return f"Resumed: what is written{where} is captured. Still paused: {names}."
