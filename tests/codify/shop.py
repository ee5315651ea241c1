"""A project in which a skill may go missing, by whatever a person or git does to it."""

import os
import shutil
from hashlib import sha256
from pathlib import Path

from hivemindd.codify.absence import Absences
from hivemindd.records import Skill, SkillState
from hivemindd.skills.contents import LINEAGE, SKILL
from hivemindd.skills.publish import Project
from hivemindd.skills.render import SkillText, render
from tests.codify.repositories import PATH, git

NAME = "package-commands"
ID = "0a1b2c3d"
LATER = 60  # seconds: long enough after git's last step to be no part of it
TEXT = render(SkillText(name=NAME, rules=["Use pnpm"]), ID, 1)


class Shop:
    """A project in which we wrote a skill, and the row that the log keeps of it."""

    def __init__(self, home: Path, root: Path) -> None:
        """Make the folder; `row` stands for what the log holds."""
        self.home = home
        self.root = root
        self.root.mkdir(exist_ok=True)
        self.skills = root / ".claude" / "skills"
        self.skill = self.skills / NAME / SKILL
        self.row = Skill(
            id=ID, workspace="w", name=NAME, path=str(self.skill), sha256=sha256(TEXT).hexdigest()
        )

    def write(self) -> None:
        """Write the skill as the daemon does it."""
        files = {SKILL: TEXT, LINEAGE: b"{}\n"}
        with Project(self.root, self.home) as project:
            project.write(NAME, files, expected="", skill_id=ID)
        self.row.written = self.skill.stat().st_mtime_ns // 1_000_000

    def commit(self, message: str = "skills") -> None:
        """Commit all there is."""
        git(self.root, "add", "--all")
        git(self.root, "commit", "-qm", message)

    def delete(self, later: int = LATER) -> None:
        """Delete the skill as a person would, some time after whatever else was done."""
        shutil.rmtree(self.skill.parent)
        at = self.skills.stat().st_mtime + later
        os.utime(self.skills, (at, at))

    def settle(self, *, search: str = PATH) -> tuple[SkillState, str]:
        """Look for the skill, keep the row; return its state and why."""
        with Project(self.root, self.home) as project:
            self.row = Absences(self.root, project, search=search).settle(self.row)
        return self.row.state, self.row.note
