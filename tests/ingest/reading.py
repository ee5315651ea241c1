"""The second process that reads along: what it may be asked for, and what it answers."""

from collections.abc import Iterator
from pathlib import Path

import psutil

from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.ingest.discover import Discovery, Found
from hivemindd.ingest.look import Look
from hivemindd.ingest.reader import Reader


def children() -> list[psutil.Process]:
    """Return the processes that read along."""
    return [
        each
        for each in psutil.Process().children()
        if each.status() != psutil.STATUS_ZOMBIE and "hivemindd.ingest" in each.cmdline()
    ]


def found(home: Path) -> Iterator[Found]:
    """Yield the transcripts of a home."""
    discovery = Discovery(ASSISTANTS, Places(home))
    discovery.resolve()
    yield from discovery.find_all(lambda _path, _signature: False)


def answers(reader: Reader, number: int) -> list[Look]:
    """Wait for so many looks."""
    looks: list[Look] = []
    while len(looks) < number:
        look = reader.look(wait=True)
        looks += [look] if look else []
    return looks
