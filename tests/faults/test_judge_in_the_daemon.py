"""A judge that refuses, hangs, or has answered just before the daemon is killed."""

import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from hivemindd.control.protocol import ask
from hivemindd.log.opening import open_log_readonly
from hivemindd.log.tables import CORRECTIONS, DEEDS, DUE, LESSONS, SKILLS
from tests.children import CHECKOUT
from tests.codify.replaying import Teacher
from tests.faults.lessons import NAME, SESSIONS, Lessons, asking, left_over
from tests.ingest.taken import prompts
from tests.lessons.anthropic_stub import Answer, Stub, failure
from tests.process import DEADLINE, Daemon, await_true

LEARN = "hivemindd.codify.session:Codifier._learn"
FINISH = "hivemindd.codify.session:Codifier._finish"
PUBLISH = "hivemindd.codify.shelf:Shelf.publish"
WRITE = "hivemindd.skills.publish:Project.write"
REPLACE = "hivemindd.skills.contents:replace"  # lineage.json first, then SKILL.md
# Where it dies, and how often the judge is asked in all; 3 times if nothing goes wrong.
STEPS = {
    "after:hivemindd.lessons.judge_api:ApiModel.ask:1": SESSIONS + 1,
    "after:hivemindd.codify.ledger:Ledger.add:1": SESSIONS + 1,
    f"after:{LEARN}:1": SESSIONS + 1,  # its transaction has not been committed
    f"before:{PUBLISH}:1": SESSIONS,
    f"before:{FINISH}:1": SESSIONS,
    f"after:{FINISH}:1": SESSIONS,
    f"before:{WRITE}:1": SESSIONS,
    f"before:{REPLACE}:2": SESSIONS,
    f"after:{REPLACE}:2": SESSIONS,
    f"after:{WRITE}:1": SESSIONS,
    f"after:{PUBLISH}:3": SESSIONS,
}


def learned(lessons: Lessons) -> dict[str, Any]:
    """Return what was learned and written, without the times of it."""
    log = open_log_readonly(lessons.paths.log)
    with log.read() as txn:
        found = {
            "corrections": [(row.id, row.state, row.lesson) for row in CORRECTIONS.rows(txn)],
            "lessons": [
                (row.id, row.rule, row.state, [each.correction for each in row.evidence])
                for row in LESSONS.rows(txn)
            ],
            "skills": [(row.id, row.name, row.version, row.state) for row in SKILLS.rows(txn)],
            "written": [row.after for row in DEEDS.rows(txn) if row.what == "written"],
            "due": DUE.rows(txn),
        }
    log.close()
    files = [path for path in lessons.project.rglob("*") if path.is_file()]
    return found | {"files": {path.name: path.read_bytes() for path in files}}


@pytest.fixture(name="home", scope="module")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("killed") / "home"


@pytest.fixture(name="unhurt", scope="module")
def _unhurt(home: Path) -> dict[str, Any]:
    lessons = Lessons(home)
    with Teacher() as stub:
        assert lessons.once(env=asking(stub.url)).returncode == 0
        assert len(stub.requests) == SESSIONS
    found = learned(lessons)
    assert [row[1:] for row in found["skills"]] == [(NAME, 1, "active")]
    assert found["due"] == []
    return found


@pytest.fixture(name="lessons")
def _lessons(home: Path, unhurt: dict[str, Any]) -> Lessons:
    assert unhurt
    shutil.rmtree(home)
    return Lessons(home)


@pytest.mark.parametrize("step", STEPS)
def test_52_killed_between_the_answer_and_the_skill(
    lessons: Lessons, unhurt: dict[str, Any], step: str
) -> None:
    """The next run makes the same of it; who was answered, and kept it, is not asked again."""
    with Teacher() as stub:
        assert lessons.once(step, env=asking(stub.url)).returncode == -signal.SIGKILL
        again = lessons.once(env=asking(stub.url))
        assert again.returncode == 0, again.stderr
        assert len(stub.requests) == STEPS[step]

    assert learned(lessons) == unhurt
    assert left_over(lessons.project) == []


def test_50_a_new_key_is_tried_at_once(scratch_home: Path) -> None:
    """Meanwhile one call told that it is refused, and all was captured; nothing was lost."""
    lessons = Lessons(scratch_home)
    with (
        Stub(failure(401, "authentication_error")) as stub,
        Daemon(scratch_home, **asking(stub.url)) as daemon,
    ):
        await_true(
            lambda: [row.needs_person for row in lessons.due] == [True] * SESSIONS,
            "all sessions wait for a person",
        )
        lessons.sessions[0].prompt("and now?")
        await_true(lambda: "and now?" in said(lessons), "it is captured")
        assert daemon.stop() == 0
        assert len(stub.requests) == 1
    with Teacher() as stub, Daemon(scratch_home, **asking(stub.url)):
        await_true(lessons.skill.exists, "the skill is there")


def said(lessons: Lessons) -> list[str]:
    """Return what a person said in the first session."""
    log = open_log_readonly(lessons.paths.log)
    try:
        return prompts(log, lessons.sessions[0].session)
    finally:
        log.close()


class Silent(Stub):
    """A server that never answers, and says when it was asked."""

    def __init__(self) -> None:
        """Begin with nobody who waits."""
        super().__init__(Answer(held=True))
        self.asked = threading.Event()

    def play(self, headers: dict[str, str], body: bytes) -> Answer:
        """Note that somebody waits."""
        self.asked.set()
        return super().play(headers, body)


def test_53_told_to_stop_while_the_judge_is_silent(scratch_home: Path) -> None:
    """All else goes on meanwhile; it stops in time, and the work is done when it runs again."""
    lessons = Lessons(scratch_home, None, 'timeout = "1h"')
    with Silent() as silent, Daemon(scratch_home, **asking(silent.url)) as daemon:
        assert silent.asked.wait(DEADLINE)
        lessons.sessions[0].prompt("and now?")
        await_true(lambda: "and now?" in said(lessons), "it is captured")
        assert ask(daemon.paths, "status")["pid"] == daemon.process.pid
        assert daemon.stop() == 0  # within the 20 s of a service manager
    assert len(lessons.due) == SESSIONS
    with Teacher() as stub, Daemon(scratch_home, **asking(stub.url)):
        await_true(lessons.skill.exists, "the skill is there")


def test_53_a_silent_judge_is_given_up(scratch_home: Path) -> None:
    """After the time that the settings allow, and the others have their turn."""
    program = scratch_home / "claude"
    program.write_text('#!/bin/sh\necho $$ >> "$HOME/pids"\nexec sleep 1000\n')
    program.chmod(0o755)
    cli = ('kind = "claude-cli"', f'program = "{program}"', 'timeout = "1s"')
    lessons = Lessons(scratch_home, None, *cli)
    done = lessons.once()

    assert done.returncode == 0, done.stderr
    assert {row.error for row in lessons.due} == {f"{program} did not answer within 1 s"}
    pids = (scratch_home / "pids").read_text().split()
    assert len(pids) == 1  # it has failed: the other sessions need not try
    assert not Path("/proc", pids[0]).exists()


def test_53_a_worker_that_hangs_for_good_is_replaced(scratch_home: Path) -> None:
    """Nobody hears of it any more: the process starts anew, as a service manager would do."""
    lessons = Lessons(scratch_home, None, 'kind = "local"')
    before = (
        *("env", f"PYTHONPATH={CHECKOUT}", sys.executable, "-m", "tests.faults.dying"),
        "hang:hivemindd.codify.session:Codifier._load:1",
        "set:hivemindd.codify.pool:AT_WORK:4",
        "set:hivemindd.daemon:PATIENCE:4",
        "set:hivemindd.daemon:CHECK_EVERY:0.1",
    )
    with Daemon(scratch_home, before=before) as daemon:
        await_true(lessons.skill.exists, "the skill is there", within=60)
        assert "no sign of life threads=codify" in daemon.output.read_text()
        assert daemon.stop() == 0
