"""`hivemindctl config`: the settings, where each comes from, and what is wrong in the file."""

import os
from pathlib import Path

import click

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.groups import Group
from hivemindctl.probe import reads_older_settings
from hivemindctl.render import fold, plural, print_json, table
from hivemindd.errors import ConfigError, HivemindError
from hivemindd.settings.faults import find_faults
from hivemindd.settings.load import read_text
from hivemindd.settings.mend import to_toml
from hivemindd.settings.origins import Held, list_held
from hivemindd.settings.template import default_text


@click.group(
    "config",
    cls=Group,
    invoke_without_command=True,
    epilog=options.example("config", "config --init"),
)
@click.option("--init", is_flag=True, help="Write a file with every setting in it, explained.")
@options.as_json
@click.pass_context
def command(ctx: click.Context, *, init: bool, as_json: bool) -> None:
    """Show the settings, check the file that they are in, or write one to begin with.

    Without a command it shows them. None are needed: the file that --init writes changes
    nothing before you take the # away before one of its lines.
    """
    if init:
        _write(ctx.ensure_object(Client), as_json=as_json)
    elif ctx.invoked_subcommand is None:
        ctx.invoke(show, as_json=as_json)


@command.command("show", epilog=options.example("config show --json"))
@options.as_json
@pass_client
def show(client: Client, *, as_json: bool) -> None:
    """Show every setting, and whether the default, the file or the environment says so."""
    file = client.config_file
    rows = list_held(file, client.env)
    if as_json:
        print_json(rows)
        return
    shown = client.terminal.path(str(file))
    cells = [(row.name, to_toml(row.value), _source(row)) for row in rows]
    for number, line in enumerate(table(("setting", "value", "from"), cells, grow=1)):
        default = number and rows[number - 1].source == "default"
        client.say(client.terminal.paint(line, bold=not number, dim=bool(default)))
    if file.exists():
        client.say(f"The file is {shown}.")
        _say_restart(client)
    else:
        client.say(f"There is no {shown}: `hivemindctl config --init` writes one.")


@command.command("check", epilog=options.example("config check", "config check new.toml"))
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@pass_client
def check(client: Client, file: Path | None) -> None:
    """Name every mistake in the settings, with its line and what may have been meant.

    With FILE that one is checked, before you put it in place. Exits with 78 when the daemon
    could not use it.
    """
    ours = client.config_file
    text = read_text(file or ours, required=file is not None)
    shown = client.terminal.path(str(file or ours))
    faults = find_faults(text)
    for fault in faults:
        place = f"{shown}:{fault.line}" if fault.line else shown
        client.say(f"{client.terminal.paint(place, bold=True)}: {fault.sentence}")
    if faults:
        raise ConfigError(f"{plural(len(faults), 'mistake')}: the daemon does not start with it")
    client.check_config(client.env, file)
    if not (file or ours).exists():
        client.say(f"There is no {shown}: the defaults hold.")
        return
    client.say(f"{shown} can be used.")
    if file is None:
        _say_restart(client)


def _source(row: Held) -> str:
    if row.source == "file":
        return f"line {row.line}"
    return row.variable or row.source


def _say_restart(client: Client) -> None:
    if not reads_older_settings(client.paths, client.daemon[0]):
        return
    if client.config_file == client.paths.config_file:
        client.say("The daemon runs with older settings: `hivemindctl install`")
        client.say("starts it again.")
    else:
        client.say("The daemon runs with older settings: start it again, as you did before.")


def _write(client: Client, *, as_json: bool) -> None:
    """Write the file to begin with; one that is there is its owner's, and stays."""
    file = client.paths.config_file
    shown = client.terminal.path(str(file))
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(default_text())
    except FileExistsError as error:
        raise HivemindError(
            f"{shown} is there already and stays as it is: `hivemindctl config show` lists all "
            "settings"
        ) from error
    except OSError as error:
        raise HivemindError(f"cannot write {shown}: {error.strerror}") from error
    if as_json:
        print_json([{"file": str(file)}])
        return
    client.say(fold(f"Wrote {shown}: every setting with its default, and what it means."))
    client.say("It changes nothing yet. Edit it, then: `hivemindctl config check`")
