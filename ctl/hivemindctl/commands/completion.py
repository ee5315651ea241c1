"""`hivemindctl completion`: let a shell complete commands, options and names."""

import click
from click.shell_completion import get_completion_class

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindd.errors import HivemindError

VARIABLE = "_HIVEMINDCTL_COMPLETE"
SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    epilog=options.example(
        "completion bash > ~/.local/share/bash-completion/completions/hivemindctl",
        "completion zsh > ~/.zfunc/_hivemindctl",
        "completion fish > ~/.config/fish/completions/hivemindctl.fish",
    ),
)
@click.argument("shell", metavar="SHELL", type=click.Choice(SHELLS))
@click.pass_context
@pass_client
def command(client: Client, ctx: click.Context, shell: str) -> None:
    """Print what makes SHELL (bash, zsh or fish) complete commands, options and names.

    Put it where the shell looks, as below (make the folder if there is none), and open a
    new shell. Bash needs version 4.4 and the package bash-completion; zsh needs the line
    `fpath+=~/.zfunc` in ~/.zshrc, before its compinit. Names of skills, sessions and
    workspaces are read from the log: no daemon is needed, and none is started.
    """
    completion = get_completion_class(shell)
    if completion is None:
        raise HivemindError(f"this version of click knows nothing of {shell}: upgrade it")
    root = ctx.find_root()
    client.say(completion(root.command, {}, "hivemindctl", VARIABLE).source().strip())
