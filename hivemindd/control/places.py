"""Which workspace a person means: by its id, its name, or a folder."""

import os
from collections.abc import Sequence
from pathlib import Path

from hivemindd.errors import HivemindError
from hivemindd.log.store import Log
from hivemindd.log.tables import WORKSPACES
from hivemindd.records import Workspace
from hivemindd.workspace import resolve


def find_workspace(log: Log, wanted: str, *, home: Path) -> Workspace:
    """Return the workspace with an id, a name or a folder; a folder may lie below its root.

    Raises:
        HivemindError: no workspace fits, or more than one.
    """
    with log.read() as txn:
        rows = WORKSPACES.rows(txn)
    named = [row for row in rows if wanted == row.id] or [row for row in rows if wanted == row.name]
    if len(named) > 1:
        ids = ", ".join(row.id for row in named)
        raise HivemindError(f"{len(named)} workspaces are named {wanted!r}: give one of {ids}")
    found = named[0] if named else _around(rows, Path(os.path.realpath(wanted)), home)
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
    try:
        if log is not None:
            return find_workspace(log, wanted, home=home)
    except HivemindError:
        if not Path(wanted).is_dir():
            raise
    if Path(wanted).is_dir():
        return resolve(os.path.realpath(wanted), home=home, env={})
    raise HivemindError(f"there is no workspace and no folder {wanted!r}")


def _around(rows: Sequence[Workspace], folder: Path, home: Path) -> Workspace | None:
    """Return the workspace that a session in a folder belongs to, None where it is not known.

    A folder below a root may be another workspace: what holds for one must not be said of the
    other. Of a folder that is gone only the roots tell.
    """
    if not folder.is_dir():
        around = [(root, row) for row in rows for root in row.roots if folder.is_relative_to(root)]
        return max(around, key=lambda each: len(each[0]), default=("", None))[1]
    place = resolve(str(folder), home=home, env={})
    same = [row for row in rows if row.id == place.id]
    return next(iter(same or [row for row in rows if place.root in row.roots]), None)
