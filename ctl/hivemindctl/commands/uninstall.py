"""`hivemindctl uninstall`: stop the daemon and take it away again."""

import shutil
from pathlib import Path

import click

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.service.choose import choose_service
from hivemindctl.steps import Step, perform
from hivemindd.errors import HivemindError


@click.command("uninstall", epilog=options.example("uninstall", "uninstall --purge --dry-run"))
@click.option("--purge", is_flag=True, help="Also delete everything captured, and the settings.")
@click.option("--yes", is_flag=True, help="Do not ask before deleting.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@pass_client
def command(client: Client, *, purge: bool, yes: bool, dry_run: bool) -> None:
    """Stop the daemon and remove its unit file.

    What was captured stays, unless --purge deletes it. Skills in your projects always stay:
    they are files of the projects.
    """
    steps = choose_service(client.paths, client.env).uninstall()
    folders = _folders(client) if purge else []
    if folders and not yes and not dry_run:
        for folder in folders:
            client.say(f"  {folder}")
        click.confirm("Delete these folders with all that was captured?", abort=True)
    steps += [_delete(folder) for folder in folders]
    if not steps:
        client.say("Nothing to do: hivemindd is not installed and does not run.")
        return
    perform(steps, client.say, dry_run=dry_run)
    if dry_run:
        return
    if purge:
        client.say("Skills in your projects stay: they are yours.")
    elif client.paths.state.exists():
        shown = client.terminal.path(str(client.paths.state))
        client.say(f"What was captured stays in {shown}:")
        client.say("`hivemindctl uninstall --purge` deletes it.")
    client.say("`hivemindctl install` sets hivemindd up again.")


def _folders(client: Client) -> list[Path]:
    socket = client.paths.socket.parent
    ours = (client.paths.state, client.paths.config, socket)
    return [folder for folder in dict.fromkeys(ours) if folder.is_dir()]


def _delete(folder: Path) -> Step:
    def act() -> None:
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise HivemindError(f"cannot delete {folder}: {error.strerror or error}") from error

    return Step(f"delete {folder}", f"deleted {folder}", act)
