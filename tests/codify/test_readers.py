"""Skills for every assistant: who finds them, also after the settings change."""

import shutil
from pathlib import Path

import pytest

from hivemindd.config import ASSISTANTS, Assistant
from tests.codify.library import Library
from tests.codify.outcome import NAME, READS, run, seen, skills, text
from tests.codify.workshop import Workshop
from tests.snapshots import snapshot


@pytest.fixture(name="taught")
def _taught(workshop: Workshop) -> Workshop:
    """Give a workshop in which three sessions wait to be learned from."""
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    return workshop


class TestReaders:
    """Who finds a skill, by the folders that each assistant looks into."""

    def test_all_three_load_the_same_skill(self, staged: Workshop) -> None:
        """Learned from one correction of each, read by each, and equal to the byte."""
        run(staged)

        found = {
            (staged.project / folder / NAME / "SKILL.md").read_bytes()
            for folders in READS.values()
            for folder in folders
        }
        assert len(found) == 1
        assert seen(staged.project) == set(ASSISTANTS)

    @pytest.mark.parametrize(
        ("publish_to", "readers", "folder"),
        [
            (["claude-code", "codex", "cursor"], {"claude-code", "codex", "cursor"}, ".claude"),
            (["claude-code", "codex"], {"claude-code", "codex", "cursor"}, ".claude"),
            (["claude-code", "cursor"], {"claude-code", "cursor"}, ".claude"),
            (["claude-code"], {"claude-code", "cursor"}, ".claude"),
            (["cursor"], {"claude-code", "cursor"}, ".claude"),
            (["codex", "cursor"], {"codex", "cursor"}, ".agents"),
            (["codex"], {"codex", "cursor"}, ".agents"),
            ([], set(), ""),
        ],
    )
    def test_who_is_not_published_to_finds_none_but_in_a_shared_folder(
        self, staged: Workshop, publish_to: list[Assistant], readers: set[str], folder: str
    ) -> None:
        """Cursor looks into both folders: it is left out only together with another."""
        run(staged, publish_to=publish_to)

        assert seen(staged.project) == readers
        there = [each for each in (".claude", ".agents") if (staged.project / each).exists()]
        assert not readers or set(there) >= {folder}
        assert ".claude" in there or folder != ".claude"
        assert ".claude" not in there or folder == ".claude"
        assert ("codex" in readers) == (".agents" in there)

    @pytest.mark.parametrize("there", ["folder", "link"])
    def test_a_folder_for_agents_says_that_somebody_reads_it(
        self, taught: Workshop, there: str
    ) -> None:
        """Codex was not seen here, but whoever made the folder finds the skill in it."""
        agents = taught.project / ".agents" / "skills"
        agents.parent.mkdir()
        if there == "folder":
            agents.mkdir()
            (agents / "theirs").mkdir()
        else:
            (taught.project / "tools").mkdir()
            agents.symlink_to("../tools")
        run(taught)

        assert seen(taught.project) == set(ASSISTANTS)
        assert (agents / NAME).is_symlink()
        assert agents.is_symlink() == (there == "link")

    def test_without_codex_no_folder_is_made_for_it(self, taught: Workshop) -> None:
        """Where nobody reads it."""
        run(taught)

        assert not (taught.project / ".agents").exists()

    def test_a_folder_for_agents_elsewhere_keeps_nobody_from_a_skill(
        self, staged: Workshop, tmp_path: Path
    ) -> None:
        """A link that leads out of the project is let be, and the skill says who misses it."""
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (staged.project / ".agents").mkdir()
        (staged.project / ".agents" / "skills").symlink_to(elsewhere)
        run(staged)

        assert text(staged.project)
        assert list(elsewhere.iterdir()) == []
        assert "out of the project" in skills(staged)["webshop"].note

    def test_a_file_in_place_of_their_folder_keeps_nobody_from_a_skill(
        self, taught: Workshop
    ) -> None:
        """Somebody's list of agents, say."""
        (taught.project / ".agents").write_text("theirs\n")
        run(taught)

        assert text(taught.project)
        assert (taught.project / ".agents").read_text() == "theirs\n"

    def test_the_link_goes_with_a_skill_that_is_deleted(self, library: Library) -> None:
        """Else it would lead nowhere, for ever."""
        (library.root / ".agents" / "skills").mkdir(parents=True)
        library.publish()
        link = library.root / ".agents" / "skills" / NAME
        assert link.is_symlink()
        shutil.rmtree(library.file(NAME).parent)
        (library.root / ".claude" / "skills" / "theirs").mkdir()
        library.publish()

        assert library.skills[NAME].state == "deleted"
        assert not link.is_symlink()

    def test_an_entry_of_the_same_name_is_kept(self, staged: Workshop) -> None:
        """Another name is taken for ours, also where theirs differs by case alone."""
        theirs = staged.project / ".agents" / "skills" / NAME.upper()
        theirs.mkdir(parents=True)
        (theirs / "SKILL.md").write_text("theirs\n")
        run(staged)

        assert (theirs / "SKILL.md").read_text() == "theirs\n"
        assert skills(staged)["webshop"].name == f"{NAME}-2"
        assert (theirs.parent / f"{NAME}-2" / "SKILL.md").is_file()

    @pytest.mark.parametrize("folder", [".claude", ".agents", ".cursor", ".codex"])
    @pytest.mark.parametrize("name", [NAME, NAME.title()])
    def test_a_personal_skill_would_hide_ours(
        self, taught: Workshop, folder: str, name: str
    ) -> None:
        """Wherever the person keeps it and however it is written: ours takes another name."""
        (taught.home / folder / "skills" / name).mkdir(parents=True)
        run(taught)

        assert skills(taught)["project"].name == f"{NAME}-2"


class TestOtherSettings:
    """What is there follows when the settings change."""

    def test_a_skill_moves_to_those_it_is_for(self, staged: Workshop) -> None:
        """There and back, the same skill in the same version, and nothing is left behind."""
        run(staged)
        before = text(staged.project)

        run(staged, publish_to=["codex"])
        assert seen(staged.project) == {"codex", "cursor"}
        moved = staged.project / ".agents" / "skills" / NAME
        assert not moved.is_symlink()
        assert (moved / "SKILL.md").read_text() == before
        assert list((staged.project / ".claude" / "skills").iterdir()) == []

        run(staged)
        assert seen(staged.project) == set(ASSISTANTS)
        assert text(staged.project) == before
        assert moved.is_symlink()
        row = skills(staged)["webshop"]
        assert (row.state, row.version) == ("active", 1)

    def test_the_link_goes_with_codex(self, staged: Workshop) -> None:
        """And comes back with it; what others keep there stays."""
        run(staged)
        (staged.project / ".agents" / "skills" / "theirs").mkdir()
        run(staged, publish_to=["claude-code"])
        assert seen(staged.project) == {"claude-code", "cursor"}
        assert (staged.project / ".agents" / "skills" / "theirs").is_dir()

        run(staged)
        assert seen(staged.project) == set(ASSISTANTS)

    def test_what_a_person_edited_stays_where_it_is(self, staged: Workshop) -> None:
        """It is not ours to move; what they deleted does not come back elsewhere."""
        run(staged)
        file = staged.project / ".claude" / "skills" / NAME / "SKILL.md"
        file.write_text("mine now\n")
        run(staged, publish_to=["codex"])

        assert file.read_text() == "mine now\n"
        assert skills(staged)["webshop"].state == "user-owned"

    def test_lineages_of_their_own_stay_where_they_are(self, staged: Workshop) -> None:
        """In the old place and in the new one, while the skill moves."""
        run(staged)
        old, new = (staged.project / each / "skills" / NAME for each in (".claude", ".agents"))
        new.unlink()
        new.mkdir()
        for folder in (old, new):
            (folder / "lineage.json").write_text(f"mine in {folder}\n")
        run(staged, publish_to=["codex"])

        assert skills(staged)["webshop"].path == str(new / "SKILL.md")
        for folder in (old, new):
            assert (folder / "lineage.json").read_text() == f"mine in {folder}\n"

    def test_nothing_is_moved_without_approval(self, staged: Workshop) -> None:
        """With `review` it stays where it is until that is off."""
        run(staged)
        before = snapshot(staged.project)
        run(staged, publish_to=["codex"], review=True)
        assert snapshot(staged.project) == before
        assert skills(staged)["webshop"].state == "active"

        run(staged, publish_to=["codex"])
        assert seen(staged.project) == {"codex", "cursor"}
        assert skills(staged)["webshop"].state == "active"

    def test_what_a_person_deleted_is_not_moved(self, staged: Workshop) -> None:
        """Another folder is no way around their decision."""
        run(staged)
        shutil.rmtree(staged.project / ".claude" / "skills" / NAME)
        run(staged, publish_to=["codex"])

        assert seen(staged.project) == set()
        assert skills(staged)["webshop"].state == "deleted"

    def test_a_crash_while_moving_is_made_up_for(self, staged: Workshop) -> None:
        """A skill that has arrived, with the log still at the old place, has been moved."""
        run(staged)
        old = staged.project / ".claude" / "skills" / NAME
        new = staged.project / ".agents" / "skills" / NAME
        new.unlink()
        old.rename(new)
        run(staged, publish_to=["codex"])

        row = skills(staged)["webshop"]
        assert (row.state, row.path) == ("active", str(new / "SKILL.md"))

    def test_folders_that_are_one_need_no_move(self, staged: Workshop) -> None:
        """What is linked to itself is not removed from the other place."""
        (staged.project / ".agents").mkdir()
        (staged.project / ".agents" / "skills").symlink_to("../.claude/skills")
        run(staged)
        run(staged, publish_to=["codex"])
        run(staged)

        assert seen(staged.project) == set(ASSISTANTS)
        assert skills(staged)["webshop"].state == "active"
