"""A data file that cannot be trusted any more, at rest and below a daemon that has it open.

Whatever is wrong with it, the transcripts are still there: what they hold is captured again.
"""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hivemindd.log.opening import open_log
from hivemindd.log.schema import SCHEMA
from hivemindd.log.tables import CHECKPOINTS, SETTINGS, Txn
from tests.faults.estate import DATA, Estate
from tests.faults.forked import Forked
from tests.faults.writers import WRITERS, Taken, Writer
from tests.process import Daemon, await_true

PAGE = 4096
FLIPS = st.lists(
    st.tuples(
        st.integers(0, 10_000),
        st.integers(0, 63) | st.integers(0, PAGE - 1),  # the head of a page, or all of it
        st.integers(0, 7),
    ),
    min_size=1,
    max_size=8,
)
CASES = settings.default.max_examples if settings.default else 100


class Filled(NamedTuple):
    """A home whose log was filled once, with the bytes of its data file."""

    estate: Estate
    forked: Forked
    data: bytes

    def __repr__(self) -> str:
        """Tell a failed example apart without its bytes."""
        return f"Filled({len(self.data)} bytes)"


@pytest.fixture(name="filled", scope="module")
def _filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    home = tmp_path_factory.mktemp("filled")
    estate = Estate(home)
    estate.say_much(25)
    with Forked(home, HOME=str(home)) as forked:
        assert forked.run("once").code == 0
        data = (estate.log / DATA).read_bytes().rstrip(b"\0")
        data += bytes(-len(data) % PAGE)
        estate.say_much(1)
        yield Filled(estate, forked, data)


def lay(filled: Filled, data: bytes) -> None:
    """Begin with a data file, and nothing else that the daemon keeps."""
    shutil.rmtree(filled.estate.paths.state)
    filled.estate.log.mkdir(parents=True, mode=0o700)
    (filled.estate.log / DATA).write_bytes(data)


def recover(filled: Filled, starts: int = 1) -> None:
    """Have the daemon run, as often as a service manager lets it die."""
    for _ in range(starts):
        ended = filled.forked.run("once")
        if ended.code == 0:
            break
    assert ended.is_clear, ended.output
    if not ended.code and not filled.estate.holds_all(filled.forked):
        # It had no need to read what is damaged; whoever did has said so, for the next start.
        assert filled.forked.run("once").code == 0
        assert filled.estate.holds_all(filled.forked)


@pytest.mark.parametrize("share", [0.95, 0.5, 0.1, 0.0])
def test_39_a_truncated_log_is_set_aside_and_filled_again(filled: Filled, share: float) -> None:
    """To read it would kill the process (SIGBUS); it is kept as it is."""
    data = filled.data[: int(len(filled.data) * share)]
    lay(filled, data)
    recover(filled)

    assert filled.estate.holds_all(filled.forked)
    assert filled.estate.damaged == (["data.mdb.damaged-1"] if data else [])
    if data:
        assert (filled.estate.log / "data.mdb.damaged-1").read_bytes() == data


@pytest.mark.parametrize("share", [0.5, 0.0])
def test_39_a_log_that_is_truncated_while_it_is_open(scratch_home: Path, share: float) -> None:
    """The daemon may die of it, as nobody can help it; its next life has everything."""
    estate = Estate(scratch_home)
    estate.say_much(10)
    with Forked(scratch_home) as forked, Daemon(scratch_home, module="tests.faults.hastened") as it:
        data = estate.log / DATA
        os.truncate(data, int(data.stat().st_blocks * 512 * share))
        estate.say(estate.sessions[0], "one more")
        await_true(
            lambda: it.process.poll() is not None or bool(estate.damaged), "the damage is met"
        )
        it.process.kill()
        it.process.wait()
        assert forked.run("once").code == 0
        assert estate.holds_all(forked)


@pytest.mark.parametrize(
    "head",
    [bytes(2 * PAGE), b"SQLite format 3\0" * 512, b"\xff" * 2 * PAGE, b"short"],
    ids=["zeroed", "foreign", "ones", "short"],
)
def test_40_a_log_without_a_sound_head_is_set_aside(filled: Filled, head: bytes) -> None:
    """Zeroed by a file system, written over, or never one of ours."""
    data = head if head == b"short" else head + filled.data[2 * PAGE :]
    lay(filled, data)
    recover(filled)

    assert filled.estate.holds_all(filled.forked)
    assert (filled.estate.log / "data.mdb.damaged-1").read_bytes() == data


@pytest.mark.parametrize("number", [0, 1])
def test_40_one_of_two_heads_that_is_zeroed(filled: Filled, number: int) -> None:
    """It is set aside as well, or the other one serves; nothing is missing either way."""
    lay(filled, filled.data[: number * PAGE] + bytes(PAGE) + filled.data[(number + 1) * PAGE :])
    recover(filled)

    assert filled.estate.holds_all(filled.forked)


def test_40_a_newer_log_is_refused_and_kept(filled: Filled) -> None:
    """Going back to an older version must not destroy what the newer one wrote."""
    lay(filled, filled.data)
    log = open_log(filled.estate.log)
    log.transact(lambda txn: SETTINGS.put(txn, b"schema", str(SCHEMA + 1)))
    log.close()
    before = (filled.estate.log / DATA).read_bytes()

    for what in ("once", "daemon", "once", "daemon"):
        ended = filled.forked.run(what)
        assert ended.code == 78
        assert "upgrade hivemindd" in ended.output
    assert (filled.estate.log / DATA).read_bytes() == before
    assert filled.estate.damaged == []


@settings(max_examples=CASES if CASES > 100 else 30)
@given(FLIPS)
def test_40_bits_that_have_changed(filled: Filled, flips: list[tuple[int, int, int]]) -> None:
    """Anywhere in the file: nothing that the transcripts hold is lost without a word.

    The file serves, or it is set aside and a new one filled, or a sentence says what is wrong.
    Some bits kill whoever follows them; of that the daemon dies twice at most.
    """
    data = bytearray(filled.data)
    for page, offset, bit in flips:
        data[page % (len(data) // PAGE) * PAGE + offset] ^= 1 << bit
    lay(filled, bytes(data))
    recover(filled, starts=3)


@pytest.mark.parametrize("assistant", WRITERS)
def test_40_what_a_parser_remembers_is_damaged(
    assistant: str, scratch_home: Path, tmp_path: Path
) -> None:
    """Its transcript is read from its beginning; what is known of it is known."""
    (scratch_home / "project").mkdir()
    writer = Writer(assistant, scratch_home, scratch_home / "project")
    taken = Taken(scratch_home, tmp_path / "log")
    writer.say("one")
    taken.take_in()

    def spoil(txn: Txn) -> None:
        for key, row in list(CHECKPOINTS.scan(txn)):
            row.state = b"\xc1" + row.state
            CHECKPOINTS.put(txn, key, row)

    log = open_log(tmp_path / "log")
    log.transact(spoil)
    log.close()
    writer.say("two")

    assert taken.take_in() == 1
    assert taken.prompts(writer.session, assistant) == ["one", "two"]
    events = taken.events(writer.session, assistant)
    assert len({(event.author, event.session) for event in events}) == 1


def test_41_a_log_that_is_deleted_while_it_is_open(scratch_home: Path) -> None:
    """Writes would go on into a file without a name; the daemon starts anew and fills another."""
    estate = Estate(scratch_home)
    with Forked(scratch_home) as forked, Daemon(scratch_home, module="tests.faults.hastened") as it:
        shutil.rmtree(estate.log)
        estate.say(estate.sessions[0], "while it is gone")
        await_true(lambda: estate.log.exists() and _has(estate, forked), "it is filled again")
        assert it.process.poll() is None
        estate.say(estate.sessions[0], "afterwards")
        await_true(lambda: _has(estate, forked), "it goes on")
        assert it.stop() == 0
    assert "the log is gone or damaged" in it.output.read_text()


def test_41_where_a_service_manager_is_there_it_starts_the_next(scratch_home: Path) -> None:
    """The daemon leaves with an error, and the one that follows fills a new log."""
    estate = Estate(scratch_home)
    address = scratch_home / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        notify = {"NOTIFY_SOCKET": str(address)}
        with Daemon(scratch_home, module="tests.faults.hastened", **notify) as it:
            (estate.log / DATA).unlink()
            assert it.process.wait(30) == 1
    with Forked(scratch_home) as forked:
        assert forked.run("once").code == 0
        assert estate.holds_all(forked)


def _has(estate: Estate, forked: Forked) -> bool:
    """Tell whether all that was said is there by now."""
    try:
        return estate.holds_all(forked)
    except AssertionError:
        return False
