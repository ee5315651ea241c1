"""What every command needs: the paths, the log, the running daemon, the terminal."""

import os
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hivemindctl.render import Terminal, clean
from hivemindd.config import Config
from hivemindd.control.protocol import ask
from hivemindd.errors import HivemindError
from hivemindd.log.opening import open_log_readonly
from hivemindd.log.store import Log
from hivemindd.paths import Paths, find_paths
from hivemindd.records import Workspace
from hivemindd.settings.load import load_config

if TYPE_CHECKING:
    from hivemindd.control.queries_status import DaemonStatus, JudgeStatus

Answer = TypeVar("Answer")

NOTHING_YET = "nothing has been captured yet: `hivemindctl install` starts the daemon"


class Client:
    """One run of hivemindctl: reads the log by itself, asks the daemon only to act."""

    def __init__(self, env: Mapping[str, str], now: int) -> None:
        """Take the environment and the time (ms since 1970 UTC); look at nothing yet."""
        self.env = env
        self.now = now
        self.terminal = Terminal(env, now)

    @cached_property
    def paths(self) -> Paths:
        """The folders and files of this user's daemon."""
        return find_paths(self.env)

    @cached_property
    def config_file(self) -> Path:
        """The file with the settings: the one that the daemon was given, where one answers."""
        from hivemindctl.probe import settings_file  # noqa: PLC0415  most need no settings

        try:
            return settings_file(self.paths, self.daemon[0])
        except OSError:  # where nobody can be asked, only the usual one is known
            return self.paths.config_file

    @cached_property
    def config(self) -> Config:
        """The settings."""
        return load_config(self.config_file, self.env)

    def check_config(self, env: Mapping[str, str], file: Path | None = None) -> None:
        """Read the settings, or those of a `file`, for what keeps a daemon from starting in `env`.

        Raises:
            ConfigError: they cannot be used, or the judge that they ask for cannot.
        """
        from hivemindd.control.queries_judge import check_judge  # noqa: PLC0415  few need it

        check_judge(self.paths, load_config(file or self.config_file, env), env)

    @cached_property
    def daemon(self) -> "tuple[DaemonStatus, JudgeStatus | None]":
        """The daemon as it is found when it is first asked for, and its judge."""
        from hivemindctl.probe import look_at_daemon  # noqa: PLC0415  most ask only the log

        return look_at_daemon(self.paths, self.now)

    @property
    def has_log(self) -> bool:
        """Tell whether anything has ever been captured."""
        return (self.paths.log / "data.mdb").exists()

    def read(self, query: Callable[[Log], Answer]) -> Answer:
        """Answer a query from the log.

        Raises:
            HivemindError: there is no log yet, or it cannot be read.
        """
        if not self.has_log:
            raise HivemindError(NOTHING_YET)
        log = open_log_readonly(self.paths.log)
        try:
            return query(log)
        finally:
            log.close()

    def rows(self, query: Callable[[Log], list[Answer]], nothing: str) -> list[Answer]:
        """Answer a query for a list; say `nothing` on stderr where the list is empty."""
        rows = self.read(query) if self.has_log else []
        if not rows:
            self.note(nothing if self.has_log else NOTHING_YET)
        return rows

    def workspace(self, log: Log, wanted: str | None) -> str:
        """Return the id of the workspace that an option names, empty for all of them."""
        if not wanted:
            return ""
        from hivemindd.control.places import find_workspace  # noqa: PLC0415  `status` names none

        return find_workspace(log, wanted, home=self.paths.home).id

    def workspace_to_be(self, wanted: str | None) -> Workspace | None:
        """Return a workspace, also of a folder in which nothing was captured yet."""
        if not wanted:
            return None
        from hivemindd.control.places import workspace_to_be  # noqa: PLC0415  `status` names none

        home = self.paths.home
        if not self.has_log:
            return workspace_to_be(None, wanted, home=home)
        return self.read(lambda log: workspace_to_be(log, wanted, home=home))

    def ask(self, op: str, *, kind: Any = Any, timeout: float = 5.0, **args: Any) -> Any:
        """Ask the running daemon for an answer of some type.

        Raises:
            NotRunningError: none answers.
            HivemindError: it refuses, or its answer is of another type.
        """
        return ask(self.paths, op, kind=kind, timeout=timeout, **args)

    def say(self, line: str = "") -> None:
        """Print a line of the answer."""
        click.echo(line)

    def say_table(self, lines: list[str]) -> None:
        """Print the lines of a table, its headings in bold."""
        for number, line in enumerate(lines):
            self.say(line if number else self.terminal.paint(line, bold=True))

    def note(self, sentence: str) -> None:
        """Print a sentence beside the answer, on stderr."""
        click.echo(f"hivemindctl: {clean(sentence)}", err=True)


def make_client() -> Client:
    """Return the client of this process's environment."""
    return Client(dict(os.environ), time.time_ns() // 1_000_000)


pass_client = click.make_pass_decorator(Client)
