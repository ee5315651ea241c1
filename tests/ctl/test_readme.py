"""The README and the commands say the same."""

import click
import pytest

from tests.ctl.reference import COMMANDS, between, called, put_between, render
from tests.ctl.runner import CHECKOUT


def test_the_readme_lists_every_command_as_it_is(*, update_readme: bool) -> None:
    """`pytest tests --update-readme` mends it."""
    file = CHECKOUT / "README.md"
    readme = file.read_text("utf-8")
    if update_readme:
        file.write_text(put_between(readme, "commands", render()), "utf-8")

    assert between(file.read_text("utf-8"), "commands") == render()


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_an_example_that_works(path: tuple[str, ...]) -> None:
    """It is read as the command itself reads what is typed, and calls that command."""
    lines = (COMMANDS[path].epilog or "").partition(":\n")[2].splitlines()

    found = [called(line.partition(" > ")[0]) for line in lines]

    assert found
    assert path == ("hivemindctl",) or path in found, "no example of this very command"


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_and_option_has_help(path: tuple[str, ...]) -> None:
    """Each is a sentence, and an argument is spoken of by its name."""
    command = COMMANDS[path]

    assert command.help
    assert command.help.strip().endswith(".")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.help.endswith("."), parameter.help
        else:
            assert parameter.make_metavar(click.Context(command)).strip("[]") in command.help
