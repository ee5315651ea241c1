"""Where in a TOML text a setting stands, which `tomllib` does not tell."""

import tomllib
from collections.abc import Iterator
from typing import Any

Key = tuple[str, ...]


_CLOSING = ("]", '"""', "'''")
_PARSED = 1 << 19


def find_lines(text: str) -> dict[Key, int]:
    """Return for every key of a valid TOML text, tables too, the line that it begins in.

    A line break ends a statement unless that leaves a bracket or a quote open. So a
    statement is the fewest lines that can be parsed by themselves. Where finding that out
    takes too long, what comes behind has no lines.
    """
    found: dict[Key, int] = {}
    table: Key = ()
    for number, statement in _statements(text.replace("\r\n", "\n").split("\n")):
        is_header = statement.lstrip().startswith("[")
        if is_header:
            table = ()
        for key in _keys(tomllib.loads(statement)):
            found.setdefault(table + key, number)
        if is_header:
            table = max(_keys(tomllib.loads(statement)), key=len)
    return found


def _statements(lines: list[str]) -> Iterator[tuple[int, str]]:
    first, pending = 1, list[str]()
    parsed = 0
    for number, line in enumerate(lines, start=1):
        if not pending:
            first = number
        pending.append(line)
        if len(pending) > 1 and not any(mark in line for mark in _CLOSING):
            continue
        parsed += sum(map(len, pending)) if len(pending) > 1 else 0
        if parsed > _PARSED:
            return
        try:
            tomllib.loads("\n".join(pending))
        except tomllib.TOMLDecodeError:
            continue
        yield first, "\n".join(pending)
        pending = []


def _keys(value: Any, above: Key = ()) -> Iterator[Key]:
    """Yield the paths of all keys of a table, and of the tables in it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*above, name)
            yield from _keys(inner, (*above, name))
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner, above)
