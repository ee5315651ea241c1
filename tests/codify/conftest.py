"""Projects: one whose sessions correct the same thing, and some with a skill already."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hivemindctl.stage import Stage
from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.clock import Clock, SystemClock
from hivemindd.codify.pool import CodifyPool, Done
from hivemindd.codify.session import Codifier
from hivemindd.codify.shelf import Shelf
from hivemindd.ingest.loop import Ingest
from hivemindd.lessons.judge import Judge
from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from hivemindd.sessions.keeper import Keeper
from hivemindd.sessions.liveness import Registry
from tests.clocks import SetClock
from tests.codify.library import NAME, Library
from tests.codify.repositories import git
from tests.codify.shop import Shop
from tests.records import ClaudeSession

NAMES = (
    "a0000000-0000-4000-8000-000000000001",
    "b0000000-0000-4000-8000-000000000002",
    "c0000000-0000-4000-8000-000000000003",
    "d0000000-0000-4000-8000-000000000004",
)
PLANTED = "zebrafish-kvl"


class Workshop:
    """Everything between a transcript and a skill, over real files."""

    def __init__(self, home: Path, log: Log) -> None:
        """Use a scratch home and an open log."""
        self.home = home
        self.log = log
        self.project = home / "project"
        (self.project / ".git").mkdir(parents=True)
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

    def pool(self, judge: Judge | None = None, *, publish: bool = True) -> CodifyPool:
        """Return a pool that works with a judge, the local one by default."""
        shelf = Shelf(self.log, self.clock, home=self.home, publish=publish)
        codifier = Codifier(self.log, judge or LocalJudge(), shelf, self.clock)
        return CodifyPool(self.log, codifier, self.clock)

    def codify(self, judge: Judge | None = None) -> Done:
        """Work through everything that is due."""
        return self.pool(judge).run_all()


@pytest.fixture(name="workshop")
def _workshop(scratch_home: Path, tmp_path: Path) -> Iterator[Workshop]:
    log = open_log(tmp_path / "log", map_size=1 << 20)
    yield Workshop(scratch_home, log)
    log.close()


@pytest.fixture(name="taught")
def _taught(workshop: Workshop) -> Workshop:
    """Give a workshop with a clock that stands, and three sessions that are read."""
    workshop.clock = SetClock()
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    workshop.codify()
    return workshop


@pytest.fixture(name="learned")
def _learned(workshop: Workshop) -> Workshop:
    """Give a workshop with a skill, taught by three sessions, the first with a planted word."""
    workshop.correct(0, f"use pnpm instead of npm in {PLANTED}")
    workshop.correct(1)
    workshop.correct(2)
    workshop.capture()
    workshop.codify()
    assert workshop.skill.exists()
    return workshop


@pytest.fixture(name="staged")
def _staged(log_of_stage: Log, tmp_path: Path) -> Workshop:
    """Give a workshop in which each of the three assistants was corrected once."""
    stage = Stage(tmp_path)
    stage.build(datetime.now(UTC))
    workshop = Workshop(stage.home, log_of_stage)
    workshop.project = stage.project
    workshop.capture()
    return workshop


@pytest.fixture(name="log_of_stage")
def _log_of_stage(workshop: Workshop) -> Log:
    return workshop.log


@pytest.fixture(name="library")
def _library(tmp_path: Path) -> Iterator[Library]:
    """Give a project in which one rule was learned and published."""
    library = Library(tmp_path / "library")
    library.teach("pnpm")
    assert library.publish() == [str(library.file(NAME))]
    yield library
    library.close()


@pytest.fixture(name="reviewed")
def _reviewed(tmp_path: Path) -> Iterator[Library]:
    """Give a project in which a rule was learned, and waits for a person."""
    library = Library(tmp_path / "reviewed", review=True)
    library.teach("pnpm")
    assert library.publish() == []
    yield library
    library.close()


@pytest.fixture(name="plain")
def _plain(scratch_home: Path) -> Shop:
    """Return a project without version control."""
    shop = Shop(scratch_home, scratch_home / "shop")
    (shop.root / "app.py").write_text("one\n")
    shop.write()
    return shop


@pytest.fixture(name="shop")
def _shop(scratch_home: Path) -> Shop:
    """Return a repository with one commit, and a skill that nobody has committed."""
    shop = Shop(scratch_home, scratch_home / "shop")
    git(shop.root, "init", "-q")
    (shop.root / "app.py").write_text("one\n")
    shop.commit("first")
    shop.write()
    return shop
