"""A skill that a person has renamed: real folders, real repositories."""

import shutil
from pathlib import Path

import pytest

from hivemindd.skills.contents import SKILL
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
