"""A user service of systemd."""

import re
from collections.abc import Mapping
from pathlib import Path

from hivemindctl.service.base import interpreter, kept_environment, template
from hivemindctl.service.manager import Manager
from hivemindctl.service.running import stop_running
from hivemindctl.steps import Step, remove, write
from hivemindd.errors import HivemindError
from hivemindd.paths import Paths

UNIT = "hivemindd.service"
_BURST = 5  # of starts that StartLimitBurst allows
_NO_RESTART = "78"
_GAVE_UP = "start-limit-hit"
_HINT = "see `hivemindctl logs`"
_COMMAND = re.compile(r'(?m)^ExecStart="((?:[^"\\]|\\.)*)"')


class Systemd:
    """The unit `hivemindd.service` of the user's own manager.

    Without a manager that answers (in a container that shares a home, or for another user)
    the unit can be taken away, and not set up.
    """

    name = "a systemd user service"
    survives_login = True

    def __init__(self, paths: Paths, env: Mapping[str, str], manager: Manager | None) -> None:
        """Take our environment, and the manager, which says where it looks for units."""
        self._paths = paths
        self._env = env
        self._manager = manager
        theirs = (manager.variables if manager else None) or env
        config = theirs.get("XDG_CONFIG_HOME") or str(paths.home / ".config")
        self._file = Path(config, "systemd", "user", UNIT)

    def is_installed(self) -> bool:
        """Tell whether the unit exists."""
        return self._file.is_file()

    def is_current(self) -> bool:
        """Tell whether the unit is what we would write now."""
        return self.is_installed() and self._file.read_bytes() == self._unit()

    def interpreter(self) -> str:
        """Return the Python that the unit names, empty where that cannot be told."""
        found = _COMMAND.search(self._file.read_text("utf-8", "replace"))
        return _unquote(found[1]) if found else ""

    def ending(self) -> str:
        """Return how the unit ended last, in the words of systemd.service(5)."""
        if self._manager is None:
            return ""
        result = self._manager.show(UNIT, "Result")
        if result == "success" or self._manager.show(UNIT, "ActiveState") != "failed":
            return result
        # systemd 252 goes on to say how it ended before it gave up.
        restarts = self._manager.show(UNIT, "NRestarts")
        refused = self._manager.show(UNIT, "ExecMainStatus") == _NO_RESTART
        gave_up = not refused and restarts.isdecimal() and int(restarts) >= _BURST - 1
        return _GAVE_UP if gave_up else result

    def install(self, *, start: bool) -> list[Step]:
        """Write the unit, enable it, and (re)start it."""
        if self._manager is None:
            raise HivemindError(
                f"{self._file} is there, but systemd does not answer from here: install from a "
                "login of your own, or take it away with `hivemindctl uninstall`"
            )
        steps = [] if self.is_current() else [write(self._file, self._unit())]
        steps.append(self._manager.run("daemon-reload"))
        steps.append(self._manager.run("enable", UNIT))
        if start:
            steps.extend(self._stop_strangers(self._manager))
            steps.append(self._manager.run("restart", UNIT, hint=_HINT))
        return steps

    def uninstall(self) -> list[Step]:
        """Stop and disable the unit, then remove it."""
        if not self.is_installed():
            return stop_running(self._paths)
        if self._manager is None:
            wanted = self._file.parent / "default.target.wants" / UNIT
            links = [remove(wanted)] if wanted.is_symlink() else []
            return [*stop_running(self._paths), *links, remove(self._file)]
        return [
            self._manager.run("disable", "--now", UNIT),
            *self._stop_strangers(self._manager),
            remove(self._file),
            self._manager.run("daemon-reload"),
        ]

    def logs(self, lines: int, *, follow: bool) -> list[str]:
        """Return the call of journalctl.

        Not with `--user`: that leaves out what lies in the journal of the system, as all
        does where the journal is kept in memory only.
        """
        command = ["journalctl", "--quiet", f"--user-unit={UNIT}", "-o", "short", "-n", str(lines)]
        return [*command, "--follow"] if follow else [*command, "--no-pager"]

    def _stop_strangers(self, manager: Manager) -> list[Step]:
        """Return the step that stops a daemon which is not the unit's own."""
        return stop_running(self._paths, besides=manager.main_pid(UNIT))

    def _unit(self) -> bytes:
        return fill_unit(template(f"systemd/{UNIT}"), interpreter(), kept_environment(self._env))


def fill_unit(text: str, python: str, variables: Mapping[str, str]) -> bytes:
    """Return the unit with the interpreter and the variables in their places."""
    lines = "".join(
        f"Environment={_quote(f'{name}={value}')}\n" for name, value in variables.items()
    )
    text = re.sub(r"(?m)^(ExecStart=)@PYTHON@", lambda m: f"{lines}{m[1]}{_quote(python)}", text)
    return text.encode()


def _quote(text: str) -> str:
    """Quote a word for a unit file: backslash and quote escaped, `%` doubled."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _unquote(text: str) -> str:
    """Return the word that was quoted."""
    return re.sub(r"\\(.)", r"\1", text).replace("%%", "%")
