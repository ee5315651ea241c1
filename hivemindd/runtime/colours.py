"""Whether what is printed may be coloured."""

from collections.abc import Mapping
from typing import TextIO


def may_colour(stream: TextIO, env: Mapping[str, str]) -> bool:
    """Tell whether a stream leads to a terminal that knows colours, whose user wants them.

    `NO_COLOR` (https://no-color.org) counts unless it is empty.
    """
    return stream.isatty() and not env.get("NO_COLOR") and env.get("TERM") != "dumb"
