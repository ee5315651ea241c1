"""A session whose folder is found only later is asked then, as a new one is at its beginning."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from hivemindd.assistants.base import Places
from hivemindd.assistants.cursor.folder import slugify
from hivemindd.clock import SystemClock
from hivemindd.config import Config
from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.setup import make_ingest
from hivemindd.log.compact import is_compaction_due
from hivemindd.log.keys import text_key, workspace_key
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from hivemindd.log.tables import LESSONS, SESSIONS, WORKSPACES
from hivemindd.paths import make_private
from hivemindd.records import Lesson, Session
from tests.capture.programs import running
from tests.ingest.taken import events, prompts, run
from tests.planting.cursor_records import asked, called

SESSION = "11111111-2222-4333-8444-555555555555"


class Talk:
    """A session of Cursor in one of two folders that have the same slug."""

    def __init__(self, home: Path) -> None:
        """Make both folders; no search can choose between them."""
        for name in ("my-app", "my_app"):
            (home / "dev" / name).mkdir(parents=True)
        self.folder = home / "dev" / "my_app"
        slug = slugify(str(self.folder.resolve()))
        place = home / ".cursor" / "projects" / slug / "agent-transcripts" / SESSION
        place.mkdir(parents=True)
        self.path = place / f"{SESSION}.jsonl"

    def write(self, *records: dict[str, Any]) -> None:
        """Append messages."""
        with self.path.open("a") as file:
            file.writelines(json.dumps(record) + "\n" for record in records)

    def work(self) -> None:
        """Have the agent name a file, by which the folder is known, and the person go on."""
        (call,) = called("Read", {"path": str(self.folder.resolve() / "a.py")})
        self.write(call, asked("second"))


@pytest.fixture(name="talk")
def _talk(scratch_home: Path) -> Talk:
    return Talk(scratch_home)


def start(log: Log, home: Path) -> Ingest:
    """Return an ingest that asks real processes, and has begun to look."""
    ingest, _, _ = make_ingest(log, Config(), Places(home), SystemClock())
    run(ingest)
    return ingest


def refuse(talk: Talk, ingest: Ingest) -> None:
    """Run a process that says no, and show its folder only after its first words."""
    with running("cursor-agent", talk.folder, HIVEMIND_CAPTURE="false"):
        talk.write(asked("first"))
        run(ingest)
        talk.work()
        run(ingest)


def row(log: Log) -> Session:
    """Return the one session."""
    with log.read() as txn:
        (found,) = SESSIONS.rows(txn)
    return found


def test_a_process_that_said_no_is_heard_once_its_folder_is_known(
    talk: Talk, log: Log, scratch_home: Path
) -> None:
    """Nothing is left of what was stored before it could be found."""
    ingest = start(log, scratch_home)
    refuse(talk, ingest)
    talk.write(asked("third"))
    run(ingest)

    assert events(log, SESSION, "cursor") == []
    found = row(log)
    assert found.why_not == "HIVEMIND_CAPTURE=false in its environment"
    assert (found.events, found.prompts, found.blocks) == (0, 0, 0)
    with log.read() as txn:
        assert is_compaction_due(txn)


def test_a_process_that_says_nothing_is_captured(talk: Talk, log: Log, scratch_home: Path) -> None:
    """With what it said before, too."""
    ingest = start(log, scratch_home)
    with running("cursor-agent", talk.folder):
        talk.write(asked("first"))
        run(ingest)
        talk.work()
        run(ingest)

    assert prompts_of(log) == ["first", "second"]


def test_a_folder_that_says_no_is_left_alone_with_what_came_before(
    talk: Talk, log: Log, scratch_home: Path
) -> None:
    """Also when the file is read again; what is said after it has changed its mind is taken in."""
    switch = talk.folder / ".hivemind"
    switch.write_text('{"collect": false}')
    ingest = start(log, scratch_home)
    talk.write(asked("first"))
    run(ingest)
    assert prompts_of(log) == ["first"]
    talk.work()
    run(ingest)
    assert events(log, SESSION, "cursor") == []
    assert str(switch) in row(log).why_not

    switch.unlink()
    os.utime(talk.path)
    ingest.forget_signatures()
    talk.write(asked("third"))
    run(ingest)
    assert prompts_of(log) == ["third"]


def test_no_lesson_is_left_of_a_workspace_that_nobody_is_in(
    talk: Talk, log: Log, scratch_home: Path
) -> None:
    """It quotes what was said in a session that has turned out to be elsewhere."""
    (talk.folder / ".hivemind").write_text('{"collect": false}')
    ingest = start(log, scratch_home)
    talk.write(asked("first"))
    run(ingest)
    left = row(log).workspace
    key = workspace_key(left) + text_key("l")
    log.transact(
        lambda txn: LESSONS.put(txn, key, Lesson(id="l", workspace=left, rule="Say first."))
    )
    talk.work()
    run(ingest)

    with log.read() as txn:
        assert LESSONS.rows(txn) == []
        assert left not in {each.id for each in WORKSPACES.rows(txn)}


def test_a_log_that_begins_anew_leaves_it_out_as_well(
    talk: Talk, scratch_home: Path, tmp_path: Path
) -> None:
    """Nobody runs any more who could say no again."""
    log = new_log(tmp_path / "state" / "log")
    ingest = start(log, scratch_home)
    refuse(talk, ingest)
    log.close()
    (tmp_path / "state" / "log").rename(tmp_path / "lost")

    log = new_log(tmp_path / "state" / "log")
    aside = talk.path.read_bytes()
    talk.path.write_bytes(aside.splitlines(keepends=True)[0])
    ingest = start(log, scratch_home)
    talk.path.write_bytes(aside)
    talk.write(asked("third"))
    run(ingest)
    assert events(log, SESSION, "cursor") == []
    log.close()


def new_log(folder: Path) -> Log:
    """Open a log in a state folder of its own."""
    make_private(folder.parent)
    make_private(folder)
    return open_log(folder, map_size=1 << 20)


def prompts_of(log: Log) -> list[str]:
    """Return what the person said."""
    return prompts(log, SESSION, "cursor")
