"""`hivemindctl doctor`: what is wrong, and how to mend it."""

import click

from hivemindctl import options
from hivemindctl.checks import Check, run_checks
from hivemindctl.client import Client, pass_client
from hivemindctl.render import Colour, plural, print_json

_COLOURS: dict[str, Colour] = {"ok": "green", "note": "yellow", "fail": "red"}


@click.command("doctor", epilog=options.example("doctor"))
@options.as_json
@click.pass_context
@pass_client
def command(client: Client, ctx: click.Context, *, as_json: bool) -> None:
    """Check everything that the daemon needs: one line a check, each with its mend.

    Exits with 1 when a check failed.
    """
    failed = 0
    for check in run_checks(client):
        failed += check.state == "fail"
        if as_json:
            print_json([check])
        else:
            _show(client, check)
    if failed:
        if not as_json:
            client.say(f"{plural(failed, 'check')} failed.")
        ctx.exit(1)


def _show(client: Client, check: Check) -> None:
    state = client.terminal.paint(f"{check.state:4}", _COLOURS[check.state], bold=True)
    mend = f" -> {check.mend}" if check.mend else ""
    client.say(f"{state}  {check.check:13} {check.found}{mend}")
