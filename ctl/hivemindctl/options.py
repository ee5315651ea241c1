"""Options that several commands share."""

import click

as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON: one object, or one a line for a list."
)
workspace = click.option(
    "--workspace",
    "-w",
    metavar="W",
    help="Only this workspace: its id, its name, or a folder in it.",
)
