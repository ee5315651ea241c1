"""What several commands share: options, and how an example stands in the help."""

import click
from click.shell_completion import CompletionItem


def _workspaces(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
    from hivemindctl import complete  # noqa: PLC0415  opens the log, which --help does not need

    return complete.workspaces(ctx, param, begun)


def _named(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse an empty name, as an unset variable of a shell gives it: it is not all of them."""
    if value == "":
        raise click.BadParameter("it is empty: name one, or leave it out", ctx, param)
    return value


as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON: one object, or one a line for a list."
)
workspace = click.option(
    "--workspace",
    "-w",
    metavar="W",
    callback=_named,
    shell_complete=_workspaces,
    help="Only this workspace: its id, its name, or a folder in it.",
)


def example(*lines: str) -> str:
    """Return the end of a help text: what one might type, each line after the program's name."""
    typed = "".join(f"\n  hivemindctl {line}" for line in lines)
    return f"\b\nExample{'s' * (len(lines) > 1)}:{typed}"
