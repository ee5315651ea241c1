"""What is made of the network's answers."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from hivemindd.lessons.small_model import KEPT, SmallModel
from tests.lessons.make import make_correction
from tests.lessons.network import Scripted


def test_scores_are_shares() -> None:
    """Raw scores become shares between 0 and 1, the likeliest type its name."""
    model = SmallModel(Scripted({"npm": "cd"}))
    refused, taken = model.read([make_correction("no npm"), make_correction("thanks")])
    assert 0.9 < refused.correction < 1
    assert 0.9 < refused.durable < 1
    assert 0 < refused.standing < 0.1
    assert 0 < taken.correction < 0.1
    assert taken.type == "style"


def test_a_meaning_is_a_direction() -> None:
    """Signed bytes, 127 long together; words of one meaning have the same."""
    model = SmallModel(Scripted({}, [["brief", "short"], ["short", "small"]]))
    brief, short = model.read([make_correction("be brief"), make_correction("keep it short")])
    assert brief.meaning == bytes([127, 0, 0, 0, 0, 0, 0, 0])
    assert short.meaning == bytes([90, 90, 0, 0, 0, 0, 0, 0])


def test_a_limit_is_a_share() -> None:
    """That some rule does not hold somewhere is a score of its own."""
    model = SmallModel(Scripted({"fine": "l"}))
    allowed, refused = model.read([make_correction("here it is fine"), make_correction("no npm")])
    assert refused.limit < 0.1
    assert allowed.limit > 0.9


def test_what_was_just_read_is_not_read_again() -> None:
    """The judge asks about what the prefilter has asked about: that costs nothing."""
    network = Scripted()
    model = SmallModel(network)
    both = [make_correction("why a second logger?"), make_correction("ticks, not seconds")]
    first = model.read(both)
    assert model.read(both[::-1]) == first[::-1]
    assert network.asked == len(both)


def test_what_is_known_is_bounded() -> None:
    """A daemon that runs for months does not keep every turn."""
    network = Scripted()
    model = SmallModel(network)
    model.read([make_correction(f"row {number}") for number in range(KEPT + 5)])
    before = network.asked
    model.read([make_correction("row 0")])
    assert network.asked == before + 1


@pytest.fixture(name="hasty")
def _hasty() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty")
def test_threads_share_what_is_known() -> None:
    """What one of them makes room for, another may just have counted on."""
    model = SmallModel(Scripted())
    rows = [make_correction(f"row {number}") for number in range(KEPT + 200)]

    def read(seed: int) -> int:
        chance = Random(seed)
        return sum(len(model.read(chance.sample(rows, 200))) for _ in range(300))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(read, range(2))) == [60_000, 60_000]
