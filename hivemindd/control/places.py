"""Which workspace a person means: by its id, its name, or a folder."""

import os
from collections.abc import Sequence
from pathlib import Path

from hivemindd.errors import HivemindError
from hivemindd.ingest.naming import storable
from hivemindd.log.store import Log
from hivemindd.log.tables import WORKSPACES
from hivemindd.records import Workspace
from hivemindd.workspace import resolve


def find_workspace(log: Log, wanted: str, *, home: Path) -> Workspace:
    """Return the workspace with an id, a name or a folder; a folder may lie below its root.

    A word that is no path names no folder that is not there: it is a name, or mistyped.

    Raises:
        HivemindError: no workspace fits, or more than one.
    """
    with log.read() as txn:
        rows = WORKSPACES.rows(txn)
    named = [row for row in rows if wanted == row.id] or [row for row in rows if wanted == row.name]
    if len(named) > 1:
        ids = ", ".join(row.id for row in named)
        raise HivemindError(f"{len(named)} workspaces are named {wanted!r}: give one of {ids}")
    if named:
        return named[0]
    folder = _folder(wanted)
    found = _around(rows, folder, home) if folder else None
    if found is None:
        raise HivemindError(
            f"there is no workspace {wanted!r}: `hivemindctl workspaces` lists them"
        )
    return found


def workspace_to_be(log: Log | None, wanted: str, *, home: Path) -> Workspace:
    """Return a workspace as `find_workspace`, or the one that a folder will have one day.

    Raises:
        HivemindError: no workspace fits, and there is no such folder either.
    """
    folder = Path(wanted)
    try:
        if log is not None:
            return find_workspace(log, wanted, home=home)
    except HivemindError:
        if not folder.is_dir():
            raise
    if not folder.is_dir():
        raise HivemindError(f"there is no workspace and no folder {wanted!r}")
    return storable(resolve(os.path.realpath(folder), home=home, env={}))


def _folder(wanted: str) -> Path | None:
    """Return the real path of what names a folder, None where it names none."""
    try:
        folder = Path(os.path.realpath(wanted))
    except FileNotFoundError:  # below a working directory that is gone
        return None
    return folder if os.sep in wanted or folder.is_dir() else None


def _around(rows: Sequence[Workspace], folder: Path, home: Path) -> Workspace | None:
    """Return the workspace that a session in a folder belongs to, None where it is not known.

    A folder below a root may be another workspace: what holds for one must not be said of the
    other. Of a folder that is gone only the roots tell.
    """
    if not folder.is_dir():
        around = [(root, row) for row in rows for root in row.roots if folder.is_relative_to(root)]
        return max(around, key=lambda each: len(each[0]), default=("", None))[1]
    place = storable(resolve(str(folder), home=home, env={}))
    same = [row for row in rows if row.id == place.id]
    return next(iter(same or [row for row in rows if place.root in row.roots]), None)
