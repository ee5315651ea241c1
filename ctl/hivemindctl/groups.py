"""Commands of commands, whose help shows each with its whole first sentence."""

from collections.abc import Mapping, Sequence

import click

_LONGEST = 200


class Group(click.Group):
    """A group whose commands stand below headings, if `sections` names any."""

    sections: Mapping[str, Sequence[str]] = {}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands; click would cut what does not fit on one line."""
        for title, names in (self.sections or {"Commands": self.list_commands(ctx)}).items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(title):
                formatter.write_dl(
                    [(name, each.get_short_help_str(_LONGEST)) for name, each in commands if each]
                )
