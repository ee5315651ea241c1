"""A user agent of launchd, on macOS."""

import os
import plistlib
from collections.abc import Mapping
from pathlib import Path

from hivemindctl.service.base import interpreter, kept_environment, template
from hivemindctl.service.running import stop_running
from hivemindctl.steps import Step, call, remove, run, write
from hivemindd.paths import Paths

LABEL = "dev.hivemind.hivemindd"
_PYTHON, _OUTPUT = "@PYTHON@", "@OUTPUT@"


class Launchd:
    """The agent `dev.hivemind.hivemindd` of the user's own session."""

    name = "a launchd user agent"
    survives_login = True

    def __init__(self, paths: Paths, env: Mapping[str, str]) -> None:
        """Take our environment; launchd expands neither `~` nor variables."""
        self._paths = paths
        self._env = env
        self._file = paths.home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
        self._domain = f"gui/{os.getuid()}"

    def is_installed(self) -> bool:
        """Tell whether the property list exists."""
        return self._file.is_file()

    def is_current(self) -> bool:
        """Tell whether the property list is what we would write now."""
        return self.is_installed() and self._file.read_bytes() == self._agent()

    def install(self, *, start: bool) -> list[Step]:
        """Write the property list and load it, which also starts the daemon."""
        steps = [] if self.is_current() else [write(self._file, self._agent())]
        if not start:
            return steps
        if self._is_loaded():
            steps.append(run("launchctl", "bootout", f"{self._domain}/{LABEL}"))
        else:
            steps.extend(stop_running(self._paths))
        return [*steps, run("launchctl", "bootstrap", self._domain, str(self._file))]

    def uninstall(self) -> list[Step]:
        """Unload the agent, which stops the daemon, and remove the property list."""
        steps = [remove(self._file)] if self.is_installed() else []
        if self._is_loaded():
            return [run("launchctl", "bootout", f"{self._domain}/{LABEL}"), *steps]
        return [*stop_running(self._paths), *steps]

    def logs(self, lines: int, *, follow: bool) -> list[str]:
        """Return the call of tail."""
        return tail(self._paths.output_file, lines, follow=follow)

    def _is_loaded(self) -> bool:
        return call("launchctl", "print", f"{self._domain}/{LABEL}").returncode == 0

    def _agent(self) -> bytes:
        text = template(f"launchd/{LABEL}.plist")
        output = str(self._paths.output_file)
        return fill_agent(text, interpreter(), output, kept_environment(self._env))


def fill_agent(text: str, python: str, output: str, variables: Mapping[str, str]) -> bytes:
    """Return the property list with the interpreter, the output file and the variables."""
    agent = plistlib.loads(text.encode())
    places = {_PYTHON: python, _OUTPUT: output}
    agent["ProgramArguments"] = [places.get(word, word) for word in agent["ProgramArguments"]]
    for key in ("StandardOutPath", "StandardErrorPath"):
        agent[key] = places[agent[key]]
    if variables:
        agent["EnvironmentVariables"] = dict(variables)
    return plistlib.dumps(agent, sort_keys=False)


def tail(file: Path, lines: int, *, follow: bool) -> list[str]:
    """Return the call of tail for a file that may be replaced."""
    command = ["tail", "-n", str(lines)]
    return [*command, "-F", str(file)] if follow else [*command, str(file)]
