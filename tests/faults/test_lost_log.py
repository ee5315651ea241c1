"""Fault 36: the log goes back, or is lost, and the skills that it told of are still there."""

import json
import shutil
from pathlib import Path

import pytest

from hivemindd.log.tables import DEEDS, LESSONS, RECEIPTS, SKILLS, Txn
from tests.codify.library import NAME, Library
from tests.faults.soundness import is_sound


def lose(library: Library) -> None:
    """Have the log know nothing of what was written."""

    def forget(txn: Txn) -> None:
        for table in (SKILLS, RECEIPTS, DEEDS):
            for key in [key for key, _ in table.scan(txn)]:
                table.delete(txn, key)
        for key, lesson in list(LESSONS.scan(txn)):
            lesson.skill = ""
            LESSONS.put(txn, key, lesson)

    library.log.transact(forget)


@pytest.mark.parametrize("name", ["lineage.json", ".hivemindd-0a1b2c", ""])
def test_36_what_was_begun_takes_no_name(library: Library, name: str) -> None:
    """No receipt tells of it any more, and nobody else leaves such a folder."""
    folder = library.file(NAME).parent
    folder.mkdir(parents=True)
    if name:
        (folder / name).write_text("{}")
    library.teach("pnpm")
    library.publish()

    assert list(library.skills) == [NAME]
    assert [entry.name for entry in folder.parent.iterdir()] == [NAME]
    assert not list(library.root.rglob(".hivemindd-*"))


def test_36_a_log_that_was_lost_finds_its_skills_again(library: Library) -> None:
    """Each under its name, in its version, once; and they go on growing."""
    for topic in ("pnpm", "tabs"):
        library.teach(topic)
        library.publish()
    library.teach("exact")
    library.publish()
    before, rows = library.tree(), library.skills
    lose(library)
    library.publish()

    assert library.tree() == before
    is_sound(library)
    assert {name: row.id for name, row in library.skills.items()} == {
        name: row.id for name, row in rows.items()
    }
    assert library.skills[NAME].version == 2
    library.teach("push")
    library.publish()
    is_sound(library)


@pytest.mark.parametrize("more", [False, True])
def test_36_a_log_that_is_filled_step_by_step(tmp_path: Path, *, more: bool) -> None:
    """A skill that says more than what was read so far is left alone until all was read."""
    first = Library(tmp_path / "first")
    for topic in ("pnpm", "exact"):
        first.teach(topic)
        first.publish()
    second = Library(tmp_path / "second")
    shutil.copytree(first.root, second.root, dirs_exist_ok=True)
    before = second.tree()
    second.teach("pnpm")
    second.publish()
    assert second.tree() == before
    assert [row.state for row in second.skills.values()] == ["user-owned"]

    second.teach("exact")
    if more:
        second.say("tabs", activity="package-commands", directive="always")
        second.say("tabs", activity="package-commands")
    second.publish()

    assert (second.tree() == before) is not more
    is_sound(second)
    first.close()
    second.close()


def test_36_what_is_learned_again_with_more(library: Library) -> None:
    """A file that says more than its row, and less than was learned since, is ours all the same."""
    library.teach("pnpm")
    library.publish()
    with library.log.read() as txn:
        ((key, row),) = SKILLS.scan(txn)
    library.teach("exact")
    library.publish()
    lose(library)
    library.log.transact(lambda txn: SKILLS.put(txn, key, row))
    library.say("tabs", directive="always", activity="package-commands")
    library.say("tabs", activity="package-commands")
    library.publish()

    is_sound(library)
    assert library.skills[NAME].version == 3
    assert len(library.skills[NAME].rules) == 3


def test_36_a_lesson_that_has_another_name_since(library: Library) -> None:
    """It is called by its first correction, and an earlier one was found: the others tell."""
    library.teach("pnpm")
    library.publish()
    lineage = library.file(NAME).with_name("lineage.json")
    (lesson,) = json.loads(lineage.read_text())["lessons"]
    lineage.write_text(lineage.read_text().replace(lesson["lesson"], "0" * 12))
    lose(library)
    library.publish()

    is_sound(library)
    assert list(library.skills) == [NAME]


def test_36_an_edited_skill_stays_edited(library: Library) -> None:
    """Without a row nobody knows what we wrote: what we would not write is a person's."""
    library.teach("pnpm")
    library.publish()
    file = library.file(NAME)
    file.write_text(file.read_text().replace("pnpm instead", "pnpm 9 instead"))
    before = library.tree()
    lose(library)
    library.publish()

    assert library.tree() == before
    (row,) = library.skills.values()
    assert (row.name, row.state) == (NAME, "user-owned")
    assert row.proposal is not None


def test_36_a_skill_of_others_is_none_of_ours(library: Library) -> None:
    """One that bears a mark, and a lineage of other words, keeps its name to itself."""
    library.teach("pnpm")
    library.publish()
    lineage = library.file(NAME).with_name("lineage.json")
    theirs = lineage.read_text()
    for lesson in json.loads(theirs)["lessons"]:
        for name in (lesson["lesson"], *lesson["corrections"]):
            theirs = theirs.replace(name, "0" * len(name))
    lineage.write_text(theirs)
    before = library.file(NAME).read_bytes()
    lose(library)
    library.publish()

    assert library.file(NAME).read_bytes() == before
    assert list(library.skills) == [f"{NAME}-2"]
