"""Fixtures as sessions of their own in a project of the test."""

import re
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

from hivemindd.assistants.cursor.folder import slugify
from tests.planting.place import Place, Spot, sown
from tests.planting.transcript import write

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def sow(home: Path, project: Path, place: Place, text: str, spot: Spot | None = None) -> Path:
    """Write a session of its own, in a project, with a text planted at a place."""
    real, lines = sown(place, text, spot or Spot(place.cases[0], 0.5))
    path = _moved(real.path, place.id, project)
    moved = _moved(b"\n".join(lines).decode(), place.id, project)
    return write(home, real.at(path), moved.encode().split(b"\n"))


def _moved(text: str, salt: str, project: Path) -> str:
    """Give a transcript and all in it names of their own, and a place in the project."""
    text = _UUID.sub(lambda found: str(uuid5(NAMESPACE_OID, salt + found[0])), text)
    text = re.sub(r'"cwd":"[^"]*"', f'"cwd":"{project}"', text)
    return re.sub(r"\.cursor/projects/[^/]*", f".cursor/projects/{slugify(str(project))}", text)
