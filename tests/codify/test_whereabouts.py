"""Skills that are not where they were written: on another branch, renamed, deleted, unplugged."""

import shutil

import msgspec
import pytest
import structlog

from hivemindd.errors import PublishError
from hivemindd.log.tables import WORKSPACES, Txn
from hivemindd.records import Workspace
from tests.codify.repositories import git
from tests.codify.shelving import say, shelf, skills
from tests.codify.workshop import Workshop


def teach_more(workshop: Workshop, *names: str, later: int = 10) -> None:
    """Add evidence for a second rule of the same skill."""
    npx = {"rule": "Use pnpm dlx instead of npx", "right": "pnpm dlx", "wrong": "npx"}
    for number, name in enumerate(names or ("one", "two", "three")):
        say(workshop, name, later + number, relates_to="", **npx)


@pytest.fixture(name="published")
def _published(workshop: Workshop) -> Workshop:
    """Return a workshop over a real repository, in which a skill has just been written."""
    (workshop.project / ".git").rmdir()
    git(workshop.project, "init", "-q")
    (workshop.project / "app.py").write_text("one\n")
    git(workshop.project, "add", "app.py")
    git(workshop.project, "commit", "-qm", "first")
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    workshop.codify()
    assert workshop.skill.exists()
    return workshop


def use_codex(workshop: Workshop, workspace: str) -> None:
    """Let Codex have worked in a workspace."""

    def change(txn: Txn) -> None:
        key, row = next(WORKSPACES.scan(txn))
        assert isinstance(row, Workspace)
        assert row.id == workspace
        WORKSPACES.put(
            txn, key, msgspec.structs.replace(row, assistants=[*row.assistants, "codex"])
        )

    workshop.log.transact(change)


def test_another_branch_gets_no_skill_that_it_does_not_have(published: Workshop) -> None:
    """Nothing is written there; back on its own branch what came up meanwhile goes into it."""
    root, (skill,) = published.project, skills(published)
    git(root, "switch", "-qc", "topic")
    git(root, "add", "--all")
    git(root, "commit", "-qm", "skills")
    git(root, "switch", "-q", "main")
    teach_more(published)

    assert shelf(published).publish(skill.workspace) == []
    assert not (root / ".claude").exists()
    (away,) = skills(published)
    assert (away.state, away.sha256, away.version) == ("absent", skill.sha256, 1)

    git(root, "switch", "-q", "topic")
    assert shelf(published).publish(skill.workspace) == [str(published.skill)]
    text = published.skill.read_text()
    assert "- Use pnpm instead of npm." in text
    assert "- Use pnpm dlx instead of npx." in text
    (back,) = skills(published)
    assert (back.state, back.note, back.version) == ("active", "", 2)


def test_a_stash_takes_a_skill_along(published: Workshop) -> None:
    """It comes out of the stash as it was, and is left so where nothing is new."""
    (skill,) = skills(published)
    before = published.skill.read_bytes()
    git(published.project, "stash", "-qu")
    assert shelf(published).publish(skill.workspace) == []
    assert not published.skill.exists()
    assert skills(published)[0].state == "absent"
    git(published.project, "stash", "pop", "-q")

    assert shelf(published).publish(skill.workspace) == []
    assert published.skill.read_bytes() == before
    assert skills(published) == [skill]


def test_a_skill_that_lost_its_lessons_elsewhere_is_taken_back_when_found(
    published: Workshop,
) -> None:
    """What is no longer right is not kept only because it was away when that was said."""
    (skill,) = skills(published)
    git(published.project, "stash", "-qu")
    say(published, "no", 1, directive="reversal", rule="Use npm", right="npm", wrong="pnpm")
    shelf(published).publish(skill.workspace)
    assert [each.state for each in skills(published)] == ["absent"]
    git(published.project, "stash", "pop", "-q")
    shelf(published).publish(skill.workspace)

    assert not published.skill.exists()
    assert [each.state for each in skills(published)] == ["retired"]


def test_a_renamed_skill_is_followed(published: Workshop) -> None:
    """It is the person's own from then on, and the link for Codex goes with it."""
    (skill,) = skills(published)
    agents = published.project / ".agents" / "skills"
    use_codex(published, skill.workspace)
    shelf(published).publish(skill.workspace)
    assert (agents / "package-commands").is_symlink()
    folder = published.skill.parent.rename(published.skill.parent.with_name("pnpm"))
    before = (folder / "SKILL.md").read_bytes()
    teach_more(published)

    assert shelf(published).publish(skill.workspace) == []
    assert [path.name for path in folder.parent.iterdir()] == ["pnpm"]
    assert (folder / "SKILL.md").read_bytes() == before
    assert [path.name for path in agents.iterdir()] == ["pnpm"]
    assert (agents / "pnpm" / "SKILL.md").read_bytes() == before
    assert [(each.state, each.name) for each in skills(published)] == [("user-owned", "pnpm")]


def test_a_person_who_brings_a_skill_back_gets_its_next_version(published: Workshop) -> None:
    """A deletion holds until they take it back."""
    (skill,) = skills(published)
    root = published.project
    git(root, "add", "--all")
    git(root, "commit", "-qm", "skills")
    shutil.rmtree(published.skill.parent)
    shelf(published).publish(skill.workspace)
    assert [each.state for each in skills(published)] == ["deleted"]
    git(root, "checkout", "--", ".claude")
    teach_more(published)

    assert shelf(published).publish(skill.workspace) == [str(published.skill)]
    assert "- Use pnpm dlx instead of npx." in published.skill.read_text()
    assert [each.state for each in skills(published)] == ["active"]


def test_a_project_that_is_gone_for_a_while(published: Workshop) -> None:
    """Nothing is decided until it is back, and its folder is never made by us."""
    (skill,) = skills(published)
    aside = published.project.with_name("unplugged")
    published.project.rename(aside)
    with pytest.raises(PublishError, match="No such file"):
        shelf(published).publish(skill.workspace)
    assert not published.project.exists()
    published.project.mkdir()  # as a place to mount it on
    with pytest.raises(PublishError, match="it is empty, is it mounted"):
        shelf(published).publish(skill.workspace)
    assert list(published.project.iterdir()) == []
    published.project.rmdir()
    aside.rename(published.project)
    teach_more(published)

    assert shelf(published).publish(skill.workspace) == [str(published.skill)]
    assert [each.state for each in skills(published)] == ["active"]


def test_without_git_nothing_is_called_deleted(published: Workshop) -> None:
    """It is said once, however often it is come upon."""
    (skill,) = skills(published)
    shutil.rmtree(published.skill.parent)
    blind = shelf(published, search="/nonexistent")
    with structlog.testing.capture_logs() as said:
        for _ in range(3):
            assert blind.publish(skill.workspace) == []

    assert [each.state for each in skills(published)] == ["absent"]
    (once,) = said
    assert once["cause"].startswith("git cannot be asked whether it was deleted: git is not")
    assert shelf(published).publish(skill.workspace) == []
    assert [each.state for each in skills(published)] == ["deleted"]
