"""What a way of keeping the daemon running can do."""

import site
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import hivemindd
from hivemindctl.steps import Step
from hivemindd.errors import HivemindError

KEPT = (
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "CLAUDE_CONFIG_DIR",
    "CODEX_HOME",
    "CURSOR_DATA_DIR",
    "HIVEMIND_SKILLIFY_EVERY_N_TURNS",
)
"""Variables that decide what the daemon reads; a service manager would not pass them on."""


class Service(Protocol):
    """One way of keeping the daemon running."""

    name: str
    survives_login: bool

    def is_installed(self) -> bool:
        """Tell whether it was set up before."""

    def is_current(self) -> bool:
        """Tell whether it is set up just as it would be now."""

    def install(self, *, start: bool) -> list[Step]:
        """Return the steps that set it up, and with `start` let the daemon run (anew)."""

    def uninstall(self) -> list[Step]:
        """Return the steps that stop it and take it away."""

    def logs(self, lines: int, *, follow: bool) -> list[str]:
        """Return the command that shows what the daemon prints."""


def interpreter() -> str:
    """Return the Python that the daemon is to run with: the one that runs us."""
    return sys.executable


def kept_environment(env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of ours that the daemon must see as we do."""
    return {name: env[name] for name in KEPT if env.get(name)}


def template(name: str) -> str:
    """Return a unit file as it is shipped: in a source tree, or below `share/hivemindd`.

    Raises:
        HivemindError: the installation is not whole.
    """
    source = Path(hivemindd.__file__).parent.parent / name
    shared = [
        Path(prefix, "share", "hivemindd", name)
        for prefix in (sys.prefix, sys.base_prefix, site.getuserbase())
    ]
    for file in (source, *shared):
        if file.is_file():
            return file.read_text("utf-8")
    raise HivemindError(f"{shared[0]} is missing: install hivemindd again")
