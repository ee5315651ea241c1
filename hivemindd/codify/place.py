"""Where skills are put: one project of a workspace, opened."""

from typing import NamedTuple

from hivemindd.records import Workspace
from hivemindd.skills.publish import Project


class Place(NamedTuple):
    """One project of a workspace, opened; `root` is empty for the first.

    `to_codex` tells whether skills are written for Codex.
    """

    workspace: Workspace
    project: Project
    root: str
    to_codex: bool = True
