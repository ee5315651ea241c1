"""One daemon, and no second."""

import os
import stat
import time
from pathlib import Path

import pytest

from hivemindd.errors import ConfigError
from hivemindd.log.lock import InstanceLock, holder, read_ending
from tests.children import Child


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    return tmp_path / "hivemindd.lock"


def test_the_lock_names_its_holder(file: Path) -> None:
    """The pid is in the file, which only its owner can read."""
    assert holder(file) is None

    with InstanceLock(file):
        assert holder(file) == os.getpid()
        assert file.read_text() == f"{os.getpid()}\n"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    assert holder(file) is None


def test_a_second_daemon_is_refused_at_once(file: Path) -> None:
    """It learns the pid of the first within a second, and leaves with exit code 78."""
    with Child("tests.log.holding", file) as first:
        assert first.hear() == "held"
        started = time.monotonic()

        with pytest.raises(ConfigError, match=f"pid {first.pid}") as caught:
            InstanceLock(file).acquire()

        assert time.monotonic() - started < 1
        assert caught.value.exit_code == 78
        assert holder(file) == first.pid


def test_a_daemon_that_was_killed_holds_nothing(file: Path) -> None:
    """The kernel frees the lock; the pid that is left in the file counts for nothing."""
    with Child("tests.log.holding", file) as first:
        assert first.hear() == "held"
        first.kill()
        assert file.read_text() == f"{first.pid}\n"

        assert holder(file) is None
        with InstanceLock(file):
            assert holder(file) == os.getpid()


def test_how_its_holder_ended_can_be_read_afterwards(file: Path) -> None:
    """Well, with last words, or without one: then its pid still stands there."""
    assert read_ending(file) is None
    with InstanceLock(file):
        pass
    assert read_ending(file) is None

    with InstanceLock(file) as lock:
        lock.last_words = "the log has schema 9"
    assert read_ending(file) == "the log has schema 9"
    assert holder(file) is None

    with Child("tests.log.holding", file) as first:
        assert first.hear() == "held"
        first.kill()
        assert read_ending(file) == str(first.pid)


def test_a_longer_pid_is_not_left_behind(file: Path) -> None:
    """What an earlier holder wrote is replaced as a whole."""
    file.write_text("12345678901234567890\n")

    with InstanceLock(file):
        assert holder(file) == os.getpid()


def test_looking_does_not_keep_a_daemon_out(file: Path) -> None:
    """Asking who holds the lock, over and over, costs a starting daemon a retry at most."""
    file.touch()
    for _ in range(50):
        assert holder(file) is None
        with InstanceLock(file):
            pass


def test_an_unreadable_pid_is_still_a_holder(file: Path) -> None:
    """Between locking and writing, a holder has no name yet."""
    lock = InstanceLock(file)
    lock.acquire()
    file.write_bytes(b"")

    assert holder(file) == 0
    with pytest.raises(ConfigError, match="pid unknown"):
        InstanceLock(file).acquire()
    lock.release()
    lock.release()


@pytest.mark.parametrize("make", [Path.mkdir, lambda file: file.symlink_to("elsewhere")])
def test_something_else_in_its_place_is_refused(file: Path, make: object) -> None:
    """A folder or a link is neither locked nor followed."""
    assert callable(make)
    make(file)

    with pytest.raises(ConfigError, match="cannot lock"):
        InstanceLock(file).acquire()
