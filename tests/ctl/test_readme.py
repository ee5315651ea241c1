"""The README and the commands say the same."""

import click
import pytest

from tests.ctl.reference import between, everything, put_between, render
from tests.ctl.runner import CHECKOUT

_COMMANDS = dict(everything())


def test_the_readme_lists_every_command_as_it_is(*, update_readme: bool) -> None:
    """`pytest tests --update-readme` mends it."""
    file = CHECKOUT / "README.md"
    readme = file.read_text("utf-8")
    if update_readme:
        file.write_text(put_between(readme, "commands", render()), "utf-8")

    assert between(file.read_text("utf-8"), "commands") == render()


@pytest.mark.parametrize("path", _COMMANDS, ids=" ".join)
def test_every_command_and_option_has_help(path: tuple[str, ...]) -> None:
    """Each is a sentence, and an argument is spoken of by its name."""
    command = _COMMANDS[path]

    assert command.help
    assert command.help.strip().endswith(".")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.help.endswith("."), parameter.help
        else:
            assert parameter.make_metavar(click.Context(command)).strip("[]") in command.help
