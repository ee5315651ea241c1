"""`hivemindd`: flags, logging, and how to leave."""

import faulthandler
import os
import resource
import sys
from pathlib import Path
from typing import Literal

import click

from hivemindd import __version__
from hivemindd.clock import SystemClock
from hivemindd.errors import HivemindError
from hivemindd.paths import find_paths
from hivemindd.runtime.streams import give_up, is_unwritable, secure
from hivemindd.runtime.welcome import welcome
from hivemindd.settings.load import load_config

_STDERR = 2


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExample:\n  hivemindd --once",
)
@click.version_option(__version__, prog_name="hivemindd")
@click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Read settings from this file instead of the usual one.",
)
@click.option(
    "--once",
    is_flag=True,
    help="Capture all there is, treat every session as ended, codify, print a summary, exit.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    metavar="LEVEL",
    help="Print what is at least this severe: debug, info, warning or error.",
)
@click.option(
    "--log-format",
    type=click.Choice(["console", "json"]),
    default="console",
    show_default=True,
    metavar="FORMAT",
    help="Print for people (console; in the journal with priorities) or for machines (json).",
)
@click.option(
    "--log-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Print into this file; one of 4 MB is put aside, and the last three are kept.",
)
def command(
    config_file: Path | None,
    log_level: str,
    log_format: Literal["console", "json"],
    log_file: Path | None,
    *,
    once: bool,
) -> None:
    """Capture what coding assistants write and turn repeated corrections into skills.

    Runs in the foreground until SIGTERM. `hivemindctl install` makes it a service.
    """
    from hivemindd.runtime import logfile, output  # noqa: PLC0415  --version needs none of it

    faulthandler.enable(
        _STDERR
    )  # the watchdog ends us with SIGABRT: where each thread was is printed
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold transcripts
    env = dict(os.environ)
    file = logfile.LogFile(log_file.absolute()) if log_file else None
    if file is not None:
        file.begin()
    output.configure(
        "warning" if once and log_level == "info" else log_level,
        "journal" if log_format == "console" and output.is_journal(env) else log_format,
        file,
    )
    paths, started = find_paths(env), SystemClock().now()
    settings = (config_file or paths.config_file).absolute()
    config = load_config(settings, env, required=config_file is not None)
    if once or sys.stderr.isatty():
        click.echo(welcome(paths), nl=False, err=True)
    if not once:
        from hivemindd.daemon import run  # noqa: PLC0415  as above

        sys.exit(run(paths, config, env, settings=settings, started=started))
    from hivemindd.once import run_once  # noqa: PLC0415  as above

    summary = run_once(paths, config, env)
    sessions = _count(summary.sessions, "session")
    click.echo(f"{_count(summary.events, 'new event')} in {sessions}")
    click.echo(f"{_count(summary.corrections, 'correction')} found")
    if summary.parked:
        verb = "waits" if summary.parked == 1 else "wait"
        parked = _count(summary.parked, "session")
        click.echo(f"{parked} {verb} for the judge: see `hivemindctl skillify`")
    for path in summary.skills:
        click.echo(f"wrote {path}")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def main() -> None:
    """Run the command; an error of ours is one sentence and an exit code."""
    secure()
    try:
        command(prog_name="hivemindd")
    except OSError as error:
        if not is_unwritable(error):
            raise
        from hivemindd.runtime import output  # noqa: PLC0415  as above

        give_up()
        output.complain(f"the summary cannot be written: {error.strerror}", os.environ)
        sys.exit(1)
    except HivemindError as error:
        from hivemindd.runtime import output  # noqa: PLC0415  as above

        output.complain(str(error), os.environ)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
