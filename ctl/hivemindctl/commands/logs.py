"""`hivemindctl logs`: what the daemon prints."""

import os
import time
from collections.abc import Iterable
from contextlib import closing

import click

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.render import clean
from hivemindctl.service.choose import choose_service
from hivemindctl.service.systemd import Systemd
from hivemindctl.steps import call
from hivemindctl.tailing import Tail
from hivemindd.errors import HivemindError

_EVERY = 0.25


@click.command("logs", epilog=options.example("logs --follow"))
@click.option("-f", "--follow", is_flag=True, help="Go on as more is printed, until Ctrl-C.")
@click.option(
    "-n",
    "--lines",
    type=click.IntRange(min=0),
    default=50,
    show_default=True,
    metavar="N",
    help="Begin with the last N lines.",
)
@pass_client
def command(client: Client, lines: int, *, follow: bool) -> None:
    """Show what the daemon prints: from the journal under systemd, else from its file."""
    service = choose_service(client.paths, client.env)
    if isinstance(service, Systemd) and service.is_installed():
        _from_journal(client, service, lines, follow=follow)
    else:
        _from_file(client, lines, follow=follow)


def _from_journal(client: Client, service: Systemd, lines: int, *, follow: bool) -> None:
    words = service.logs(lines, follow=follow)
    if follow:
        try:
            os.execvpe(words[0], words, dict(client.env))  # noqa: S606  the terminal is theirs now
        except OSError as error:
            raise HivemindError(f"cannot run {words[0]}: {error.strerror}") from error
    done = call(*words, env=client.env)
    if done.returncode or not done.stdout:
        cause = " ".join(done.stderr.split()) or "it holds nothing of hivemindd that you may read"
        raise HivemindError(f"the journal cannot be shown: {cause}")
    client.say(done.stdout.rstrip("\n"))


def _from_file(client: Client, lines: int, *, follow: bool) -> None:
    file = client.paths.output_file
    if not follow and not file.is_file():
        raise HivemindError(f"there is no {file}: no daemon has printed there yet")
    with closing(Tail(file)) as tail:
        _show(client, tail.last(lines))
        while follow:
            time.sleep(_EVERY)
            _show(client, tail.read())


def _show(client: Client, lines: Iterable[bytes]) -> None:
    for line in lines:
        client.say(clean(line.decode("utf-8", "replace").rstrip("\r\n")))
