"""A skill that a person has renamed or moved out: real folders, real repositories."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hivemindd.skills.contents import SKILL
from tests.codify.forgetting import forget
from tests.codify.library import Library
from tests.codify.repositories import git
from tests.codify.shop import NAME, Shop


class TestRenamed:
    """A person who names a skill makes it theirs."""

    def test_its_folder(self, shop: Shop) -> None:
        """The mark at its end makes it known; from then on it is not ours to write."""
        shop.skill.parent.rename(shop.skills / "pnpm")

        assert shop.settle() == ("user-owned", f"renamed by hand, from {NAME}")
        assert (shop.row.name, shop.row.path) == ("pnpm", str(shop.skills / "pnpm" / SKILL))
        assert shop.settle() == ("user-owned", f"renamed by hand, from {NAME}")

    def test_to_a_name_that_no_skill_of_ours_has(self, plain: Shop) -> None:
        """Whatever they call it, it is followed, deleted, and found again as theirs."""
        kept = plain.skills / "Package commands.off"
        plain.skill.parent.rename(kept)
        assert plain.settle()[0] == "user-owned"
        assert plain.row.name == kept.name

        kept.rename(plain.root / "aside")
        assert plain.settle()[0] == "deleted"
        (plain.root / "aside").rename(kept)
        assert plain.settle()[0] == "user-owned"

    def test_on_one_branch(self, shop: Shop) -> None:
        """It is followed back and forth, and stays theirs."""
        shop.commit()
        git(shop.root, "switch", "-qc", "topic")
        git(shop.root, "mv", f".claude/skills/{NAME}", ".claude/skills/pnpm")
        shop.commit("rename")

        assert (shop.settle()[0], shop.row.name) == ("user-owned", "pnpm")
        git(shop.root, "switch", "-q", "main")
        assert (shop.settle()[0], shop.row.name) == ("user-owned", NAME)

    def test_a_copy_is_no_new_name(self, plain: Shop) -> None:
        """As long as ours is where it was, it is ours."""
        shutil.copytree(plain.skill.parent, plain.skills / "copy")

        assert plain.settle() == ("active", "")

    @pytest.mark.parametrize("name", ["bad\nname", "\u202egnp"])
    def test_names_that_cannot_be_shown(self, plain: Shop, name: str) -> None:
        """No such name gets into the log, nor from there onto a terminal."""
        plain.skill.parent.rename(plain.skills / name)

        assert plain.settle() == ("deleted", "deleted by hand")

    def test_what_cannot_be_read(self, plain: Shop, tmp_path: Path) -> None:
        """Files, links out of the project and folders without a skill are passed by."""
        outside = tmp_path / "outside"
        shutil.copytree(plain.skill.parent, outside)
        (plain.skills / "link").symlink_to(outside)
        (plain.skills / "file").touch()
        (plain.skills / "empty").mkdir()
        plain.delete()

        assert plain.settle() == ("deleted", "deleted by hand")


def rename(library: Library) -> Path:
    """Give the skill a name that none of ours has; return what is there instead."""
    theirs = library.file(NAME).parent.with_name("Package_Commands")
    return library.file(NAME).parent.rename(theirs) / SKILL


def move_out(library: Library) -> Path:
    """Move the skill to where a person keeps their own, and link it back."""
    folder, kept = library.file(NAME).parent, library.home / "dotfiles"
    shutil.move(folder, kept)
    folder.symlink_to(kept)
    return kept / SKILL


def put_a_file(library: Library) -> Path:
    """Put a plain file where its folder was."""
    folder = library.file(NAME).parent
    shutil.rmtree(folder)
    folder.write_text("mine\n")
    return folder


class TestTakenOver:
    """What a person has made of one skill holds up nothing else."""

    @pytest.fixture(name="theirs", params=[rename, move_out, put_a_file])
    def _theirs(self, request: pytest.FixtureRequest, library: Library) -> Path:
        take_over: Callable[[Library], Path] = request.param
        return take_over(library)

    def test_others_are_written(self, library: Library, theirs: Path) -> None:
        """In the run that comes upon it, and ever after."""
        before = theirs.read_bytes()
        library.teach("tabs")
        assert library.publish() == [str(library.file("code-style"))]
        library.teach("exact")
        library.publish()

        assert {row.state for row in library.rows()} == {"user-owned", "active"}
        assert theirs.read_bytes() == before

    def test_others_follow_what_is_forgotten(self, library: Library, theirs: Path) -> None:
        """None of it stays in a file of ours."""
        library.teach("tabs")
        library.publish()

        assert forget(library, "s3", "s4") == []
        assert not library.file("code-style").exists()
        assert theirs.exists()

    def test_it_is_theirs_whatever_they_say(self, library: Library, theirs: Path) -> None:
        """It can be pinned, released and retired; the file stays."""
        library.publish()
        (name,) = (row.name for row in library.rows() if row.state == "user-owned")

        assert library.decide("pin", name).state == "pinned"
        assert library.decide("release", name).state == "user-owned"
        assert library.decide("retire", name).state == "user-owned"
        assert theirs.exists()

    def test_one_of_another_name_that_they_deleted(self, library: Library) -> None:
        """It is retired like any other."""
        theirs = rename(library)
        library.publish()
        shutil.rmtree(theirs.parent)
        library.publish()

        assert library.skills["Package_Commands"].state == "deleted"
        assert library.decide("retire", "Package_Commands").state == "retired"

    def test_no_rule_waits_for_a_name_that_none_of_ours_has(self, library: Library) -> None:
        """What is learned for the same work has a skill of its own."""
        rename(library)
        library.publish()
        library.teach("exact")

        assert library.publish() == [str(library.file(NAME))]
        assert library.skills[NAME].rules == ["Pin exact versions of new packages"]
