"""A home, a project and a PATH that belong to one test alone."""

import os
import subprocess
from pathlib import Path

import msgspec

DEAD_END = "http://127.0.0.1:9"
"""A proxy that nobody answers for: what is not loopback goes nowhere."""


class Scratch(msgspec.Struct, frozen=True):
    """The folders of one test; nothing outside of them is written or looked at."""

    root: Path

    @property
    def home(self) -> Path:
        """The home folder of the assistants and of the daemon."""
        return self.root / "home"

    @property
    def project(self) -> Path:
        """The repository in which the assistants work."""
        return self.root / "project"

    def env(self, **more: str) -> dict[str, str]:
        """Return the whole environment of a program; the network ends at loopback."""
        return {
            "HOME": str(self.home),
            "PATH": f"{self.root / 'tools'}{os.pathsep}{os.environ['PATH']}",
            "SHELL": "/bin/bash",
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "HTTPS_PROXY": DEAD_END,
            "NO_PROXY": "127.0.0.1",
            **more,
        }


def make_scratch(root: Path) -> Scratch:
    """Create the folders, an empty repository, and an `npm` that only says it installed."""
    scratch = Scratch(root.resolve())
    scratch.home.mkdir()
    scratch.project.mkdir()
    npm = scratch.root / "tools" / "npm"
    npm.parent.mkdir()
    npm.write_text("#!/bin/sh\necho 'added 1 package'\n", "utf-8")
    npm.chmod(0o755)
    subprocess.run(["git", "init", "-q"], cwd=scratch.project, env=scratch.env(), check=True)
    return scratch
