"""The user's own systemd: how to reach it, and what it says."""

import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Self

from hivemindctl.steps import Step, call, run

RUNTIME = Path("/run/user")

_ESCAPE = re.compile(rb"\\(?:x([0-9a-f]{2})|([0-7]{3})|(.))", re.DOTALL)
_NAMED = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


class Manager:
    """Calls `systemctl --user`; after `sudo`, `su` or in a cron job too, where it is running."""

    def __init__(self, env: Mapping[str, str], runtime: Path = RUNTIME) -> None:
        """Take our environment; where it does not name the runtime folder, the usual one."""
        usual = runtime / str(os.getuid())
        self.env = dict(env)
        if not env.get("XDG_RUNTIME_DIR") and (usual / "systemd").is_dir():
            self.env["XDG_RUNTIME_DIR"] = str(usual)

    @classmethod
    def find(cls, env: Mapping[str, str], runtime: Path = RUNTIME) -> Self | None:
        """Return the manager, None where none answers.

        One whose HOME is not ours would not find our unit: then there is none either.
        """
        manager = cls(env, runtime)
        theirs = manager.variables
        if theirs is None or theirs.get("HOME", env.get("HOME")) != env.get("HOME"):
            return None
        return manager

    @cached_property
    def variables(self) -> dict[str, str] | None:
        """Its own environment, None where it does not answer."""
        if not self.env.get("XDG_RUNTIME_DIR"):
            return None
        answer = call("systemctl", "--user", "show-environment", env=self.env)
        if answer.returncode:
            return None
        pairs = (line.split("=", 1) for line in answer.stdout.splitlines() if "=" in line)
        return {name: _unquoted(value) for name, value in pairs}

    def run(self, *words: str, hint: str = "") -> Step:
        """Return the step that tells it something."""
        return run("systemctl", "--user", *words, env=self.env, hint=hint)

    def show(self, unit: str, name: str) -> str:
        """Return what it says of a unit, empty where it knows none."""
        answer = call("systemctl", "--user", "show", "-p", name, "--value", unit, env=self.env)
        return answer.stdout.strip()

    def main_pid(self, unit: str) -> int:
        """Return the process that it keeps for a unit, 0 for none."""
        pid = self.show(unit, "MainPID")
        return int(pid) if pid.isdecimal() else 0


def _unquoted(value: str) -> str:
    """Return a value as it is, where systemctl has put it into the quotes of a POSIX shell.

    It writes $'...' around what holds a blank or a sign that means something to a shell
    (systemctl(1), `show-environment`).
    """
    if not (value.startswith("$'") and value.endswith("'")):
        return value
    return os.fsdecode(_ESCAPE.sub(_meant, os.fsencode(value[2:-1])))


def _meant(escape: re.Match[bytes]) -> bytes:
    hexadecimal, octal, sign = escape.groups()
    if sign:
        return _NAMED.get(sign, sign)
    return bytes([int(hexadecimal, 16) if hexadecimal else int(octal, 8) & 0xFF])
