"""What the process behind a session wishes, with real processes."""

import os
import sys
from pathlib import Path

import pytest

from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.clock import SystemClock
from hivemindd.records import Session
from hivemindd.sessions.liveness import Registry
from hivemindd.sessions.wishes import NOBODY, Wish, Wishes
from tests.capture.programs import running
from tests.children import Child
from tests.sessions.make import make_session
from tests.sessions.running import enter

NO = {"HIVEMIND_CAPTURE": "false"}
TEAM = {"HIVEMIND_WORKSPACE_ID": "team"}
linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel lists locks on Linux only")


@pytest.fixture(name="wishes")
def _wishes(scratch_home: Path) -> Wishes:
    return Wishes(Registry(Places(scratch_home)), ASSISTANTS, SystemClock())


@pytest.fixture(name="sessions")
def _sessions(scratch_home: Path) -> Path:
    folder = scratch_home / ".claude" / "sessions"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(name="locks")
def _locks(scratch_home: Path) -> Path:
    folder = scratch_home / ".codex" / "thread-writer-locks"
    folder.mkdir(parents=True)
    return folder


def written(*, after_s: float = 0, version: str = "2.1.329", **fields: object) -> Session:
    """Return a session of which something was written just now, or some seconds later."""
    at = SystemClock().now() + round(after_s * 1000)
    return make_session(version=version, last_append=at, **fields)


def ask(wishes: Wishes, session: Session, *, known: bool = False) -> Wish:
    """Return what is known now of who wrote a session."""
    wishes.refresh()
    return wishes.of(session, known=known)


def cursor(folder: Path, *, after_s: float = 0) -> Session:
    """Return a session of Cursor, which keeps no registry."""
    return written(assistant="cursor", cwd=str(folder), version="", after_s=after_s)


def test_what_a_process_wished_outlives_it(sessions: Path, wishes: Wishes) -> None:
    """A short session may be over before its first event is read."""
    with Child("tests.capture.consenting", **NO) as child:
        assert child.hear() == "here"
        file = enter(sessions, child.pid)
        wishes.refresh()
        child.kill()
    file.unlink()

    assert ask(wishes, written()) == Wish(NO, "asked", seen=True)


def test_a_session_that_was_over_too_soon_was_missed(sessions: Path, wishes: Wishes) -> None:
    """Its version says that a process must have been there, and none is."""
    enter(sessions, os.getpid(), sessionId="another")
    wishes.refresh()

    assert ask(wishes, written()) == Wish(heard="missed")


def test_whoever_writes_later_is_somebody_else(sessions: Path, wishes: Wishes) -> None:
    """A session is resumed by a new process, whose wish is its own."""
    with Child("tests.capture.consenting") as child:
        assert child.hear() == "here"
        file = enter(sessions, child.pid)
        wishes.refresh()
        child.kill()
    file.unlink()
    assert ask(wishes, written()) == Wish({}, "asked", seen=True)

    assert ask(wishes, written(after_s=60), known=True) == Wish(heard="missed", seen=True)
    with Child("tests.capture.consenting", **NO) as child:
        assert child.hear() == "here"
        enter(sessions, child.pid)
        assert ask(wishes, written(after_s=60), known=True) == Wish(NO, "asked", seen=True)


def test_of_two_processes_one_that_objects_is_enough(sessions: Path, wishes: Wishes) -> None:
    """Both write the same session."""
    with (
        Child("tests.capture.consenting", **TEAM) as first,
        Child("tests.capture.consenting", **NO) as second,
    ):
        for child in (first, second):
            assert child.hear() == "here"
            enter(sessions, child.pid)

        assert ask(wishes, written()).said == NO | TEAM


def test_an_old_version_is_found_by_name_and_folder(tmp_path: Path, wishes: Wishes) -> None:
    """Claude Code before 2.1.104 names no process."""
    with running("claude", tmp_path, **NO):
        old = written(version="2.0.0", cwd=str(tmp_path))
        assert ask(wishes, old) == Wish(NO, "asked")


class TestByName:
    """Where no process is named: the assistant's program in the session's folder."""

    def test_the_program_in_the_folder_is_asked(self, tmp_path: Path, wishes: Wishes) -> None:
        """Through a link to the folder, too."""
        folder, link = tmp_path / "folder", tmp_path / "link"
        folder.mkdir()
        link.symlink_to(folder)
        with running("cursor-agent", folder, **TEAM):
            assert ask(wishes, cursor(folder)) == Wish(TEAM, "asked")
            assert ask(wishes, cursor(link)) == Wish(TEAM, "asked")

    def test_nobody_else_is(self, tmp_path: Path, wishes: Wishes) -> None:
        """Not who works elsewhere, has another name, or began after the last line."""
        here, there = tmp_path / "here", tmp_path / "there"
        here.mkdir()
        there.mkdir()
        with running("cursor-agent", there, **NO), running("vim", here, **NO):
            assert ask(wishes, cursor(here)) == NOBODY
        with running("cursor-agent", here, **NO):
            assert ask(wishes, cursor(here, after_s=-60)) == NOBODY

    def test_who_belongs_to_another_session_is_left_out(
        self, sessions: Path, tmp_path: Path, wishes: Wishes
    ) -> None:
        """Its assistant names it there."""
        with running("claude", tmp_path, **NO) as pid:
            enter(sessions, pid, sessionId="another")

            assert ask(wishes, written(version="2.0.0", cwd=str(tmp_path))) == NOBODY

    @pytest.mark.parametrize("cwd", ["", "C:\\shop", "/a\0b", "/a/\ud800"])
    def test_a_folder_that_is_none(self, wishes: Wishes, cwd: str) -> None:
        """Then there is nobody."""
        assert ask(wishes, written(assistant="cursor", cwd=cwd, version="")) == NOBODY


@linux
class TestCodex:
    """The holder of the lock, unless it works for many terminals."""

    def test_the_holder_of_the_lock_is_asked(self, locks: Path, wishes: Wishes) -> None:
        """The kernel names it."""
        lock = locks / "thread.lock"
        lock.touch()
        with Child("tests.sessions.locking", lock, **NO) as child:
            assert [child.hear(), child.hear()] == ["here", "locked"]

            session = written(assistant="codex", id="thread", version="0.169.0")
            assert ask(wishes, session) == Wish(NO, "asked", seen=True)

    def test_a_shared_daemon_is_not_asked_but_the_terminal_is(
        self, locks: Path, wishes: Wishes, tmp_path: Path
    ) -> None:
        """The daemon has the environment of whichever terminal started it, long ago."""
        lock = locks / "thread.lock"
        lock.touch()
        session = written(
            assistant="codex", id="thread", version="0.169.0", cwd=str(tmp_path), after_s=1
        )
        with Child("tests.sessions.locking", lock, "--managed-daemon", **NO) as child:
            assert [child.hear(), child.hear()] == ["here", "locked"]
            with running("codex", tmp_path, **TEAM):
                assert ask(wishes, session) == Wish(TEAM, "asked")

    def test_a_terminal_that_has_gone_was_missed(
        self, locks: Path, wishes: Wishes, tmp_path: Path
    ) -> None:
        """The daemon goes on, and says nothing of who asked it."""
        lock = locks / "thread.lock"
        lock.touch()
        session = written(assistant="codex", id="thread", version="0.169.0", cwd=str(tmp_path))
        with Child("tests.sessions.locking", lock, "--managed-daemon", **NO) as child:
            assert [child.hear(), child.hear()] == ["here", "locked"]

            assert ask(wishes, session) == Wish(heard="missed")
