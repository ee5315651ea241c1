"""No room: on the disk, for the size of a file, in the map of the log, in the address space.

What does not fit waits in the transcripts, and is captured when there is room, by itself.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemindd.control.protocol import ask
from hivemindd.errors import HivemindError
from tests.children import Child
from tests.faults.estate import DATA, Estate
from tests.faults.forked import Forked
from tests.faults.small_disk import has_all
from tests.process import Daemon, await_true

resource = pytest.importorskip("resource")


@pytest.fixture(name="estate")
def _estate(scratch_home: Path) -> Estate:
    return Estate(scratch_home)


@pytest.fixture(name="forked")
def _forked(scratch_home: Path) -> Iterator[Forked]:
    with Forked(scratch_home) as forked:
        yield forked


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="Linux sets limits of others")
def test_37_files_may_not_grow(estate: Estate, forked: Forked, scratch_home: Path) -> None:
    """As with a quota: nothing of it is kept, all else works, and it goes on when they may."""
    # CPython puts half a compiled module in place where files may not grow.
    alone = {"PYTHONDONTWRITEBYTECODE": "1"}
    with Daemon(scratch_home, module="tests.faults.hastened", **alone) as it:
        before = estate.is_consistent(forked)
        none = resource.prlimit(it.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(it.process.pid, resource.RLIMIT_FSIZE, (4096, none[1]))
        estate.say_much(30)
        await_true(it.paths.complaint_file.exists, "it is said")
        with pytest.raises(HivemindError, match="cannot write the log"):
            ask(it.paths, "pause", workspace="", until_ms=0)
        assert ask(it.paths, "status")["live"]
        assert estate.is_consistent(forked) == before

        resource.prlimit(it.process.pid, resource.RLIMIT_FSIZE, none)
        await_true(lambda: has_all(estate, forked), "it goes on by itself")
        assert it.stop() == 0
    assert estate.damaged == []


def test_37_a_full_disk(scratch_home: Path) -> None:
    """A real one, if small: the daemon says so once, lives on, and catches up."""
    with Child("tests.faults.small_disk", scratch_home) as child:
        if (word := child.hear()) == "impossible":
            pytest.skip("no file system may be mounted here")
        assert word == "full"
        assert child.hear() == "left 0, complained 1"


def test_37_work_waits_while_nothing_can_be_noted(estate: Estate, forked: Forked) -> None:
    """No judge is asked, no worker dies; all of it is done when there is room."""
    ended = forked.run("codifying_on_a_full_disk")
    assert ended.code == 0, ended.output
    assert ended.output.count("nothing is codified") == 1
    assert list(estate.project.rglob("SKILL.md"))


def test_38_a_log_that_grows(estate: Estate, forked: Forked) -> None:
    """As often as it has to; nobody notices."""
    estate.say_much(80)
    assert forked.run("in_a_small_map").code == 0
    assert estate.holds_all(forked)
    assert (estate.log / DATA).stat().st_size > 2 << 18


def test_38_a_log_that_may_not_grow_any_more(estate: Estate, forked: Forked) -> None:
    """A sentence says so, what is there stays, and no transcript counts as read that is not."""
    estate.say_much(80)
    ended = forked.run("in_a_small_map", 1 << 19)
    assert (ended.code, ended.is_clear) == (1, True)
    assert "has reached" in ended.output
    estate.is_consistent(forked)

    assert forked.run("once").code == 0
    assert estate.holds_all(forked)


def test_38_no_addresses_are_left(estate: Estate, forked: Forked) -> None:
    """LMDB gives up its map before it asks for a larger one: so we ask first."""
    estate.say_much(80)
    ended = forked.run("with_few_addresses")
    assert (ended.code, ended.is_clear) == (1, True), ended.output
    assert "has no room to grow" in ended.output
    estate.is_consistent(forked)

    assert forked.run("once").code == 0
    assert estate.holds_all(forked)
