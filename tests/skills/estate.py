"""A home with all that is not ours, and a project in it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.children import CHECKOUT
from tests.skills.make import NAME
from tests.snapshots import Entry, snapshot

FILES = {
    "shop/CLAUDE.md": "# Shop\n",
    "shop/AGENTS.md": "# Shop\n",
    "shop/src/main.py": "print()\n",
    "shop/.git/HEAD": "ref: refs/heads/main\n",
    "shop/.git/config": "[core]\n",
    "shop/.git/index": "DIRC",
    "shop/.claude/settings.json": "{}\n",
    "shop/.claude/commands/ship.md": "ship\n",
    "shop/.agents/notes.md": "notes\n",
    "shop/.cursor/rules/a.mdc": "a\n",
    "other/.claude/skills/package-commands/SKILL.md": "theirs\n",
    ".claude/CLAUDE.md": "mine\n",
    ".claude/skills/mine/SKILL.md": "mine\n",
    ".agents/skills/mine/SKILL.md": "mine\n",
}


class Estate:
    """A home with all that is not ours, and a project in it."""

    def __init__(self, home: Path) -> None:
        """Write everything."""
        self.home = home
        self.root = home / "shop"
        for name, text in FILES.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (home / "shop" / ".git" / "config").chmod(0o600)
        (home / "shop" / ".claude").chmod(0o750)
        self.skills, self.agents = (self.root / ".claude/skills", self.root / ".agents/skills")
        self.folder = self.skills / NAME
        self.before = self.look()

    def look(self) -> dict[str, Entry]:
        """Return all that must stay as it is."""
        return snapshot(self.home, self.skills, self.agents)

    def given(self) -> None:
        """Take what a test has prepared for a part of what must stay."""
        self.before = self.look()

    def press(self, *acts: str, limit: int = 0) -> list[str]:
        """Publish in a process without powers, and return what came of it."""
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tests.skills.pressed"),
                *map(str, (self.root, self.home, limit)),
                *acts,
            ],
            cwd=CHECKOUT,
            env={"HOME": str(self.home), "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()
