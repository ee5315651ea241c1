"""The settings file to begin with: every setting with its default, behind a `#`."""

import textwrap
from collections.abc import Iterator

from hivemindd.settings.known import sections, settings
from hivemindd.settings.mend import to_toml

HEAD = """\
# Settings of hivemindd. None is needed: behind each # stands what holds anyway.
# Take the # away before a name and write what you want instead. Then:
#   hivemindctl config check    is the file right?
#   hivemindctl install         starts the daemon again, which reads it
"""
_WIDTH = 90


def default_text() -> str:
    """Return the file: it says nothing, and what it would say if it did is the default."""
    return "\n".join([HEAD, *_lines()]).rstrip() + "\n"


def _lines() -> Iterator[str]:
    section = ""
    for setting in settings():
        if setting.section != section:
            section = setting.section
            yield f"# {sections()[section]}"
            yield f"[{section}]"
            yield ""
        about = setting.about
        if setting.choices:
            about += f" One of {_quoted(setting.choices)}."
            if setting.kind == "list":
                about = f"{setting.about} Any of {_quoted(setting.choices)}."
        for line in textwrap.wrap(about, _WIDTH - 2):
            yield f"# {line}"
        if setting.env:
            yield f"# {setting.env} in the environment wins over it."
        yield f"#{setting.name} = {to_toml(setting.default)}"
        yield ""


def _quoted(choices: tuple[str, ...]) -> str:
    return ", ".join(map(to_toml, choices))
