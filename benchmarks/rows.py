"""Rows of a JSON Lines file as structs, with one clear sentence for what is none."""

from pathlib import Path
from typing import TypeVar

import click
import msgspec

Row = TypeVar("Row", bound=msgspec.Struct)


def read_rows(file: Path, kind: type[Row]) -> list[Row]:
    """Read the rows of a file; blank lines and unknown fields are passed over.

    Raises:
        click.ClickException: the file cannot be read, holds nothing, or a line is no such row.
    """
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError as error:
        raise click.ClickException(f"cannot read {file}: {error.strerror}") from error
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            rows.append(msgspec.json.decode(line, type=kind))
        except (msgspec.MsgspecError, ValueError) as error:
            raise click.ClickException(f"{file}, line {number}: {error}") from error
    if not rows:
        raise click.ClickException(f"{file} holds no rows")
    return rows
