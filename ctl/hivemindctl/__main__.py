"""`hivemindctl`: finds the command, and turns every expected error into one sentence."""

import gc
import io
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from hivemindctl import options
from hivemindctl.groups import Group
from hivemindd import __version__
from hivemindd.errors import ConfigError, HivemindError
from hivemindd.runtime.streams import give_up, is_unwritable, secure

SECTIONS = {
    "Let it run": ("install", "uninstall", "pause", "resume", "status", "doctor", "logs"),
    "What was captured": ("workspaces", "sessions", "events", "corrections"),
    "What was learned": ("skillify", "skills", "why", "audit", "forget"),
    "More": ("config", "completion", "demo"),
}
COMMANDS = tuple(name for names in SECTIONS.values() for name in names)
INTERRUPTED = 130
BROKEN_PIPE = 141
_RARELY = 50_000  # most commands are over before the collector could find anything


class Cli(Group):
    """Imports a command when it is called, so that none pays for the others."""

    sections = SECTIONS

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's interface
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"hivemindctl.commands.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and leave quietly when the reader of its answer has gone."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            give_up()
            sys.exit(BROKEN_PIPE)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002  click's interface
        **extra: Any,
    ) -> Any:
        """Run a command and leave with its exit code."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except HivemindError as error:
            _fail(str(error), error.exit_code)
        except click.Abort as error:
            if isinstance(error.__cause__, KeyboardInterrupt):
                sys.exit(INTERRUPTED)
            _fail("nothing was done", 1)
        except click.ClickException as error:
            if isinstance(error, click.UsageError) and error.ctx is not None:
                click.echo(error.ctx.get_usage(), err=True)
            _fail(error.format_message(), error.exit_code)
        except OSError as error:
            if is_unwritable(error):
                give_up()
                _fail(f"the answer cannot be written: {error.strerror}", 1)
            if error.filename is None:
                raise
            _fail(f"cannot use {error.filename}: {error.strerror}", ConfigError.exit_code)
        sys.exit(code if isinstance(code, int) else 0)


def _fail(sentence: str, code: int) -> NoReturn:
    from hivemindctl.render import clean  # noqa: PLC0415  a command that ends well may need none

    click.echo(f"hivemindctl: {clean(sentence)}", err=True)
    sys.exit(code)


@click.group(
    cls=Cli,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=options.example("demo", "install", "status"),
)
@click.version_option(__version__, prog_name="hivemindctl")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """See and steer hivemindd, which turns corrections of coding assistants into skills.

    Read commands need no running daemon. With --json they print stable field names. What a
    command is for, and an example, follow `hivemindctl COMMAND --help`.
    """
    from hivemindctl.client import make_client  # noqa: PLC0415  --version needs no log

    ctx.obj = ctx.obj or make_client()


def main() -> None:
    """Run hivemindctl."""
    secure()
    gc.set_threshold(_RARELY)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # not every locale has every sign
    cli(prog_name="hivemindctl")


if __name__ == "__main__":
    main()
