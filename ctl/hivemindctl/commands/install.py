"""`hivemindctl install`: let the daemon run from now on."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.probe import look_at_daemon, reads_older_settings
from hivemindctl.service.base import Service, bare_environment, find_fault, interpreter
from hivemindctl.service.choose import choose_service
from hivemindctl.service.running import wait_until
from hivemindctl.steps import perform
from hivemindd import __version__
from hivemindd.errors import ConfigError, HivemindError
from hivemindd.runtime.welcome import welcome


@click.command("install", epilog=options.example("install", "install --dry-run"))
@click.option("--no-start", is_flag=True, help="Set the service up, but do not start it.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@pass_client
def command(client: Client, *, no_start: bool, dry_run: bool) -> None:
    """Keep the daemon running: as a user service of systemd or launchd, else detached.

    Writes one unit file of its own and nothing else; no setting of any assistant changes.
    A daemon that runs is started again if it is another version, or if the settings have
    changed since.
    """
    service = choose_service(client.paths, client.env)
    _check_config(client, service)
    if first := welcome(client.paths):
        client.say(first)
    if _is_done(client, service) and not no_start:
        client.say(f"hivemindd runs already, as {service.name}. Nothing was changed.")
        return
    if not no_start:
        _respect_settings(client)
    steps = service.install(start=not no_start)
    if not steps:
        client.say(f"Nothing to do: {service.name} is all that can be had here, and starts only")
        client.say("when it is told to. Leave --no-start out.")
        return
    _check_interpreter(client, service)
    client.say(f"Installing hivemindd as {service.name}:")
    try:
        perform(steps, client.say, dry_run=dry_run)
    except HivemindError as error:
        undo = "`hivemindctl uninstall` takes away what was done"
        raise HivemindError(f"{error}; {undo}") from error
    if dry_run:
        return
    _say_key(client, service)
    if no_start:
        client.say("It starts with your next login, or with `hivemindctl install`.")
        return
    if not wait_until(lambda: look_at_daemon(client.paths, client.now)[0].answers):
        raise HivemindError("hivemindd was started but does not answer: see `hivemindctl logs`")
    client.say(f"hivemindd {__version__} is running: `hivemindctl status` shows what it does.")
    _say_path(client)
    if not service.survives_login:
        client.say("No systemd or launchd answers here, so nothing starts it after a restart of")
        client.say("this machine: run `hivemindctl install` again then.")
    client.say("`hivemindctl uninstall` undoes all of this.")


def _is_done(client: Client, service: Service) -> bool:
    daemon = look_at_daemon(client.paths, client.now)[0]
    ours = daemon.version == __version__ and daemon.prefix == sys.prefix
    same = ours and not reads_older_settings(client.paths, daemon)
    return daemon.answers and same and service.is_current()


def _respect_settings(client: Client) -> None:
    """Make sure that a daemon is not started again with other settings than it was given."""
    if client.config_file != client.paths.config_file:
        raise HivemindError(
            f"the daemon that runs was given {client.config_file}, and would be started without: "
            "start it again as you did before, or `hivemindctl uninstall` first"
        )


def _check_config(client: Client, service: Service) -> None:
    """Make sure that the daemon would start: a mistake must not cost the one that runs."""
    try:
        client.check_config(_environment(client, service))
    except ConfigError:
        _say_key(client, service)
        raise


def _environment(client: Client, service: Service) -> Mapping[str, str]:
    """Return what the daemon is started with."""
    return bare_environment(client.env) if service.survives_login else client.env


def _check_interpreter(client: Client, service: Service) -> None:
    """Make sure that our Python runs the daemon where nothing but a service manager helps."""
    fault = find_fault(interpreter(), _environment(client, service))
    if fault:
        raise HivemindError(f"{fault}: install the package into it with pip, and retry")


def _say_path(client: Client) -> None:
    """Say how the command is found by its name, which every sentence of ours calls it by."""
    ours, path = Path(sys.executable).with_name("hivemindctl"), client.env.get("PATH", "")
    if not ours.is_file() or shutil.which("hivemindctl", path=path):
        return
    tools = client.paths.home / ".local" / "bin"
    client.say("hivemindctl is not on your PATH yet. This puts it there:")
    if tools.is_dir() and str(tools) in path.split(os.pathsep):
        client.say(f"  ln -s {shlex.quote(str(ours))} ~/.local/bin/")
    else:
        client.say(f"  export PATH={shlex.quote(str(ours.parent))}:$PATH")


def _say_key(client: Client, service: Service) -> None:
    """Say what a service cannot know: variables with secrets stay out of unit files."""
    if not service.survives_login or not client.env.get("ANTHROPIC_API_KEY"):
        return
    if not client.paths.key_file.exists():
        client.note(
            "the service does not see ANTHROPIC_API_KEY of this shell: write the key into "
            f"{client.paths.key_file} (chmod 600) if the API is to judge"
        )
