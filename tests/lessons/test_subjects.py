"""What corrections are about, compared as a whole."""

from itertools import permutations

import msgspec
import pytest

from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.subjects import FLOOR, LIKENESSES, Subjects
from hivemindd.records import Correction
from tests.lessons.make import make_correction

SAID = [
    ("integer cents everywhere", "Edit(cart.ts)\n+total = 19.99"),
    ("store the cents, divide when rendering", "amount / 100 stored in the table"),
    ("we use the logger here", "Bash(python jobs/nightly.py)\nprints its progress"),
    ("no prints, they never reach loki", "Edit(jobs/hourly.py)\n+print(done)"),
    ("shorter please", "A recap of every file"),
]


def corrections(*meanings: bytes) -> list[Correction]:
    """Return the corrections, the first ones with these meanings."""
    made = []
    for number, (words, did) in enumerate(SAID):
        meaning = meanings[number] if number < len(meanings) else b""
        verdict = msgspec.structs.replace(nothing_learned(f"c{number}"), meaning=meaning)
        correction = make_correction(words, did, name=f"c{number}")
        made.append(msgspec.structs.replace(correction, verdict=verdict))
    return made


def test_shared_words_make_alike() -> None:
    """Of the person, of the agent, or of the one and the other."""
    subjects = Subjects(corrections())
    assert subjects.score("c0", "c1") > subjects.score("c0", "c2")
    across = dict(zip(LIKENESSES, subjects.likenesses("c2", "c3"), strict=True))
    assert across["across"] > 0
    assert across["words"] == 0


def test_nothing_in_common_is_the_floor() -> None:
    """However much else there is."""
    assert Subjects(corrections()).score("c0", "c4") == pytest.approx(-5.0, abs=1.0)
    assert Subjects(corrections()).score("c0", "c4") >= FLOOR


def test_common_words_weigh_less() -> None:
    """What half of the workspace is about tells nothing apart."""
    rare = Subjects(corrections())
    others = [
        make_correction(f"cents in {place}", name=place) for place in ("a2", "b3", "cc", "dd", "ee")
    ]
    common = Subjects([*corrections(), *others])
    assert common.score("c0", "c1") < rare.score("c0", "c1")


def test_a_meaning_needs_no_words() -> None:
    """Two that share no word may mean the same; the opposite counts against them."""
    along, against = bytes([127, 0]), bytes([129, 0])
    alike = Subjects(corrections(along, b"", b"", b"", along))
    opposed = Subjects(corrections(along, b"", b"", b"", against))
    assert alike.likenesses("c0", "c4")[-1] == pytest.approx(1.0)
    assert opposed.likenesses("c0", "c4")[-1] == pytest.approx(-1.0)
    assert alike.score("c0", "c4") > opposed.score("c0", "c4")


def test_order_and_side_change_nothing() -> None:
    """Neither which came first, nor which is asked about which."""
    expected = Subjects(corrections()).likenesses("c0", "c1")
    for order in permutations(corrections()):
        assert Subjects(order).likenesses("c1", "c0") == pytest.approx(expected)
