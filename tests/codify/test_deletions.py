"""What a person took away stays away, until they bring it back: real repositories, real folders."""

import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from tests.codify.repositories import git
from tests.codify.shop import LATER, NAME, Shop


class TestDeleted:
    """What a person took away is remembered as that."""

    def test_without_version_control(self, plain: Shop) -> None:
        """There is nothing else that could have done it."""
        plain.delete()

        assert plain.settle() == ("deleted", "deleted by hand")

    def test_only_its_file(self, plain: Shop) -> None:
        """The rest of the folder may stay."""
        plain.skill.unlink()

        assert plain.settle() == ("deleted", "deleted by hand")

    def test_never_committed(self, shop: Shop) -> None:
        """A repository that never saw it knows nothing else."""
        shop.delete()

        assert shop.settle() == ("deleted", "deleted by hand")

    def test_in_a_repository_without_a_commit(self, scratch_home: Path) -> None:
        """Neither does one that has seen nothing at all."""
        shop = Shop(scratch_home, scratch_home / "new")
        git(shop.root, "init", "-q")
        shop.write()
        shop.delete()

        assert shop.settle() == ("deleted", "deleted by hand")

    def test_after_unrelated_moves(self, shop: Shop) -> None:
        """That branches were switched meanwhile excuses nothing."""
        git(shop.root, "switch", "-qc", "topic")
        git(shop.root, "switch", "-q", "main")
        shop.delete()

        assert shop.settle() == ("deleted", "deleted by hand")

    def test_where_another_branch_has_one_of_that_name(self, shop: Shop) -> None:
        """As long as HEAD has stood still, no branch switch took it away."""
        git(shop.root, "switch", "-qc", "topic")
        shop.commit()
        git(shop.root, "switch", "-q", "main")
        shop.write()
        shop.row.written += LATER * 1000
        shop.delete(later=2 * LATER)

        assert shop.settle() == ("deleted", "deleted by hand")

    def test_committed_and_not_yet_staged(self, shop: Shop) -> None:
        """What is checked out has it: only a hand takes it from the disk."""
        shop.commit()
        shop.delete()

        assert shop.settle() == ("deleted", "deleted by hand")

    def test_staged(self, shop: Shop) -> None:
        """`git rm` is a plain word, also where it leaves nothing of the folder."""
        shop.commit()
        git(shop.root, "rm", "-qr", ".claude")

        assert shop.settle() == ("deleted", "deleted with `git rm`")

    def test_in_a_commit(self, shop: Shop) -> None:
        """So is a commit, though another branch still has the file."""
        shop.commit()
        git(shop.root, "switch", "-qc", "topic")
        git(shop.root, "rm", "-qr", ".claude")
        shop.commit("no skills")

        assert shop.settle() == ("deleted", "deleted in a commit")

    def test_in_a_commit_of_somebody_else(self, shop: Shop, tmp_path: Path) -> None:
        """What was deleted elsewhere and pulled was deleted."""
        shop.commit()
        other = tmp_path / "other"
        git(tmp_path, "clone", "-q", str(shop.root), str(other))
        git(other, "rm", "-qr", ".claude")
        git(other, "commit", "-qm", "no skills")
        git(shop.root, "pull", "-q", str(other))

        assert shop.settle() == ("deleted", "deleted in a commit")

    def test_beside_an_empty_git_folder(self, plain: Shop) -> None:
        """An empty `.git` is no repository that could know better."""
        (plain.root / ".git").mkdir()
        plain.delete()

        assert plain.settle(search="/nonexistent") == ("deleted", "deleted by hand")


class TestBroughtBack:
    """Whoever brings a deleted skill back has changed their mind."""

    def test_out_of_git(self, shop: Shop) -> None:
        """It is active again, and its next version can be written over it."""
        shop.commit()
        shop.delete()
        assert shop.settle()[0] == "deleted"
        git(shop.root, "checkout", "-q", "--", ".claude")

        assert shop.settle() == ("active", "")
        assert shop.row.sha256 == sha256(shop.skill.read_bytes()).hexdigest()

    @pytest.mark.parametrize("seen", ["by hand", "with `git rm`", "in a commit"])
    def test_from_a_branch_that_never_lost_it(self, shop: Shop, seen: str) -> None:
        """What another branch has removed is theirs as ever where it is, though not a word of ours.

        Whenever it was looked for on that branch.
        """
        shop.skill.write_text("mine\n")
        shop.commit()
        assert shop.settle()[0] == "user-owned"
        git(shop.root, "switch", "-qc", "topic")
        if seen == "by hand":
            shop.delete()
        else:
            git(shop.root, "rm", "-qr", ".claude")
        if seen == "in a commit":
            shop.commit("no skills")
        assert shop.settle() == ("deleted", f"deleted {seen}")
        if seen != "in a commit":
            shop.commit("no skills")
        git(shop.root, "switch", "-q", "main")

        assert shop.settle()[0] == "user-owned"
        git(shop.root, "switch", "-q", "topic")
        assert shop.settle() == ("deleted", "deleted in a commit")
        git(shop.root, "switch", "-q", "--detach", "main")
        git(shop.root, "branch", "-qD", "topic")
        assert shop.settle()[0] == "user-owned"

    def test_after_the_removal_was_merged(self, shop: Shop) -> None:
        """What is checked out has lost it, and another skill of its name is not it."""
        shop.skill.write_text("mine\n")
        shop.commit()
        git(shop.root, "switch", "-qc", "topic")
        git(shop.root, "rm", "-qr", ".claude")
        shop.commit("no skills")
        git(shop.root, "switch", "-q", "main")
        git(shop.root, "merge", "-q", "topic")
        assert shop.settle() == ("deleted", "deleted in a commit")
        shop.skill.parent.mkdir(parents=True)
        shop.skill.write_text("mine\n")
        shop.commit("another")

        assert shop.settle() == ("deleted", "deleted in a commit")

    @pytest.mark.parametrize("place", ["untracked", "committed", "without history"])
    def test_another_on_a_branch_that_never_had_it(self, shop: Shop, place: str) -> None:
        """A skill of that name which was begun on another branch is not it either."""
        git(shop.root, "switch", "-qc", "topic")
        shop.commit()
        git(shop.root, "rm", "-qr", ".claude")
        shop.commit("no skills")
        shop.settle()
        other = ["--orphan", "pages"] if place == "without history" else ["main"]
        git(shop.root, "switch", "-q", *other)
        shop.skill.parent.mkdir(parents=True)
        shop.skill.write_text("mine\n")
        if place != "untracked":
            shop.commit("another")

        assert shop.settle() == ("deleted", "deleted in a commit")

    def test_another_of_that_name_is_not_it(self, plain: Shop) -> None:
        """A skill of the person's own ends no tombstone."""
        plain.delete()
        plain.settle()
        plain.skill.parent.mkdir()
        plain.skill.write_text("mine\n")

        assert plain.settle() == ("deleted", "deleted by hand")

    def test_under_another_name(self, plain: Shop, tmp_path: Path) -> None:
        """Then it is back, and theirs."""
        shutil.copytree(plain.skill.parent, tmp_path / "backup")
        plain.delete()
        plain.settle()
        shutil.copytree(tmp_path / "backup", plain.skills / "pnpm")

        assert plain.settle() == ("user-owned", f"renamed by hand, from {NAME}")
