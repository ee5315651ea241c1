"""`hivemindctl doctor`: what is wrong, and how to mend it."""

from textwrap import wrap

import click

from hivemindctl import options
from hivemindctl.check import Check
from hivemindctl.checks import run_checks
from hivemindctl.client import Client, pass_client
from hivemindctl.render import WIDTH, Colour, clean, plural, print_json

_INDENT = 20
_COLOURS: dict[str, Colour] = {"ok": "green", "note": "yellow", "fail": "red"}


@click.command("doctor", epilog=options.example("doctor"))
@options.as_json
@click.pass_context
@pass_client
def command(client: Client, ctx: click.Context, *, as_json: bool) -> None:
    """Check everything that the daemon needs: one line a check, each with its mend.

    Exits with 1 when a check failed.
    """
    failed = []
    for check in run_checks(client):
        if check.state == "fail":
            failed.append(check.check)
        if as_json:
            print_json([check])
        else:
            _show(client, check)
    if not as_json:
        names = ", ".join(dict.fromkeys(failed))
        client.say()
        client.say(f"{plural(len(failed), 'fault')}: {names}." if failed else "No fault was found.")
    if failed:
        ctx.exit(1)


def _show(client: Client, check: Check) -> None:
    state = client.terminal.paint(f"{check.state:4}", _COLOURS[check.state], bold=True)
    lines = _wrap(clean(check.found), WIDTH - _INDENT)
    if check.mend:
        mend = _wrap(clean(check.mend), WIDTH - _INDENT - 3)
        lines += [f"-> {mend[0]}", *(f"   {line}" for line in mend[1:])]
    client.say(f"{state}  {check.check:13} {lines[0]}")
    for line in lines[1:]:
        client.say(f"{'':{_INDENT}}{line}")


def _wrap(text: str, width: int) -> list[str]:
    """Break between words only: a path that is broken cannot be copied."""
    return wrap(text, width, break_on_hyphens=False, break_long_words=False)
