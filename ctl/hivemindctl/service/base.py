"""What a way of keeping the daemon running can do."""

import os
import site
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import hivemindd
from hivemindctl.steps import Step, call
from hivemindd.errors import HivemindError

KEPT = (
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "CLAUDE_CONFIG_DIR",
    "CODEX_HOME",
    "CURSOR_DATA_DIR",
    "HIVEMIND_SKILLIFY_EVERY_N_TURNS",
    "ANTHROPIC_BASE_URL",
)
"""What decides what the daemon reads and whom it asks; a service manager would not pass it on."""

MODULE = ("-P", "-m", "hivemindd")


class Service(Protocol):
    """One way of keeping the daemon running."""

    name: str
    survives_login: bool

    def is_installed(self) -> bool:
        """Tell whether it was set up before."""

    def is_current(self) -> bool:
        """Tell whether it is set up just as it would be now."""

    def interpreter(self) -> str:
        """Return the Python that it was set up with, empty where that cannot be told."""

    def install(self, *, start: bool) -> list[Step]:
        """Return the steps that set it up, and with `start` let the daemon run (anew).

        Raises:
            HivemindError: it cannot be set up from here.
        """

    def uninstall(self) -> list[Step]:
        """Return the steps that stop it and take it away."""


def interpreter() -> str:
    """Return the Python that the daemon is to run with: the one that runs us."""
    return sys.executable


def find_fault(python: str, env: Mapping[str, str]) -> str:
    """Say why an interpreter cannot run the daemon; empty where it can.

    A virtual environment breaks when it is moved, and when the Python below it is upgraded.
    """
    if not os.access(python, os.X_OK):
        return f"{python} is gone"
    done = call(python, *MODULE, "--version", env=env)
    if done.returncode:
        complaint = (done.stderr.strip() or "no reason given").splitlines()[-1]
        return f"{python} cannot run hivemindd ({complaint.removeprefix(f'{python}: ')})"
    return ""


def bare_environment(env: Mapping[str, str]) -> dict[str, str]:
    """Return what a service manager would start a program with."""
    return {name: env[name] for name in ("HOME", "PATH") if env.get(name)} | kept_environment(env)


def kept_environment(env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of ours that the daemon must see as we do, but none with a password."""
    return {name: env[name] for name in KEPT if env.get(name) and not _holds_password(env[name])}


def _holds_password(value: str) -> bool:
    """Tell whether a value is an address with a password in it, or might be."""
    try:
        return bool(urlsplit(value).password)
    except ValueError:
        return True


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
