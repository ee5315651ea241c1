"""What corrections are about, compared as a whole."""

from itertools import combinations, permutations

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

MEANING = LIKENESSES.index("meaning")


def corrections(*meanings: bytes) -> list[Correction]:
    """Return the corrections, the first ones with these meanings."""
    made = []
    for number, (words, did) in enumerate(SAID):
        meaning = meanings[number] if number < len(meanings) else b""
        made.append(meant(make_correction(words, did, name=f"c{number}"), meaning))
    return made


def meant(correction: Correction, meaning: bytes) -> Correction:
    """Return a correction of which the small model has seen the meaning."""
    verdict = msgspec.structs.replace(nothing_learned(correction.id), meaning=meaning)
    return msgspec.structs.replace(correction, verdict=verdict)


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


def test_a_rare_thing_that_was_done_twice_makes_alike() -> None:
    """However much else was done: of all words the rarest counts by itself, too."""
    listed = make_correction(
        "not for us", "Edit(App.tsx)\n+<FlatList data={jobs} />", name="listed"
    )
    other = make_correction(
        "slow", "Edit(Store.tsx)\n+<FlatList data={stores} horizontal />", name="other"
    )
    likenesses = Subjects([*corrections(), listed, other])
    found = dict(zip(LIKENESSES, likenesses.likenesses("listed", "other"), strict=True))
    assert found["rarest"] == pytest.approx(1.0, abs=0.4)
    assert found["rarest"] > found["deeds"]


def test_words_are_alike_by_their_pieces() -> None:
    """Where no whole word is shared: a name and its short form, one word and two."""
    one = make_correction("netcdf4 cannot read ours", "Edit(load.py)\n+import netCDF4", name="one")
    other = make_correction("no netcdf, xarray", "Bash(pip install netcdf)", name="other")
    likenesses = Subjects([*corrections(), one, other])
    found = dict(zip(LIKENESSES, likenesses.likenesses("one", "other"), strict=True))
    nothing = dict(zip(LIKENESSES, likenesses.likenesses("one", "c4"), strict=True))
    assert found["pieces"] > nothing["pieces"]


class TestMeaning:
    """What the small model saw in the words."""

    def test_it_needs_no_words(self) -> None:
        """Two that share no word may mean the same; the opposite counts against them."""
        along, against = bytes([127, 0]), bytes([129, 0])
        alike = Subjects(corrections(along, b"", b"", b"", along))
        opposed = Subjects(corrections(along, b"", b"", b"", against))
        assert alike.likenesses("c0", "c4")[MEANING] == pytest.approx(1.0)
        assert opposed.likenesses("c0", "c4")[MEANING] == pytest.approx(-1.0)
        assert alike.score("c0", "c4") > opposed.score("c0", "c4")

    def test_what_all_have_in_common_tells_nothing(self) -> None:
        """All that is said in a workspace is about that workspace."""
        common, other = bytes([100, 78]), bytes([78, 100])
        few = Subjects(corrections(common, other))
        many = Subjects(
            [
                *corrections(common, other),
                *(meant(make_correction("like that", name=f"m{n}"), common) for n in range(160)),
            ]
        )
        assert few.likenesses("c0", "c1")[MEANING] > 0.9
        assert many.likenesses("c0", "c1")[MEANING] < 0.5

    def test_those_of_two_versions_are_compared_as_far_as_they_go(self) -> None:
        """An older model may have had fewer directions."""
        subjects = Subjects(corrections(bytes([127, 0, 0]), bytes([127, 0])))
        assert -1 <= subjects.likenesses("c0", "c1")[MEANING] <= 1


def test_those_that_only_tell_what_is_common_change_nothing_else() -> None:
    """A year of prompts is weighed, but not kept ready to be compared."""
    meanings = [bytes([100, 78]), bytes([78, 100]), bytes([3, 127]), b"", bytes([9, 9])]
    told = corrections(*meanings)
    for pair in combinations([row.id for row in told], 2):
        all_of_them = Subjects(told)
        assert Subjects(told, pair).likenesses(*pair) == pytest.approx(
            all_of_them.likenesses(*pair)
        )
        assert Subjects(told, pair).score(*pair) == pytest.approx(all_of_them.score(*pair))


def test_order_and_side_change_nothing() -> None:
    """Neither which came first, nor which is asked about which."""
    expected = Subjects(corrections()).likenesses("c0", "c1")
    for order in permutations(corrections()):
        assert Subjects(order).likenesses("c1", "c0") == pytest.approx(expected)
