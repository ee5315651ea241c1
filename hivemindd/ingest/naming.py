"""How folders and their workspaces are called in the log: as text, and without secrets."""

import msgspec

from hivemindd.records import Workspace
from hivemindd.redaction.redactor import shared


def as_text(name: str) -> str:
    """Return a name of the file system as text; bytes that are none are spelled out."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def storable(workspace: Workspace) -> Workspace:
    """Return a workspace that can be stored.

    A root that is no text, or that holds a secret, is not known later.
    """
    named, clean = (workspace.id, workspace.name), shared().path
    kept = [clean(as_text(name)) for name in named]
    if (*kept, clean(as_text(workspace.root))) == (*named, workspace.root):
        return workspace
    return msgspec.structs.replace(workspace, id=kept[0], name=kept[1], root="")
