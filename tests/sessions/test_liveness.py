"""What running assistants leave behind, with real processes and real locks."""

import fcntl
import os
import sys
from pathlib import Path

import pytest

from hivemindd.assistants.base import Places
from hivemindd.records import Session
from hivemindd.sessions import liveness
from hivemindd.sessions.lifecycle import Liveness
from hivemindd.sessions.liveness import Registry
from tests.children import Child
from tests.sessions.make import make_session
from tests.sessions.running import enter, start_time

OLD, NEW = "2.0.0", "2.1.329"
linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel lists locks on Linux only")


def codex_session(version: str = "0.150.0") -> Session:
    """Return a session of Codex."""
    return make_session(assistant="codex", id="thread", version=version)


@pytest.fixture(name="registry")
def _registry(scratch_home: Path) -> Registry:
    return Registry(Places(scratch_home))


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


def look(registry: Registry, session: Session | None = None) -> Liveness:
    """Refresh and ask about a session."""
    registry.refresh()
    return registry.liveness(session or make_session(version=NEW))


class TestClaudeCode:
    """`sessions/<pid>.json`."""

    @pytest.mark.parametrize(
        ("status", "expected"),
        [("busy", "busy"), ("idle", "idle"), ("waiting", "idle"), ("other", "open"), ("", "open")],
    )
    def test_an_entry_says_how_it_is(
        self, sessions: Path, registry: Registry, status: str, expected: str
    ) -> None:
        """A status that nobody knows yet says at least that the program runs."""
        enter(sessions, os.getpid(), status=status)

        assert look(registry) == expected
        assert registry.pid("claude-code", "s") == os.getpid()

    def test_an_entry_without_a_status_is_enough(self, sessions: Path, registry: Registry) -> None:
        """Versions before 2.1.196 write none."""
        enter(sessions, os.getpid())

        assert look(registry) == "open"

    @linux
    def test_an_entry_belongs_to_the_process_that_wrote_it(
        self, sessions: Path, registry: Registry
    ) -> None:
        """A pid that was given to another process meanwhile counts for nothing."""
        enter(sessions, os.getpid(), procStart=start_time(os.getpid()))
        assert look(registry) == "open"
        enter(sessions, os.getpid(), procStart=int(start_time(os.getpid())))
        assert look(registry) == "open"

        enter(sessions, os.getpid(), procStart="12345")
        assert look(registry) == "gone"
        assert registry.pid("claude-code", "s") is None

    def test_a_process_that_died_is_gone(self, sessions: Path, registry: Registry) -> None:
        """Its file may stay behind."""
        with Child("tests.capture.consenting") as child:
            assert child.hear() == "here"
            enter(sessions, child.pid)
            assert look(registry) == "open"
            child.kill()

            assert look(registry) == "gone"
            assert registry.pid("claude-code", "s") is None

    def test_an_entry_that_was_removed_is_gone(self, sessions: Path, registry: Registry) -> None:
        """So it leaves, whatever its version."""
        file = enter(sessions, os.getpid())
        old = make_session(version=OLD)
        assert look(registry, old) == "open"
        file.unlink()

        assert look(registry, old) == "gone"

    def test_a_torn_entry_counts_as_before(self, sessions: Path, registry: Registry) -> None:
        """The file is rewritten in place, and may be read in the middle of that."""
        file = enter(sessions, os.getpid(), status="busy")
        assert look(registry) == "busy"
        whole = file.read_bytes()
        for length in (0, 1, len(whole) // 2, len(whole) - 1):
            file.write_bytes(whole[:length])
            assert look(registry) == "busy"

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{",
            b"\xff\xfe",
            b"[]",
            b'{"pid": "1", "sessionId": "s"}',
            b'{"pid": 1}',
            b"[" * 100_000,
            b'{"pid": 0, "sessionId": "s"}',
            b'{"pid": -1, "sessionId": "s"}',
            b'{"pid": 99999999999999999999, "sessionId": "s"}',
            b" " * 100_000 + b'{"pid": 1, "sessionId": "s"}',
        ],
    )
    def test_an_entry_that_makes_no_sense_is_none(
        self, sessions: Path, registry: Registry, content: bytes
    ) -> None:
        """Process 0 and those below are no processes: signals to them go to many."""
        (sessions / "1.json").write_bytes(content)

        assert look(registry) == "gone"
        assert registry.pid("claude-code", "s") is None

    def test_what_is_no_file_is_passed_over(self, sessions: Path, registry: Registry) -> None:
        """A pipe is not waited for, a link not followed."""
        os.mkfifo(sessions / "1.json")
        (sessions / "2.json").mkdir()
        enter(sessions, os.getpid()).rename(sessions.parent / "real")
        (sessions / "3.json").symlink_to(sessions.parent / "real")

        assert look(registry) == "gone"

    def test_without_a_registry_nothing_is_known(self, registry: Registry) -> None:
        """A version that keeps one should have one; where it has none, quiet decides."""
        assert look(registry) == "unknown"

    @pytest.mark.parametrize("version", [OLD, "2.1.195", "", "dev", "2.x.1"])
    def test_an_old_session_without_an_entry_is_unknown(
        self, sessions: Path, registry: Registry, version: str
    ) -> None:
        """It never had one."""
        enter(sessions, os.getpid(), sessionId="other")

        assert look(registry, make_session(version=version)) == "unknown"

    def test_the_folder_may_be_elsewhere(self, tmp_path: Path, scratch_home: Path) -> None:
        """`CLAUDE_CONFIG_DIR` moves it."""
        folder = tmp_path / "config" / "sessions"
        folder.mkdir(parents=True)
        enter(folder, os.getpid(), status="busy")

        places = Places(scratch_home, {"CLAUDE_CONFIG_DIR": str(tmp_path / "config")})
        assert look(Registry(places)) == "busy"


@linux
class TestCodex:
    """`thread-writer-locks/<thread>.lock`."""

    def test_a_lock_that_is_held_is_an_open_session(self, locks: Path, registry: Registry) -> None:
        """The kernel says so, and names the process; after its end it is gone."""
        lock = locks / "thread.lock"
        lock.touch()
        assert look(registry, codex_session()) == "gone"

        with Child("tests.sessions.locking", lock) as child:
            assert [child.hear(), child.hear()] == ["here", "locked"]
            assert look(registry, codex_session()) == "open"
            assert registry.pid("codex", "thread") == child.pid
            child.kill()

        assert look(registry, codex_session()) == "gone"
        assert registry.pid("codex", "thread") is None

    def test_looking_takes_no_lock(self, locks: Path, registry: Registry) -> None:
        """Codex, which does not wait for its lock, must not be kept from it by us."""
        lock = locks / "thread.lock"
        lock.touch()
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            assert look(registry, codex_session()) == "open"
            fcntl.flock(file, fcntl.LOCK_UN)
            assert look(registry, codex_session()) == "gone"

    def test_one_who_waits_holds_nothing(self, locks: Path, registry: Registry) -> None:
        """The first has the lock, and is the one that is named."""
        lock = locks / "thread.lock"
        lock.touch()
        with Child("tests.sessions.locking", lock) as first:
            assert [first.hear(), first.hear()] == ["here", "locked"]
            with Child("tests.sessions.locking", lock) as second:
                assert second.hear() == "here"

                assert look(registry, codex_session()) == "open"
                assert registry.pid("codex", "thread") == first.pid

    def test_only_a_process_that_has_the_file_open_is_named(
        self, locks: Path, registry: Registry, tmp_path: Path
    ) -> None:
        """Another disk may have a locked file of the same number: its owner is a stranger."""
        lock = locks / "thread.lock"
        lock.touch()
        with Child("tests.sessions.locking", lock) as child:
            assert [child.hear(), child.hear()] == ["here", "locked"]
            registry.refresh()
            lock.rename(tmp_path / "moved")
            lock.touch()

            assert registry.pid("codex", "thread") is None

    def test_an_old_session_without_a_lock_is_unknown(
        self, locks: Path, registry: Registry
    ) -> None:
        """Before 0.147 there were none."""
        (locks / "other.lock").touch()

        assert look(registry, codex_session("0.146.2")) == "unknown"
        assert look(registry, codex_session("0.147.0-alpha.1")) == "gone"

    def test_without_the_folder_nothing_is_known(self, registry: Registry) -> None:
        """Quiet decides then."""
        assert look(registry, codex_session()) == "unknown"

    def test_without_the_list_of_locks_nothing_is_known(
        self, locks: Path, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As on systems that have no such list: the lock itself is not tried."""
        (locks / "thread.lock").touch()
        monkeypatch.setattr(liveness, "_PROC", tmp_path)

        assert look(registry, codex_session()) == "unknown"


def test_other_assistants_leave_no_trace(registry: Registry) -> None:
    """Cursor keeps no registry."""
    assert look(registry, make_session(assistant="cursor")) == "unknown"
    assert registry.pid("cursor", "s") is None
