"""A user service of systemd."""

import re
from collections.abc import Mapping
from pathlib import Path

from hivemindctl.service.base import interpreter, kept_environment, template
from hivemindctl.service.running import stop_running
from hivemindctl.steps import Step, call, remove, run, write
from hivemindd.paths import Paths

UNIT = "hivemindd.service"
_HINT = f"see `journalctl --user -u {UNIT} -n 20`"


class Systemd:
    """The unit `hivemindd.service` of the user's own manager."""

    name = "a systemd user service"
    survives_login = True

    def __init__(self, paths: Paths, env: Mapping[str, str], manager: Mapping[str, str]) -> None:
        """Take our environment, and the manager's, which says where it looks for units."""
        self._paths = paths
        self._env = env
        config = manager.get("XDG_CONFIG_HOME") or str(paths.home / ".config")
        self._file = Path(config, "systemd", "user", UNIT)

    def is_installed(self) -> bool:
        """Tell whether the unit exists."""
        return self._file.is_file()

    def is_current(self) -> bool:
        """Tell whether the unit is what we would write now."""
        return self.is_installed() and self._file.read_bytes() == self._unit()

    def install(self, *, start: bool) -> list[Step]:
        """Write the unit, enable it, and (re)start it."""
        steps = [] if self.is_current() else [write(self._file, self._unit())]
        steps.append(run("systemctl", "--user", "daemon-reload"))
        steps.append(run("systemctl", "--user", "enable", UNIT))
        if start:
            if call("systemctl", "--user", "is-active", UNIT).returncode:
                steps.extend(stop_running(self._paths))
            steps.append(run("systemctl", "--user", "restart", UNIT, hint=_HINT))
        return steps

    def uninstall(self) -> list[Step]:
        """Stop and disable the unit, then remove it."""
        if not self.is_installed():
            return stop_running(self._paths)
        return [
            run("systemctl", "--user", "disable", "--now", UNIT),
            remove(self._file),
            run("systemctl", "--user", "daemon-reload"),
        ]

    def logs(self, lines: int, *, follow: bool) -> list[str]:
        """Return the call of journalctl."""
        command = ["journalctl", "--user", "-u", UNIT, "-n", str(lines), "-o", "cat"]
        return [*command, "-f"] if follow else [*command, "--no-pager"]

    def _unit(self) -> bytes:
        return fill_unit(template(f"systemd/{UNIT}"), interpreter(), kept_environment(self._env))


def fill_unit(text: str, python: str, variables: Mapping[str, str]) -> bytes:
    """Return the unit with the interpreter and the variables in their places."""
    lines = "".join(
        f"Environment={_quote(f'{name}={value}')}\n" for name, value in variables.items()
    )
    text = re.sub(r"(?m)^(ExecStart=)@PYTHON@", lambda m: f"{lines}{m[1]}{_quote(python)}", text)
    return text.encode()


def find_manager(env: Mapping[str, str]) -> dict[str, str] | None:
    """Return the environment of the user's manager, None where none answers.

    A manager whose HOME is not ours would not find our unit: then there is none either.
    """
    if not env.get("XDG_RUNTIME_DIR"):
        return None
    answer = call("systemctl", "--user", "show-environment")
    if answer.returncode:
        return None
    manager = dict(line.split("=", 1) for line in answer.stdout.splitlines() if "=" in line)
    return manager if manager.get("HOME", env.get("HOME")) == env.get("HOME") else None


def _quote(text: str) -> str:
    """Quote a word for a unit file: backslash and quote escaped, `%` doubled."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
