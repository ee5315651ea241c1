"""Receipts of what was written: how many are kept, and what a death or a failure leaves."""

import errno
import fcntl
import json
import os
from pathlib import Path

import pytest

from hivemindd.codify.receipts import KEPT_RECEIPTS
from hivemindd.errors import HivemindError, PublishError
from hivemindd.log.tables import DEEDS, RECEIPTS, SKILLS
from hivemindd.records import Skill
from tests.codify.library import NAME, Library
from tests.codify.trail import deeds, receipts


def done(library: Library) -> list[tuple[str, str]]:
    """Return what was done and by whom, the oldest first."""
    return [(row.what, row.who) for row in deeds(library)]


class TestReceipts:
    """What is kept for an undo."""

    def test_the_newest_of_a_skill_are_kept(self, library: Library) -> None:
        """As many steps back can be undone, and each puts back what was there."""
        versions = [library.tree()]
        for number in range(KEPT_RECEIPTS + 3):
            library.say("pnpm", relation="refines", rule="", not_when=[f"in folder {99 - number}"])
            library.publish()
            versions.append(library.tree())

        assert len(receipts(library)) == KEPT_RECEIPTS
        for before in versions[-2 : -2 - KEPT_RECEIPTS : -1]:
            library.decide("undo", NAME)
            assert library.tree() == before
        with pytest.raises(HivemindError, match="nothing is known"):
            library.decide("undo", NAME)

    def test_a_crash_before_the_row_loses_nothing(self, library: Library) -> None:
        """The file is there, the row not: once it is stored, it is told of, and can be undone."""
        before, row = library.tree(), library.skills[NAME]
        told = done(library)
        library.teach("exact")
        lessons = library.skills[NAME]
        library.publish()
        self.forget(library, row, lessons)
        assert done(library) == told
        library.publish()

        assert done(library) == [*told, ("written", "daemon")]
        library.decide("undo", NAME)
        assert library.tree() == before

    def forget(self, library: Library, row: Skill, lessons: Skill) -> None:
        """Take back what the last transaction of a write has stored."""
        row.lessons = lessons.lessons
        with library.log.read() as txn:
            [*_, (key, receipt)] = RECEIPTS.scan(txn)
            [*_, (deed, _)] = DEEDS.scan(txn)
            [(skill, _)] = SKILLS.scan(txn)
        receipt.done = False
        library.log.transact(lambda txn: RECEIPTS.put(txn, key, receipt))
        library.log.transact(lambda txn: DEEDS.delete(txn, deed))
        library.log.transact(lambda txn: SKILLS.put(txn, skill, row))

    def test_a_write_that_failed_is_none(self, library: Library) -> None:
        """What was done before it is undone."""
        library.teach("exact")
        folder = os.open(library.file(NAME).parent, os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)  # as another thread does that writes there
        with pytest.raises(PublishError):
            library.publish()
        os.close(folder)
        assert len(receipts(library)) == 2

        assert library.decide("undo", NAME).state == "undone"

    def test_a_lineage_whose_skill_could_not_be_written_is_ours(
        self, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It grows with what was learned since, and goes with the skill."""
        rename = os.rename

        def full(source: str, target: str, **folders: int) -> None:
            if target == "SKILL.md":
                raise OSError(errno.ENOSPC, "No space left on device")
            rename(source, target, **folders)

        library.teach("exact")
        with monkeypatch.context() as disk:
            disk.setattr(os, "rename", full)
            with pytest.raises(PublishError, match="No space left"):
                library.publish()
        library.say("exact")
        library.publish()

        lineage = library.file(NAME).with_name("lineage.json")
        behind = json.loads(lineage.read_bytes())["lessons"]
        assert sorted(len(lesson["corrections"]) for lesson in behind) == [2, 3]
        library.decide("retire", NAME)
        assert not lineage.parent.exists()

    @pytest.mark.parametrize("undone", [False, True])
    def test_a_lineage_that_we_died_over_is_ours(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, undone: bool
    ) -> None:
        """The first one, and that of a skill that begins anew."""
        rename = os.rename

        def die(source: str, target: str, **folders: int) -> None:
            if target == "SKILL.md":
                raise KeyboardInterrupt
            rename(source, target, **folders)

        library = Library(tmp_path / "begun")
        library.teach("pnpm")
        if undone:
            library.publish()
            library.decide("undo", NAME)
            library.teach("exact")
        with monkeypatch.context() as disk:
            disk.setattr(os, "rename", die)
            with pytest.raises(KeyboardInterrupt):
                library.decide("release", NAME) if undone else library.publish()
        lineage = library.file(NAME).with_name("lineage.json")
        begun = lineage.read_bytes()
        library.restart(review=False)
        library.say("pnpm")
        library.publish()

        assert library.skills[NAME].state == "active"
        assert lineage.read_bytes() != begun
        library.decide("retire", NAME)
        assert not lineage.parent.exists()
        library.close()
