"""hivemindctl in a scratch home: in this process, or in one of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from hivemindctl.__main__ import cli
from hivemindctl.client import Client
from tests.control.filled_log import NOW

CHECKOUT = Path(__file__).parents[2]
PATIENCE = 60


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment that leads nowhere but into the scratch home."""
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "PYTHONPATH": f"{CHECKOUT}{os.pathsep}{CHECKOUT / 'ctl'}",
        **more,
    }


def run(home: Path, *arguments: str, now: int = NOW, **env: str) -> Result:
    """Run a command in this process, at a time of our choice."""
    client = Client(environment(home, **env), now)
    return CliRunner().invoke(cli, list(arguments), obj=client, prog_name="hivemindctl")


def run_json(home: Path, *arguments: str) -> list[dict[str, Any]]:
    """Run a command with `--json` and return the objects that it prints."""
    result = run(home, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def spawn(home: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a process to its end."""
    return subprocess.run(
        [sys.executable, "-m", "hivemindctl", *arguments],
        cwd=home,
        env=environment(home, **env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def unwrapped(printed: str) -> str:
    """Return what was printed in lines of a screen as one line."""
    return " ".join(printed.split())


def too_wide(printed: str, width: int = 80) -> list[str]:
    """Return the lines that are wider than a screen, but for those that name a path.

    No path is broken, since it could not be copied then.
    """
    lines = printed.splitlines()
    return [line for line in lines if len(line) > width and "/" not in line]
