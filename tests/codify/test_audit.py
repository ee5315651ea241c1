"""Whatever is done is told of, in the order in which it was done."""

from pathlib import Path

import pytest

from hivemindd.codify.shelf import Shelf
from hivemindd.errors import HivemindError
from hivemindd.skills.contents import digest
from tests.codify.library import NAME, PLACE, TOPICS, Library
from tests.codify.trail import deeds


def told(library: Library) -> list[str]:
    """Return what was done, the oldest first."""
    return [row.what for row in deeds(library)]


def test_a_write_and_a_removal_have_the_hashes(library: Library) -> None:
    """Of what was there before and of what is there then, with time, place and name."""
    first = digest(library.file(NAME).read_bytes())
    library.teach("exact")
    library.publish()
    second, then = digest(library.file(NAME).read_bytes()), library.clock.now()
    library.say("pnpm", directive="reversal", rule="Use npm", right="npm", wrong="pnpm")
    library.say("exact", directive="reversal", rule="Do not pin", relation="contradicts",
                relates_to=library.lessons[TOPICS["exact"]["rule"]].id)  # fmt: skip
    library.publish()

    rows = [row for row in deeds(library) if row.skill == NAME]
    assert [(row.what, row.before, row.after) for row in rows] == [
        ("written", "", first),
        ("written", first, second),
        ("removed", second, ""),
    ]
    assert {(row.workspace, row.who, row.skill_id) for row in rows} == {
        (PLACE, "daemon", library.skills[NAME].id)
    }
    assert rows[1].ts == then


def test_what_changes_nothing_is_not_told(library: Library) -> None:
    """However often the daemon looks."""
    before = deeds(library)
    for _ in range(3):
        library.publish()

    assert deeds(library) == before


def test_every_decision_is_told(library: Library) -> None:
    """With the write that it led to, which is the person's too."""
    library.decide("pin", NAME)
    library.decide("release", NAME)
    library.file(NAME).write_bytes(b"mine\n")
    library.teach("exact")
    library.publish()
    library.decide("reject", NAME)
    library.say("pnpm", relation="refines", rule="", not_when=["publishing the SDK"])
    library.publish()
    library.decide("approve", NAME)
    library.decide("undo", NAME)
    library.decide("retire", NAME)

    rows = deeds(library)[1:]
    assert {row.who for row in rows} == {"user"}
    assert [row.what for row in rows] == [
        "pinned",
        "released",
        "rejected",
        "written",
        "approved",
        "written",
        "undone",
        "retired",
    ]
    assert (rows[4].before, rows[4].after) == (rows[3].before, rows[3].after)
    assert rows[5].after == rows[3].before == digest(b"mine\n")


@pytest.mark.parametrize(("decision", "what"), [("allow", "allowed"), ("refuse", "refused")])
def test_a_rule_is_told_of_by_its_id(library: Library, decision: str, what: str) -> None:
    """Its words stay where they are."""
    library.teach("push")
    lesson = library.lessons[TOPICS["push"]["rule"]]
    getattr(library.rulings, decision)(PLACE, lesson.id, lesson.rule)

    [row] = [row for row in deeds(library) if row.lesson]
    assert (row.what, row.who, row.lesson, row.skill) == (what, "user", lesson.id, "")
    assert "review branch" not in repr(deeds(library))


def test_a_decision_that_fails_is_not_told(library: Library) -> None:
    """Nothing was done."""
    before = deeds(library)
    for what in ("approve", "reject", "release"):
        with pytest.raises(HivemindError):
            library.decide(what, NAME)

    assert deeds(library) == before


def test_links_and_folders_are_told(tmp_path: Path) -> None:
    """They are writes as well."""
    library = Library(tmp_path / "fresh")
    library.say("pnpm")
    library.publish()
    library.say("pnpm", directive="always")
    library.publish()
    (library.root / ".agents" / "skills").mkdir(parents=True)
    library.publish()
    library.publish()

    assert told(library) == ["prepared", "written", "linked"]
    library.close()


def test_each_project_has_its_own_rows(library: Library) -> None:
    """The further ones by their roots."""
    further = library.spread()
    library.publish()

    assert [row.root for row in deeds(library)] == ["", str(further)]


def test_a_skill_that_moves_is_told(library: Library) -> None:
    """It is the same in another place."""
    lies = digest(library.file(NAME).read_bytes())
    shelf = Shelf(library.log, library.clock, home=library.home, publish=True, publish_to={"codex"})
    shelf.publish(PLACE)

    row = deeds(library)[-1]
    assert (row.what, row.before, row.after) == ("moved", lies, lies)
    assert (library.root / ".agents" / "skills" / NAME / "SKILL.md").exists()


def test_the_decision_of_one_project_names_it(library: Library) -> None:
    """And is undone there alone."""
    further = library.spread()
    library.publish()
    [row] = library.rows(str(further))
    library.decisions.undo(PLACE, row.id, str(further))

    assert [(each.what, each.root) for each in deeds(library)[-2:]] == [
        ("removed", str(further)),
        ("undone", str(further)),
    ]
    assert library.file(NAME).exists()
    assert not (further / ".claude" / "skills" / NAME).exists()
