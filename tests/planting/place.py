"""What a place of a transcript is, and how its records come between real ones."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec
from hypothesis import strategies as st

from hivemindd.assistants.base import Parsed
from tests.planting.transcript import Record, Skeleton, parse, skeleton

Plant = Callable[[str], list[Record]]
Style = Literal["plain", "spaced", "wide", "escaped"]


class Dialect(msgspec.Struct, frozen=True):
    """How the records of an assistant are put between others.

    `join` takes the real records, the new ones, the index that they come to and what the
    whole session says; it returns all records.
    """

    assistant: str
    join: Callable[[list[Record], list[Record], int, Record], list[Record]]


class Place(msgspec.Struct, frozen=True):
    """A place where a text may stand in a transcript.

    `plant` makes the records that hold a text there; what every record has (ids, times,
    folder) is taken from the transcript around them. `cases` are the fixtures that may be
    around them, `session` is what all records say of a whole session that differs, `path`
    where its file lies: `{folder}` is that of the skeleton, `{stem}` its name without suffix.
    """

    name: str
    dialect: Dialect
    plant: Plant
    cases: tuple[str, ...]
    session: Record = {}
    path: str = "{folder}/{stem}.jsonl"

    @property
    def id(self) -> str:
        """Name it among those of all assistants."""
        return f"{self.dialect.assistant}: {self.name}"


class Spot(msgspec.Struct, frozen=True):
    """Where a text comes to: the fixture, the share of the way through it, how it is written."""

    case: str
    at: float = 1.0
    style: Style = "plain"


def spots(place: Place) -> st.SearchStrategy[Spot]:
    """Draw where and how a text is planted at a place."""
    styles: list[Style] = ["plain", "spaced", "wide", "escaped"]
    return st.builds(Spot, st.sampled_from(place.cases), st.floats(0, 1), st.sampled_from(styles))


def planted(home: Path, place: Place, text: str, spot: Spot) -> Parsed:
    """Parse a fixture with a text planted in it, below a home."""
    return parse(home, *sown(place, text, spot))


def sown(place: Place, text: str, spot: Spot) -> tuple[Skeleton, list[bytes]]:
    """Return a fixture, where it lies with the text planted in it, and its lines then."""
    real = skeleton(place.dialect.assistant, spot.case)
    folder, _, name = real.path.rpartition("/")
    path = place.path.format(folder=folder, stem=name.removesuffix(".jsonl"))
    index = 1 + round(spot.at * (len(real.lines) - 1))
    whole = place.dialect.join(real.records, place.plant(text), index, place.session)
    lines = {id(record): line for record, line in zip(real.records, real.lines, strict=True)}
    return real.at(path), [lines.get(id(each)) or encode(each, spot.style) for each in whole]


def encode(record: Record, style: Style = "plain") -> bytes:
    """Write a record as JSON: as the assistants do, or in another way that means the same."""
    separators = (", ", ": ") if style == "spaced" else (",", ":")
    line = json.dumps(record, ensure_ascii=style != "wide", separators=separators)
    if style == "escaped":
        line = (
            line.replace("/", "\\/").replace("zebra", "\\u007aebra").replace("kapi", "\\u006bapi")
        )
    return line.encode()
