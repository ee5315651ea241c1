"""What the environment of a session's own process says about capturing it.

A process is looked at when its session names it, or when it is the program of the
session's assistant in the session's folder. Of its environment only the `HIVEMIND_*`
variables are kept.
"""

import os
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePath
from typing import Any

import msgspec

from hivemindd.workspace import SWITCH, is_off

PREFIX = "HIVEMIND_"

_INTERPRETERS = frozenset({"node", "bun", "deno"})
_SERVERS = frozenset({"app-server", "mcp-server"})


class Program(msgspec.Struct, frozen=True):
    """A running program of an assistant: its folder, its start in ms, the words it was given."""

    pid: int
    folder: str
    started: int
    words: tuple[str, ...]

    def works_in(self, folder: str) -> bool:
        """Tell whether it was started in a folder, or told to work there (`--cd DIR`)."""
        told = (word.rpartition("=")[2] for word in self.words)
        return any(os.path.realpath(Path(self.folder, each)) == folder for each in ("", *told))


def objects(said: Mapping[str, str]) -> bool:
    """Tell whether somebody does not want to be captured."""
    return is_off(said.get(SWITCH, ""))


def read_environment(pid: int) -> dict[str, str] | None:
    """Return the `HIVEMIND_*` variables of a process, None where it cannot be asked."""
    import psutil  # noqa: PLC0415  46 ms that only a new session has to pay

    try:
        variables = psutil.Process(pid).environ()
    except (psutil.Error, OSError):
        return None
    return {name: value for name, value in variables.items() if name.startswith(PREFIX)}


def is_shared(pid: int) -> bool:
    """Tell whether a process is Codex's background daemon, which works for many terminals.

    It has the environment of the terminal that happened to start it (Codex 0.169).
    """
    import psutil  # noqa: PLC0415  as above

    try:
        return "--managed-daemon" in psutil.Process(pid).cmdline()
    except (psutil.Error, OSError):
        return False


def find_programs(names: AbstractSet[str]) -> list[Program]:
    """Return this user's running programs with one of some names, without servers of others."""
    import psutil  # noqa: PLC0415  as above

    found = []
    for process in psutil.process_iter():
        try:
            if process.uids().real != os.getuid() or not _is_named(process, names):
                continue
            words = tuple(process.cmdline()[1:])
            if not _SERVERS.intersection(words):
                started = round(process.create_time() * 1000)
                found.append(Program(process.pid, process.cwd(), started, words))
        except (psutil.Error, OSError):
            continue
    return found


def _is_named(process: Any, names: AbstractSet[str]) -> bool:
    """Look at the name, and where an interpreter runs a script, at the script's path."""
    name = process.name()
    if name in names:
        return True
    if name.lower() not in _INTERPRETERS and name != "MainThread":
        return False
    return any(names & set(PurePath(word).parts) for word in process.cmdline()[:3])
