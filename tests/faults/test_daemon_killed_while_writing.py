"""Fault 52: the real daemon, killed before it can note what it did to a skill."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hivemindd.log.opening import open_log_readonly
from hivemindd.log.tables import DEEDS, RECEIPTS, SKILLS, WORKSPACES, Txn
from tests.ctl.runner import spawn
from tests.faults.lessons import NAME, Lessons
from tests.faults.teaching import SESSIONS


@pytest.fixture(name="unnoted")
def _unnoted(scratch_home: Path) -> Lessons:
    """Give a real first skill, whose daemon was killed before it could note it."""
    lessons = Lessons(scratch_home, None, 'kind = "local"')
    killed = lessons.once("before:hivemindd.codify.copies:Copies.account:1")
    assert (killed.returncode, lessons.skill.exists()) == (-signal.SIGKILL, True)
    return lessons


def forget(lessons: Lessons, *which: str) -> str:
    """Have hivemindctl forget without a daemon; return what it printed."""
    done = spawn(lessons.home, "forget", *which, "--yes")
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def run_again(lessons: Lessons) -> Iterator[Txn]:
    """Run the daemon once more, and give the rows that it leaves."""
    done = lessons.once()
    assert done.returncode == 0, done.stderr
    log = open_log_readonly(lessons.paths.log)
    try:
        with log.read() as txn:
            yield txn
    finally:
        log.close()


def test_52_a_daemon_that_is_killed_when_a_skill_has_gone(scratch_home: Path) -> None:
    """The real one, which finishes it when it runs again."""
    lessons = Lessons(scratch_home, None, 'kind = "local"')
    assert lessons.once().returncode == 0
    assert lessons.skill.exists()
    session = lessons.teach(len(SESSIONS))
    session.prompt("from now on always use npm, never pnpm")
    killed = lessons.once("after:hivemindd.skills.publish:Project.clear:1")
    assert (killed.returncode, lessons.skill.exists()) == (-signal.SIGKILL, False)

    with run_again(lessons) as txn:
        assert [row.state for row in SKILLS.rows(txn)] == ["retired"]
        assert [deed.what for deed in DEEDS.rows(txn)][-1] == "removed"


ONE, ALL = ("--session", SESSIONS[0]), ("--workspace", "project")


@pytest.mark.parametrize("which", [ONE, ALL], ids=["one", "all"])
def test_52_killed_before_the_row_of_a_skill_that_is_forgotten(
    unnoted: Lessons, which: tuple[str, str]
) -> None:
    """No lesson asks for it any more, and it is found all the same; nothing tells of it."""
    assert f"Took back {NAME}." in forget(unnoted, *which)

    assert list(unnoted.skill.parents[1].iterdir()) == []
    with run_again(unnoted) as txn:
        assert (SKILLS.rows(txn), RECEIPTS.rows(txn)) == ([], [])
        assert len(WORKSPACES.rows(txn)) == (which is ONE)
        assert {deed.skill for deed in DEEDS.rows(txn)} == {""}


def test_52_killed_before_the_row_of_a_skill_that_is_forgotten_and_edited(
    unnoted: Lessons,
) -> None:
    """It is whose it was made by, and stays."""
    unnoted.skill.write_text(unnoted.skill.read_text() + "\nAnd mind the lock file.\n")
    before = unnoted.skill.read_bytes()
    forget(unnoted, *ONE)

    with run_again(unnoted):
        assert unnoted.skill.read_bytes() == before


@pytest.mark.parametrize("which", [ONE, ALL], ids=["one", "all"])
def test_52_killed_before_the_row_of_a_skill_that_is_forgotten_while_away(
    unnoted: Lessons, which: tuple[str, str]
) -> None:
    """It goes when its project is back, and leaves no receipt of its words."""
    away = unnoted.project.rename(unnoted.home / "unplugged")
    forget(unnoted, *which)
    away.rename(unnoted.project)

    with run_again(unnoted) as txn:
        assert list(unnoted.skill.parents[1].iterdir()) == []
        assert [receipt.files for receipt in RECEIPTS.rows(txn)] == [{}, {}]
