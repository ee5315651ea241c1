"""Commands of commands: how they are listed, and what an option before one of them means."""

from collections.abc import Mapping, Sequence

import click
from click.core import ParameterSource

_LONGEST = 200


class Group(click.Group):
    """A group whose commands stand below headings, if `sections` names any."""

    sections: Mapping[str, Sequence[str]] = {}

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant; an option before it would be lost on it."""
        found = super().resolve_command(ctx, args)
        for option in self.params:
            source = ctx.get_parameter_source(option.name or "")
            if source is ParameterSource.COMMANDLINE and not ctx.resilient_parsing:
                raise click.UsageError(_misplaced(option, *found[:2]), ctx)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands; click would cut what does not fit on one line."""
        for title, names in (self.sections or {"Commands": self.list_commands(ctx)}).items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(title):
                formatter.write_dl(
                    [(name, each.get_short_help_str(_LONGEST)) for name, each in commands if each]
                )


def _misplaced(option: click.Parameter, name: str | None, command: click.Command | None) -> str:
    flag = option.opts[0]
    if command is not None and option.name in {each.name for each in command.params}:
        return f"{flag} belongs behind the command: {name} {flag}"
    return f"{flag} stands alone: leave the command out"
