"""What each setting is, and who says so: the default, a line of the file, the environment."""

from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any, Literal

import msgspec

from hivemindd.redaction.redactor import shared
from hivemindd.settings.known import settings
from hivemindd.settings.lines import find_lines
from hivemindd.settings.load import TURNS, load_config, read_text


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A setting as it holds: `line` is that of the file, `variable` that of the environment."""

    name: str
    value: Any
    default: Any
    source: Literal["default", "file", "environment"] = "default"
    line: int = 0
    variable: str = ""


def list_held(file: Path, env: Mapping[str, str]) -> list[Held]:
    """Return all settings as the daemon would read them now.

    Raises:
        ConfigError: the file cannot be read, or holds a mistake.

    """
    config = load_config(file, env)
    lines = find_lines(read_text(file))
    rows = []
    for setting in settings():
        value = reduce(getattr, setting.path, config)
        row = Held(
            name=setting.full_name,
            # The address of a judge may hold a password.
            value=shared().text(value) if isinstance(value, str) else value,
            default=setting.default,
        )
        if setting.env == TURNS and env.get(TURNS):
            row = msgspec.structs.replace(row, source="environment", variable=TURNS)
        elif line := lines.get(setting.path):
            row = msgspec.structs.replace(row, source="file", line=line)
        rows.append(row)
    return rows
