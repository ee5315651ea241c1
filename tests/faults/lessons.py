"""A home whose sessions teach one rule through a judge that is asked over the API."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from hivemindd.log.opening import open_log_readonly
from hivemindd.log.store import LogError
from hivemindd.log.tables import DUE
from hivemindd.paths import find_paths
from hivemindd.work import Due
from tests.children import CHECKOUT
from tests.process import clean_environment
from tests.records import SESSION, ClaudeSession

SESSIONS = 3
NAME = "package-commands"


class Lessons:
    """The transcripts, the settings, and what came of them."""

    def __init__(self, home: Path, project: Path | None = None, *settings: str) -> None:
        """Write settings with which sessions are soon quiet, and three sessions."""
        home.mkdir(exist_ok=True)
        self.home = home
        self.project = project or home / "project"
        self.paths = find_paths(clean_environment(home))
        self.paths.config.mkdir(parents=True, exist_ok=True)
        quick = ('idle_after = "1s"', 'end_after = "2s"', "[judge]", "small_model = false")
        self.paths.config_file.write_text("\n".join([*quick, *settings, ""]))
        (self.project / ".git").mkdir(parents=True, exist_ok=True)
        self.sessions = [self.teach(number) for number in range(SESSIONS)]

    def teach(self, number: int) -> ClaudeSession:
        """Write a session in which npm is refused."""
        session = ClaudeSession(self.home, self.project, f"{SESSION[:-1]}{number}")
        session.prompt("add zod")
        session.reject(session.call("Bash", command="npm install zod"), "use pnpm instead of npm")
        session.result(session.call("Bash", command="pnpm add zod"), "done")
        return session

    @property
    def skill(self) -> Path:
        """Where the skill belongs."""
        return self.project / ".claude" / "skills" / NAME / "SKILL.md"

    @property
    def due(self) -> list[Due]:
        """The work that waits, none where there is no log yet."""
        try:
            log = open_log_readonly(self.paths.log)
        except LogError:
            return []
        try:
            with log.read() as txn:
                return DUE.rows(txn)
        finally:
            log.close()

    def once(
        self, *failures: str, before: Sequence[str] = (), env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `hivemindd --once`, which dies at a step of `dying` where one is named."""
        module = "tests.faults.dying" if failures else "hivemindd"
        return subprocess.run(
            [*before, sys.executable, "-m", module, *failures, "--once"],
            cwd=CHECKOUT,
            env=clean_environment(self.home, **(env or {})),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )


def asking(url: str) -> dict[str, str]:
    """Return the variables with which a judge is asked at an address."""
    return {"ANTHROPIC_API_KEY": "sk-ant-fake", "ANTHROPIC_BASE_URL": url}


def left_over(project: Path) -> list[str]:
    """Return the names of files that are half written."""
    return [name for _, _, names in os.walk(project) for name in names if ".hivemindd-" in name]
