"""A user agent of launchd, on macOS."""

import os
import plistlib
from collections.abc import Mapping
from xml.parsers.expat import ExpatError

from hivemindctl.service.base import interpreter, kept_environment, template
from hivemindctl.service.running import stop_running, wait_until
from hivemindctl.steps import Step, call, remove, run, write
from hivemindd.errors import HivemindError
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
        self._target = f"{self._domain}/{LABEL}"

    def is_installed(self) -> bool:
        """Tell whether the property list exists."""
        return self._file.is_file()

    def is_current(self) -> bool:
        """Tell whether the property list is what we would write now."""
        return self.is_installed() and self._file.read_bytes() == self._agent()

    def interpreter(self) -> str:
        """Return the Python that the property list names, empty where that cannot be told."""
        try:
            return str(plistlib.loads(self._file.read_bytes())["ProgramArguments"][0])
        except (ValueError, LookupError, TypeError, ExpatError):
            return ""

    def install(self, *, start: bool) -> list[Step]:
        """Write the property list and load it, which also starts the daemon."""
        steps = [] if self.is_current() else [write(self._file, self._agent())]
        if not start:
            return steps
        return [
            *steps,
            *self._stop(),
            self._run("enable", self._target),
            self._run("bootstrap", self._domain, str(self._file)),
        ]

    def uninstall(self) -> list[Step]:
        """Unload the agent, which stops the daemon, and remove the property list."""
        return [*self._stop(), *([remove(self._file)] if self.is_installed() else [])]

    def _stop(self) -> list[Step]:
        """Return the steps that stop the daemon, whoever has started it.

        launchd unloads an agent in its own time, and refuses to load it meanwhile.
        """
        if not self._is_loaded():
            return stop_running(self._paths)
        unload = self._run("bootout", self._target)

        def act() -> None:
            unload.act()
            if not wait_until(lambda: not self._is_loaded()):
                raise HivemindError(f"launchd does not unload {LABEL}: log out and in, and retry")

        return [Step(unload.planned, unload.done, act)]

    def _is_loaded(self) -> bool:
        return call("launchctl", "print", self._target, env=self._env).returncode == 0

    def _run(self, *words: str) -> Step:
        return run("launchctl", *words, env=self._env)

    def _agent(self) -> bytes:
        text = template(f"launchd/{LABEL}.plist")
        output = str(self._paths.output_file)
        return fill_agent(text, interpreter(), output, kept_environment(self._env))


def fill_agent(text: str, python: str, output: str, variables: Mapping[str, str]) -> bytes:
    """Return the property list with the interpreter, the log file and the variables."""
    agent = plistlib.loads(text.encode())
    places = {_PYTHON: python, _OUTPUT: output}
    agent["ProgramArguments"] = [places.get(word, word) for word in agent["ProgramArguments"]]
    if variables:
        agent["EnvironmentVariables"] = dict(variables)
    return plistlib.dumps(agent, sort_keys=False)
