"""A project with skills in it, and everything that people and new evidence do to them."""

import shutil
from pathlib import Path
from typing import Any

from hivemindd.codify.decisions import Decisions
from hivemindd.codify.learned import renew
from hivemindd.codify.rulings import Rulings
from hivemindd.codify.shelf import Shelf
from hivemindd.log.keys import session_key, text_key, workspace_key
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, LESSONS, SKILLS, WORKSPACES, Txn
from hivemindd.records import Correction, Lesson, Skill, Workspace
from tests.clocks import SetClock
from tests.codify.repositories import PATH
from tests.lessons.make import make_verdict

PLACE = "shop"
NAME = "package-commands"  # of the skill that the first two topics become
# What is taught by each name: two rules of one activity, and one of another.
TOPICS: dict[str, dict[str, Any]] = {
    "pnpm": {"rule": "Use pnpm instead of npm", "right": "pnpm", "wrong": "npm"},
    "exact": {"rule": "Pin exact versions of new packages", "right": "", "wrong": ""},
    "tabs": {
        "rule": "Indent Makefiles with tabs instead of spaces",
        "right": "tabs",
        "wrong": "spaces",
        "activity": "code-style",
    },
    "push": {
        "rule": "Push to the review branch after every green run",
        "right": "",
        "wrong": "",
        "activity": "version-control",
    },
}


class Library:
    """Real files, a real log, and no judge: what was judged is put down as it comes."""

    def __init__(self, folder: Path, *, review: bool = False) -> None:
        """Begin with an empty project below a folder."""
        self.home = folder / "home"
        self.root = self.home / "shop"
        self.root.mkdir(parents=True)
        self.clock = SetClock()
        self.folder = folder / "log"
        self.log: Log = open_log(self.folder, map_size=1 << 20)
        place = Workspace(id=PLACE, name=PLACE, root=str(self.root))
        self.log.transact(lambda txn: WORKSPACES.put(txn, workspace_key(PLACE), place))
        self._said = 0
        self.wire(review=review)

    def wire(self, *, review: bool, publish: bool = True) -> None:
        """Take other settings, as after a restart."""
        self.shelf = Shelf(
            self.log, self.clock, home=self.home, publish=publish, review=review, search=PATH
        )
        self.decisions = Decisions(self.log, self.shelf)
        self.rulings = Rulings(self.log, self.shelf)

    def restart(self, *, review: bool) -> None:
        """Close the log and open it again."""
        self.log.close()
        self.log = open_log(self.folder, map_size=1 << 20)
        self.wire(review=review)

    def say(self, topic: str, **fields: Any) -> None:
        """Put down one judged correction, in a session of its own."""
        self._said += 1
        name = f"c{self._said}"
        verdict = make_verdict(name, **TOPICS[topic] | fields)
        row = Correction(
            id=name,
            workspace=PLACE,
            session=f"s{self._said}",
            assistant="claude-code",
            ts=self._said,
            channel="rejection",
            reason="pnpm please",
            quote="pnpm please",
            weight=1.0,
            state="accepted",
            verdict=verdict,
            judge="p2 of a model",
        )

        def put(txn: Txn) -> None:
            key = workspace_key(PLACE) + session_key(row.assistant, row.session)
            CORRECTIONS.put(txn, key + text_key(row.id), row)
            renew(txn, PLACE)

        self.log.transact(put)

    def teach(self, topic: str) -> None:
        """Say a rule for good, and once more in another session: it is promoted."""
        self.say(topic, directive="always")
        self.say(topic)

    def publish(self) -> list[str]:
        """Bring the project up to date."""
        self.clock.step(60)
        return self.shelf.publish(PLACE)

    @property
    def skills(self) -> dict[str, Skill]:
        """The rows of all skills by their names."""
        with self.log.read() as txn:
            return {row.name: row for row in SKILLS.rows(txn)}

    @property
    def lessons(self) -> dict[str, Lesson]:
        """The lessons by their rules."""
        with self.log.read() as txn:
            return {row.rule: row for row in LESSONS.rows(txn)}

    def file(self, name: str) -> Path:
        """Return where a skill lies."""
        return self.root / ".claude" / "skills" / name / "SKILL.md"

    def spread(self) -> Path:
        """Have the workspace span a second project; return its root."""
        further = self.home / "further"
        further.mkdir()

        def put(txn: Txn) -> None:
            place = WORKSPACES.get(txn, workspace_key(PLACE))
            assert place is not None
            place.more_roots = [str(further)]
            WORKSPACES.put(txn, workspace_key(PLACE), place)

        self.log.transact(put)
        return further

    def rows(self, root: str = "") -> list[Skill]:
        """Return the rows of all skills of one project, by default of the first."""
        with self.log.read() as txn:
            return [row for row in SKILLS.rows(txn) if row.root == root]

    def decide(self, what: str, name: str) -> Any:
        """Have a person decide about a skill."""
        return getattr(self.decisions, what)(PLACE, self.skills[name].id)

    def tree(self) -> dict[str, bytes]:
        """Return the content of all files of the project."""
        files = (path for path in self.root.rglob("*") if path.is_file())
        return {str(path.relative_to(self.root)): path.read_bytes() for path in files}

    def close(self) -> None:
        """Close the log and clear everything away."""
        self.log.close()
        shutil.rmtree(self.home.parent)
