"""`hivemindctl logs`: what the daemon prints."""

import os

import click

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.service.choose import choose_service
from hivemindctl.service.detached import Detached
from hivemindd.errors import HivemindError


@click.command("logs", epilog=options.example("logs --follow"))
@click.option("-f", "--follow", is_flag=True, help="Go on as more is printed.")
@click.option(
    "-n", "--lines", default=50, show_default=True, metavar="N", help="Begin with the last N lines."
)
@pass_client
def command(client: Client, lines: int, *, follow: bool) -> None:
    """Show what the daemon prints: from the journal, or from the file of a detached one."""
    service = choose_service(client.paths, client.env)
    file = client.paths.output_file
    if isinstance(service, Detached) or not service.is_installed():
        if not file.is_file():
            raise HivemindError(f"there is no {file}: the daemon was never started detached")
        service = Detached(client.paths, client.env)
    call = service.logs(lines, follow=follow)
    try:
        os.execvp(call[0], call)  # noqa: S606  the terminal is theirs from here on
    except OSError as error:
        raise HivemindError(f"cannot run {call[0]}: {error.strerror}") from error
