"""Git, as a person uses it in tests."""

import os
import subprocess
from pathlib import Path

PATH = os.environ["PATH"]


def git(root: Path, *words: str, at: int = 0) -> str:
    """Run git as a person would, now or at a time in seconds."""
    env = {"PATH": PATH, "HOME": str(root), "GIT_CONFIG_GLOBAL": os.devnull}
    if at:
        env["GIT_COMMITTER_DATE"] = f"{at} +0000"
    who = ("-c", "user.name=dev", "-c", "user.email=dev@localhost", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *who, *words], cwd=root, env=env, check=True, capture_output=True, text=True
    )
    return done.stdout
