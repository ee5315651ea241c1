"""Lineage: what is committed tells nothing."""

import msgspec

from hivemindd.records import Evidence, Lesson
from hivemindd.skills.lineage import describe_lineage

LESSON = Lesson(
    id="0a1b2c3d",
    workspace="/home/somebody/shop",
    rule="Use pnpm, not npm",
    wrong="npm install",
    state="promoted",
    evidence=[
        Evidence(correction="c2", session="5d0c-s2", ts=20, weight=1.0, quote="pnpm please"),
        Evidence(correction="c1", session="somebody/s1", ts=10, weight=0.6, quote="no, pnpm"),
        Evidence(correction="c3", session="5d0c-s2", ts=30, weight=0.25, quote="again: pnpm"),
    ],
)


def test_the_committed_file_holds_ids_and_hashes_only() -> None:
    """No quote, no path, no name of a person, no session by its id."""
    data = describe_lineage("f00d", 3, [LESSON])

    for word in (b"somebody", b"/", b"pnpm", b"npm", b"s2", b"please"):
        assert word not in data
    assert b"0a1b2c3d" in data
    assert describe_lineage("f00d", 3, [LESSON]) == data


def test_it_still_counts_the_evidence() -> None:
    """How many corrections of how many sessions can be seen."""
    lineage = msgspec.json.decode(describe_lineage("f00d", 3, [LESSON]))

    assert (lineage["skill_id"], lineage["version"], lineage["format"]) == ("f00d", 3, 1)
    [entry] = lineage["lessons"]
    assert len(entry["corrections"]) == 3
    assert len(entry["sessions"]) == 2


def test_an_id_that_is_no_hash_is_hashed() -> None:
    """Whoever makes the ids, none of them can carry a text out."""
    data = describe_lineage("f00d", 1, [msgspec.structs.replace(LESSON, id="my secret plan")])

    assert b"secret" not in data
