"""The README and the commands say the same."""

import click
import pytest

from tests.ctl.reference import everything, render, replace_section, section
from tests.ctl.runner import CHECKOUT

_COMMANDS = dict(everything())


def test_the_readme_lists_every_command_as_it_is(pytestconfig: pytest.Config) -> None:
    """`pytest tests/ctl --update-readme` mends it."""
    file = CHECKOUT / "README.md"
    readme = file.read_text("utf-8")
    if pytestconfig.getoption("--update-readme", default=False):
        file.write_text(replace_section(readme), "utf-8")

    assert section(file.read_text("utf-8")) == render()


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
            assert parameter.make_metavar(click.Context(command)) in command.help
