"""The command reference of the README, made from the commands themselves."""

import shlex
from collections.abc import Iterator

import click

from hivemindctl.__main__ import cli
from hivemindd.__main__ import command as daemon


def walk(
    command: click.Command = cli, path: tuple[str, ...] = ("hivemindctl",)
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command with the words that call it, groups before what is in them."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from walk(inner, (*path, name))


def everything() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield the daemon's command and all of hivemindctl's."""
    yield ("hivemindd",), daemon
    yield from walk()


COMMANDS = dict(everything())
"""Every command, by the words that call it."""


def called(line: str) -> tuple[str, ...]:
    """Return the words of the command that a line calls; fail where it could not be read."""
    word, *arguments = shlex.split(line)
    path: tuple[str, ...] = (word,)
    context = COMMANDS[path].make_context(word, arguments)
    while isinstance(context.command, click.Group) and context._protected_args:
        word, *arguments = [*context._protected_args, *context.args]
        path = (*path, word)
        context = COMMANDS[path].make_context(word, arguments, parent=context)
    return path


def render() -> str:
    """Return the reference: a table row for each command, with its options."""
    lines = ["| command | what it does |", "|---|---|"]
    lines += [
        f"| `{' '.join([*path, *_parameters(command)])}` | {_summary(command)} |"
        for path, command in everything()
        if command is not cli
    ]
    return "\n".join(lines) + "\n"


def manual() -> str:
    """Return what `--help` prints of every command, each below a heading."""
    parts = []
    for path, command in everything():
        context = click.Context(
            command,
            info_name=" ".join(path),
            terminal_width=80,
            help_option_names=cli.context_settings["help_option_names"],
        )
        parts.append(f"### {' '.join(path)}\n\n```\n{command.get_help(context).rstrip()}\n```\n")
    return "\n".join(parts)


def between(page: str, name: str) -> str:
    """Return what stands between the two marks `<!-- name -->` and `<!-- /name -->`."""
    return page.partition(f"<!-- {name} -->\n")[2].partition(f"<!-- /{name} -->\n")[0]


def put_between(page: str, name: str, text: str) -> str:
    """Return a page with another text between two marks."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
    return page.replace(begin + between(page, name) + end, begin + text + end)


def _parameters(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            yield parameter.make_metavar(click.Context(command))
        elif isinstance(parameter, click.Option):
            name = max(parameter.opts, key=len)
            value = "" if parameter.is_flag else f" {parameter.metavar}"
            yield f"[{name}{value}]"


def _summary(command: click.Command) -> str:
    """Return the first sentence of the help."""
    paragraph = " ".join((command.help or "").split("\n\n")[0].split())
    return paragraph.split(". ")[0].rstrip(".")
