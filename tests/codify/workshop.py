"""Everything between a transcript and a skill, over real files: three sessions teach one."""

import threading
from pathlib import Path

from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.clock import Clock, SystemClock
from hivemindd.codify.pool import CodifyPool, Done
from hivemindd.codify.session import Codifier
from hivemindd.codify.shelf import Shelf
from hivemindd.ingest.loop import Ingest
from hivemindd.lessons.judge import Judge
from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.log.store import Log
from hivemindd.sessions.keeper import Keeper
from hivemindd.sessions.liveness import Registry
from tests.records import ClaudeSession

NAMES = (
    "a0000000-0000-4000-8000-000000000001",
    "b0000000-0000-4000-8000-000000000002",
    "c0000000-0000-4000-8000-000000000003",
    "d0000000-0000-4000-8000-000000000004",
    "e0000000-0000-4000-8000-000000000005",
)
PLANTED = "zebrafish-kvl"


class Workshop:
    """Everything between a transcript and a skill, over real files."""

    def __init__(self, home: Path, log: Log) -> None:
        """Use a scratch home and an open log."""
        self.home = home
        self.log = log
        self.project = home / "project"
        (self.project / ".git").mkdir(parents=True, exist_ok=True)
        self.places = Places(home)
        self.clock: Clock = SystemClock()
        self.skill = self.project / ".claude" / "skills" / "package-commands" / "SKILL.md"

    def correct(self, number: int, words: str = "use pnpm instead of npm") -> ClaudeSession:
        """Write a session in which the agent runs npm and is refused."""
        session = ClaudeSession(self.home, self.project, NAMES[number])
        session.prompt("add zod")
        call = session.call("Bash", command="npm install zod")
        session.reject(call, words)
        call = session.call("Bash", command="pnpm add zod")
        session.result(call, "done")
        session.reply("Added with pnpm.")
        return session

    def capture(self) -> None:
        """Take in what was written and treat every session as ended."""
        registry = Registry(self.places)
        keeper = Keeper(self.log, self.clock, registry, idle_after=300, end_after=1800)
        ingest = Ingest(
            self.log,
            ASSISTANTS,
            self.places,
            self.clock,
            every_n_turns=20,
            on_commit=keeper.notice,
        )
        ingest.scan()
        ingest.drain(threading.Event(), final=True)
        keeper.tick(end_all=True)

    def codifier(self, judge: Judge | None = None, *, publish: bool = True) -> Codifier:
        """Return what codifies a session with a judge, the local one by default."""
        shelf = Shelf(self.log, self.clock, home=self.home, publish=publish)
        return Codifier(self.log, judge or LocalJudge(), shelf, self.clock)

    def pool(self, judge: Judge | None = None, *, publish: bool = True) -> CodifyPool:
        """Return a pool that works with a judge, the local one by default."""
        codifier = self.codifier(judge, publish=publish)
        return CodifyPool(self.log, codifier, self.clock)

    def codify(self, judge: Judge | None = None) -> Done:
        """Work through everything that is due."""
        return self.pool(judge).run_all()
