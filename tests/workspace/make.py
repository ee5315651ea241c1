"""Repositories that git itself made, files beside them, and the workspace that they should be."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from hivemindd.records import Workspace
from hivemindd.workspace import resolve


def git(folder: Path, *words: str) -> None:
    """Run git away from the settings of this machine."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder.parent),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    options = ("user.name=t", "user.email=t@example.invalid", "protocol.file.allow=always")
    settings = [word for option in options for word in ("-c", option)]
    subprocess.run(["git", *settings, "-C", folder, *words], env=env, check=True)


def repository(folder: Path) -> Path:
    """Make a repository with one commit."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=first")
    return folder


def write(path: Path, value: object) -> Path:
    """Write JSON into a new file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), "utf-8")
    return path


def where(cwd: Path | str, home: Path, env: Mapping[str, str] | None = None) -> Workspace:
    """Resolve a folder."""
    return resolve(str(cwd), home=home, env=env or {})


def in_repository(root: Path) -> Workspace:
    """Return the workspace of a repository."""
    return Workspace(id=str(root), name=root.name, root=str(root), source="repository")
