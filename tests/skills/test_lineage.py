"""Lineage: what is committed tells nothing, what is shown tells all."""

import msgspec

from hivemindd.records import Correction, Evidence, Lesson, Skill
from hivemindd.skills.lineage import describe_lineage, explain

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
CORRECTION = Correction(
    id="c1",
    workspace="/home/somebody/shop",
    session="somebody/s1",
    assistant="codex",
    ts=10,
    channel="follow-up",
    quote="no, pnpm",
    transcript="/home/somebody/.codex/x.jsonl",
    seq=77,
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


def test_why_traces_a_rule_to_the_words_that_taught_it() -> None:
    """Oldest first, with the transcript where it is still known."""
    skill = Skill(
        id="f00d",
        workspace="w",
        name="package-commands",
        path="/p/SKILL.md",
        lessons=["0a1b2c3d", "forgotten"],
    )

    why = explain(skill, {LESSON.id: LESSON}, {"c1": CORRECTION})

    assert (why.name, why.version, why.state) == ("package-commands", 1, "active")
    [reason] = why.reasons
    assert (reason.rule, reason.state) == ("Use pnpm, not npm", "promoted")
    assert [source.quote for source in reason.sources] == ["no, pnpm", "pnpm please", "again: pnpm"]
    assert (reason.sources[0].assistant, reason.sources[0].seq) == ("codex", 77)
    assert (reason.sources[1].assistant, reason.sources[1].transcript) == ("", "")
