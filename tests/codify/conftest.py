"""Projects: one whose sessions correct the same thing, and some with a skill already."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hivemindctl.stage import Stage
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from tests.clocks import SetClock
from tests.codify.aging import age
from tests.codify.bench import Bench
from tests.codify.library import NAME, Library
from tests.codify.repositories import git
from tests.codify.shop import Shop
from tests.codify.workshop import PLANTED, Workshop


@pytest.fixture(name="workshop")
def _workshop(scratch_home: Path, tmp_path: Path) -> Iterator[Workshop]:
    log = open_log(tmp_path / "log", map_size=1 << 20)
    yield Workshop(scratch_home, log)
    log.close()


@pytest.fixture(name="aged")
def _aged(workshop: Workshop) -> Workshop:
    """Give a workshop with a skill and another session, three years after all of it."""
    return age(workshop)


@pytest.fixture(name="bench")
def _bench(scratch_home: Path, tmp_path: Path) -> Iterator[Bench]:
    log = open_log(tmp_path / "log", map_size=1 << 20)
    bench = Bench(scratch_home, log)
    bench.git("init", "-q")
    yield bench
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
