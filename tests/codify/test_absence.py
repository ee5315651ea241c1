"""What has taken a skill away, and when it is back: real repositories, work trees and folders."""

import shutil
from pathlib import Path

import msgspec
import pytest

from hivemindd.codify.repository import MOST_REFS
from tests.codify.repositories import git
from tests.codify.shop import LATER, Shop

ELSEWHERE = "it is committed, but not in what is checked out"


class TestAway:
    """What git took away is neither deleted nor forgotten, and is found when it is back."""

    def test_a_branch_that_does_not_have_it(self, shop: Shop) -> None:
        """The skill was committed on one branch only."""
        git(shop.root, "switch", "-qc", "topic")
        shop.commit()
        git(shop.root, "switch", "-q", "main")
        before = shop.row

        assert shop.settle() == ("absent", ELSEWHERE)
        assert not shop.skill.exists()
        git(shop.root, "switch", "-q", "topic")
        assert shop.settle() == ("active", "")
        assert shop.row == before

    def test_a_branch_that_is_gone_by_now(self, shop: Shop) -> None:
        """The log of HEAD still knows the commit that had it."""
        git(shop.root, "switch", "-qc", "topic")
        shop.commit()
        git(shop.root, "switch", "-q", "main")
        git(shop.root, "branch", "-qD", "topic")

        assert shop.settle() == ("absent", ELSEWHERE)

    def test_a_branch_without_history(self, shop: Shop) -> None:
        """An orphan branch has no commit that could be asked."""
        shop.commit()
        git(shop.root, "switch", "-q", "--orphan", "pages")

        assert shop.settle() == ("absent", ELSEWHERE)

    def test_a_detached_head(self, shop: Shop) -> None:
        """An older commit is looked at, and left again."""
        shop.commit()
        git(shop.root, "checkout", "-q", "--detach", "HEAD~1")

        assert shop.settle() == ("absent", ELSEWHERE)
        git(shop.root, "checkout", "-q", "main")
        assert shop.settle() == ("active", "")

    def test_a_commit_on_no_branch(self, shop: Shop) -> None:
        """It was committed while HEAD was detached, and HEAD has moved on."""
        git(shop.root, "checkout", "-q", "--detach")
        shop.commit()
        git(shop.root, "checkout", "-q", "main")

        assert shop.settle() == ("absent", ELSEWHERE)

    def test_a_branch_on_which_it_was_deleted_before(self, shop: Shop) -> None:
        """A deletion that is older than what we wrote last says nothing about that."""
        shop.commit()
        git(shop.root, "switch", "-qc", "topic")
        git(shop.root, "rm", "-qr", ".claude")
        shop.commit("no skills")
        git(shop.root, "switch", "-q", "main")
        shop.row.written += 3_600_000
        git(shop.root, "switch", "-q", "topic", at=shop.row.written // 1000 + LATER)

        assert shop.settle() == ("absent", ELSEWHERE)

    def test_no_log_of_head(self, shop: Shop) -> None:
        """Where git keeps none, that another branch has it is enough."""
        git(shop.root, "config", "core.logAllRefUpdates", "false")
        shutil.rmtree(shop.root / ".git" / "logs")
        git(shop.root, "switch", "-qc", "topic")
        shop.commit()
        git(shop.root, "switch", "-q", "main")

        assert shop.settle() == ("absent", ELSEWHERE)

    def test_a_skills_folder_that_is_a_link(self, shop: Shop) -> None:
        """A repository that keeps its skills in `.agents` loses them in the same way."""
        agents = shop.root / ".agents" / "skills"
        agents.parent.mkdir()
        shop.skills.rename(agents)
        shop.skills.symlink_to("../.agents/skills")
        git(shop.root, "switch", "-qc", "topic")
        shop.commit()
        git(shop.root, "switch", "-q", "main")

        assert shop.settle() == ("absent", ELSEWHERE)

    @pytest.mark.parametrize("how", ["untracked", "staged", "edited"])
    def test_a_stash(self, shop: Shop, how: str) -> None:
        """Untracked or staged, it comes back with `git stash pop`."""
        if how == "edited":  # something else, too
            (shop.root / "app.py").write_text("two\n")
        if how == "staged":
            git(shop.root, "add", ".claude")
        git(shop.root, "stash", "-q", *(() if how == "staged" else ("-u",)))
        assert not shop.skill.exists()

        assert shop.settle() == ("absent", "it lies in git's stash")
        git(shop.root, "stash", "pop", "-q")
        assert shop.settle() == ("active", "")

    def test_an_older_stash(self, shop: Shop) -> None:
        """It may lie below others."""
        git(shop.root, "stash", "-qu")
        for number in range(2):
            (shop.root / "app.py").write_text(f"{number}\n")
            git(shop.root, "stash", "-q")

        assert shop.settle() == ("absent", "it lies in git's stash")

    def test_a_reset(self, shop: Shop) -> None:
        """What was staged and never committed is lost to git itself: nobody meant the skill."""
        git(shop.root, "add", ".claude")
        git(shop.root, "reset", "-q", "--hard")

        assert shop.settle() == ("absent", "git took it away: reset: moving to HEAD")

    def test_a_commit_that_was_undone(self, shop: Shop) -> None:
        """Neither did who threw away a commit that had it."""
        shop.commit()
        git(shop.root, "reset", "-q", "--hard", "HEAD~1")

        assert shop.settle() == ("absent", ELSEWHERE)

    def test_a_sparse_checkout(self, shop: Shop) -> None:
        """The commit has it, and the person has asked for a part of the tree."""
        (shop.root / "src").mkdir()
        (shop.root / "src" / "a.py").write_text("a\n")
        shop.commit()
        git(shop.root, "sparse-checkout", "set", "--cone", "src")
        assert not shop.skill.exists()

        assert shop.settle() == ("absent", "it is outside of the sparse checkout")
        git(shop.root, "sparse-checkout", "disable")
        assert shop.settle() == ("active", "")

    def test_git_at_work(self, shop: Shop) -> None:
        """Half of a checkout shows nothing."""
        shop.commit()
        (shop.root / ".git" / "index.lock").touch()
        shop.delete()

        assert shop.settle() == ("absent", "git is at work")
        (shop.root / ".git" / "index.lock").unlink()
        assert shop.settle() == ("deleted", "deleted by hand")


class TestWorktrees:
    """Each work tree of a repository has its own files, HEAD and branch."""

    @pytest.fixture(name="linked")
    def _linked(self, scratch_home: Path, shop: Shop) -> Shop:
        """Return a linked worktree with a skill of its own, beside a main one that has none."""
        shutil.rmtree(shop.root / ".claude")
        git(shop.root, "worktree", "add", "-q", "-b", "topic", str(scratch_home / "linked"))
        linked = Shop(scratch_home, scratch_home / "linked")
        linked.write()
        return linked

    def test_a_branch_switch(self, linked: Shop) -> None:
        """In a linked worktree, where `.git` is a file, it is found out in the same way."""
        linked.commit()
        git(linked.root, "switch", "-q", "--detach", "main")

        assert linked.settle() == ("absent", ELSEWHERE)
        git(linked.root, "switch", "-q", "topic")
        assert linked.settle() == ("active", "")

    def test_a_deletion(self, linked: Shop) -> None:
        """So is what a person deletes there."""
        linked.commit()
        linked.delete()

        assert linked.settle() == ("deleted", "deleted by hand")

    def test_a_workspace_that_goes_on_in_another_worktree(self, linked: Shop, shop: Shop) -> None:
        """That this one does not have it is no deletion; when it is merged it is found."""
        linked.commit()
        shop.row = linked.row

        assert shop.settle() == ("absent", f"it was written to {linked.skill}")
        git(shop.root, "merge", "-q", "topic")
        assert shop.settle() == ("active", "")
        assert shop.row.path == str(shop.skill)

    def test_a_repository_out_of_reach(self, linked: Shop, shop: Shop) -> None:
        """Where the main repository is not mounted, git cannot say a thing."""
        linked.commit()
        shop.root.rename(shop.root.with_name("unplugged"))
        linked.delete()
        state, why = linked.settle()

        assert state == "absent"
        assert why.startswith("git cannot be asked whether it was deleted: git said: fatal")
        shop.root.with_name("unplugged").rename(shop.root)
        assert linked.settle() == ("deleted", "deleted by hand")


class TestVanished:
    """A folder that is gone as a whole may come back."""

    @pytest.mark.parametrize("empty", [False, True])
    def test_the_folder_of_the_settings(self, plain: Shop, tmp_path: Path, *, empty: bool) -> None:
        """Whether it is missing or, like a mount point, empty."""
        (plain.root / ".claude").rename(tmp_path / "aside")
        if empty:
            (plain.root / ".claude").mkdir()

        assert plain.settle() == ("absent", ".claude/skills has gone as a whole")
        if empty:
            (plain.root / ".claude").rmdir()
        (tmp_path / "aside").rename(plain.root / ".claude")
        assert plain.settle() == ("active", "")

    def test_a_link_to_nowhere(self, plain: Shop) -> None:
        """The skills lay in another folder of the project, which is gone."""
        plain.skills.rename(plain.root / "ai")
        plain.skills.symlink_to("../ai")
        assert plain.settle() == ("active", "")
        (plain.root / "ai").rename(plain.root / "aside")

        assert plain.settle() == ("absent", ".claude/skills has gone as a whole")

    def test_the_whole_folder_in_a_repository(self, shop: Shop) -> None:
        """What is committed and gone with all else of its folder is not held for a deletion."""
        shop.commit()
        shutil.rmtree(shop.root / ".claude")

        assert shop.settle() == ("absent", ".claude/skills has gone as a whole")
        git(shop.root, "restore", ".claude")
        assert shop.settle() == ("active", "")


class TestWithoutGit:
    """Where git cannot be asked nobody knows, and nobody guesses."""

    def test_git_is_not_installed(self, shop: Shop) -> None:
        """What may be on another branch is not called deleted."""
        shop.delete()
        state, why = shop.settle(search="/nonexistent")

        assert state == "absent"
        assert "git is not installed" in why
        assert shop.settle() == ("deleted", "deleted by hand")

    def test_a_broken_repository(self, shop: Shop) -> None:
        """Neither is it where git gives no answer."""
        shop.delete()
        (shop.root / ".git" / "HEAD").write_text("nonsense\n")

        assert shop.settle()[0] == "absent"

    def test_more_branches_than_can_be_asked(self, shop: Shop) -> None:
        """One of those that were left out may have it."""
        head = git(shop.root, "rev-parse", "HEAD").strip()
        tags = "".join(f"{head} refs/tags/v{number:05}\n" for number in range(MOST_REFS))
        (shop.root / ".git" / "packed-refs").write_text(tags)
        git(shop.root, "switch", "-qc", "topic")
        shop.delete()
        state, why = shop.settle()

        assert state == "absent"
        assert why.endswith(f"there are more than {MOST_REFS} branches and tags")

    def test_nothing_that_the_repository_names_is_run(self, shop: Shop, tmp_path: Path) -> None:
        """Neither its hooks nor its settings, and its files stay as they are."""
        ran = tmp_path / "ran"
        program = tmp_path / "program"
        program.write_text(f"#!/bin/sh\ntouch {ran}\n")
        program.chmod(0o755)
        git(shop.root, "switch", "-qc", "topic")
        shop.commit()
        git(shop.root, "switch", "-q", "main")
        for key in ("core.fsmonitor", "core.pager", "diff.external", "core.sshCommand"):
            git(shop.root, "config", key, str(program))
        shutil.copy(program, shop.root / ".git" / "hooks" / "post-index-change")
        ran.unlink(missing_ok=True)
        before = sorted((path, path.lstat().st_mtime_ns) for path in shop.root.rglob("*"))

        assert shop.settle() == ("absent", ELSEWHERE)
        assert not ran.exists()
        assert before == sorted((path, path.lstat().st_mtime_ns) for path in shop.root.rglob("*"))


def test_what_is_a_persons_own_is_not_called_absent(shop: Shop) -> None:
    """Their skill stays theirs while a branch does not have it; deleted it is as any other."""
    shop.row = msgspec.structs.replace(shop.row, state="user-owned")
    git(shop.root, "switch", "-qc", "topic")
    shop.commit()
    git(shop.root, "switch", "-q", "main")
    assert shop.settle() == ("user-owned", "")
    git(shop.root, "switch", "-q", "topic")
    shop.delete()

    assert shop.settle() == ("deleted", "deleted by hand")


def test_what_was_retired_is_not_looked_for(plain: Shop) -> None:
    """We took it away ourselves."""
    plain.row = msgspec.structs.replace(plain.row, state="retired")
    plain.delete()

    assert plain.settle() == ("retired", "")
