"""The scratch home of the demo: three transcripts as three assistants would leave them."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hivemindd.errors import HivemindError

SHIPPED = Path(__file__).parent / "demo"
PATIENCE = 120.0
_DAY = re.compile(r"\{\{(DAY|CURSOR)-(\d)(?: (\d+:\d\d [AP]M))?\}\}")
_SESSIONS = (
    "5d0c6a52-8f1e-4c37-9a64-0b1f7e2d9c11",
    "01a1f8f4-6d2b-7c40-9a1e-3f5b7c9d0e21",
    "7e1f9c84-2b6d-4a35-8f70-1c2d3e4f5a6b",
)


class Stage:
    """A home with a project and what Claude Code, Codex and Cursor wrote about it."""

    def __init__(self, folder: Path) -> None:
        """Name the folder, which must exist; links in its path are resolved."""
        self.folder = folder.resolve()
        self.home = self.folder / "home"
        self.project = self.home / "webshop"

    def env(self, outer: Mapping[str, str]) -> dict[str, str]:
        """Return an environment in which everything lies in the scratch home.

        No key comes along: the demo costs nothing and asks no network.
        """
        kept = ("PATH", "PYTHONPATH", "PYTHONHOME", "LANG", "LC_ALL", "TZ", "TERM", "NO_COLOR")
        return {**{name: outer[name] for name in kept if name in outer}, "HOME": str(self.home)}

    def build(self, now: datetime) -> None:
        """Write the project and the transcripts; the last one is of the day before `now`."""
        self.project.mkdir(parents=True, mode=0o755)
        (self.project / "package.json").write_text('{"name": "webshop", "private": true}\n')
        (self.project / "pnpm-lock.yaml").write_text("lockfileVersion: '9.0'\n")
        claude, codex, cursor = _SESSIONS
        slug = re.sub(r"[^a-zA-Z0-9]", "-", str(self.project))
        self._put("claude-code.jsonl", f".claude/projects/{slug}/{claude}.jsonl", now)
        day = (now - timedelta(days=2)).strftime("%Y/%m/%d")
        name = f"rollout-{day.replace('/', '-')}T14-30-00-{codex}.jsonl"
        self._put("codex.jsonl", f".codex/sessions/{day}/{name}", now)
        folder = f".cursor/projects/{re.sub('-+', '-', slug).strip('-')}"
        self._put("cursor.jsonl", f"{folder}/agent-transcripts/{cursor}/{cursor}.jsonl", now)
        trust = {"workspacePath": str(self.project), "trustMethod": "user"}
        (self.home / folder / ".workspace-trusted").write_text(json.dumps(trust))

    def run(self, env: Mapping[str, str]) -> list[str]:
        """Let the daemon capture and learn once; return the lines that it prints.

        Raises:
            HivemindError: it failed.
        """
        command = [sys.executable, "-P", "-m", "hivemindd", "--once"]
        try:
            done = subprocess.run(
                command,
                cwd=self.home,
                env=dict(env),
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise HivemindError(f"hivemindd could not be run: {error}") from error
        if done.returncode:
            words = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise HivemindError(f"hivemindd failed: {words[-1].removeprefix('hivemindd: ')}")
        return done.stdout.splitlines()

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _put(self, shipped: str, place: str, now: datetime) -> None:
        text = (SHIPPED / shipped).read_text("utf-8")
        project = json.dumps(str(self.project))[1:-1]
        text = text.replace("{{PROJECT}}", project)
        file = self.home / place
        file.parent.mkdir(parents=True)
        file.write_text(_DAY.sub(lambda match: _day(match, now), text), "utf-8")


def _day(match: re.Match[str], now: datetime) -> str:
    """Return a day before `now`, as Claude Code and Codex or as Cursor write it."""
    day = now.astimezone(UTC) - timedelta(days=int(match[2]))
    if match[1] == "DAY":
        return day.strftime("%Y-%m-%d")
    return f"{day:%A}, {day:%b} {day.day}, {day.year}, {match[3]} (UTC+0)"
