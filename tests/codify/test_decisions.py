"""People own their skills: what they say of one goes."""

from pathlib import Path

import pytest

from hivemindd.errors import ConfigError, HivemindError, PublishError
from tests.codify.library import NAME, PLACE, TOPICS, Library
from tests.codify.repositories import git


class TestRetired:
    """A person does not want a skill."""

    def test_its_rules_do_not_return(self, library: Library) -> None:
        """Also not in another skill, and not by new evidence."""
        assert library.decide("retire", NAME).state == "retired"
        assert not library.file(NAME).exists()
        library.teach("pnpm")
        library.teach("exact")

        [other] = library.publish()
        assert b"pnpm" not in Path(other).read_bytes()
        assert library.lessons[TOPICS["pnpm"]["rule"]].state == "retired"

    def test_an_older_version_of_ours_is_removed_too(self, library: Library) -> None:
        """It is ours, whichever it is."""
        first = library.file(NAME).read_bytes()
        library.teach("exact")
        library.publish()
        library.file(NAME).write_bytes(first)

        assert library.decide("retire", NAME).state == "retired"
        assert library.tree() == {}

    def test_what_was_only_proposed_does_not_return_either(self, library: Library) -> None:
        """It belongs to the skill that a person does not want."""
        library.file(NAME).write_bytes(b"mine\n")
        library.teach("exact")
        library.publish()
        library.decide("retire", NAME)

        assert library.publish() == []
        assert {row.state for row in library.lessons.values()} == {"retired"}

    def test_what_git_brings_back_goes_when_it_is_said_again(self, library: Library) -> None:
        """It was away when they said so first; a second word is about what lies there then."""
        git(library.root, "init", "-q")
        git(library.root, "commit", "-qm", "first", "--allow-empty")
        git(library.root, "stash", "-qu")
        assert library.decide("retire", NAME).state == "retired"
        git(library.root, "stash", "pop", "-q")
        assert library.publish() == []
        assert library.file(NAME).exists()

        assert library.decide("retire", NAME).state == "retired"
        assert not library.file(NAME).exists()


class TestPinned:
    """A person wants a skill as it is."""

    def test_nothing_is_written_until_it_is_released(self, library: Library) -> None:
        """What was learned meanwhile comes then."""
        before = library.file(NAME).read_bytes()
        library.decide("pin", NAME)
        library.teach("exact")
        assert library.publish() == []
        assert library.file(NAME).read_bytes() == before

        assert library.decide("release", NAME).written == [str(library.file(NAME))]

    def test_it_stays_when_no_lesson_supports_it(self, library: Library) -> None:
        """Who pins it wants it."""
        library.decide("pin", NAME)
        library.say("pnpm", directive="reversal", rule="Use npm", right="npm", wrong="pnpm")
        library.publish()

        assert library.file(NAME).exists()
        assert library.skills[NAME].state == "pinned"

    def test_an_edit_of_it_is_the_editors_after_the_release(self, library: Library) -> None:
        """And is not written over."""
        library.decide("pin", NAME)
        library.file(NAME).write_bytes(b"mine\n")
        library.teach("exact")

        assert library.decide("release", NAME).state == "user-owned"
        assert library.file(NAME).read_bytes() == b"mine\n"

    def test_only_what_is_there_can_be_pinned_or_released(self, library: Library) -> None:
        """One sentence says why not."""
        with pytest.raises(HivemindError, match="is not pinned"):
            library.decide("release", NAME)
        library.decide("retire", NAME)
        with pytest.raises(HivemindError, match="was taken back"):
            library.decide("pin", NAME)


class TestProjects:
    """A workspace that spans several projects."""

    @pytest.fixture(name="further")
    def _further(self, library: Library) -> Path:
        """Have the skill in a second project, too; return its file there."""
        root = library.spread()
        library.publish()
        file = root / ".claude" / "skills" / NAME / "SKILL.md"
        assert file.exists()
        return file

    @pytest.mark.parametrize("first", [True, False])
    def test_what_is_decided_holds_in_one(
        self, library: Library, further: Path, *, first: bool
    ) -> None:
        """The other goes its way."""
        here, there = library.file(NAME), further
        roots = ["", str(further.parents[3])]
        if not first:
            here, there = there, here
            roots.reverse()
        before = here.read_bytes()
        skill_id = library.skills[NAME].id
        library.decisions.pin(PLACE, skill_id, roots[0])
        library.teach("exact")

        assert library.publish() == [str(there)]
        assert here.read_bytes() == before
        states = [row.state for root in roots for row in library.rows(root)]
        assert states == ["pinned", "active"]
        released = library.decisions.release(PLACE, skill_id, roots[0])
        assert released.written == [str(here)]

    def test_retired_it_goes_everywhere(self, library: Library, further: Path) -> None:
        """Its rules are the same ones; what a person has edited stays where it is."""
        library.decide("retire", NAME)
        assert not library.file(NAME).exists()
        assert not further.exists()
        library.teach("pnpm")
        assert library.publish() == []

    def test_retired_an_edit_of_it_stays(self, library: Library, further: Path) -> None:
        """In whichever project."""
        further.write_bytes(b"mine\n")
        library.decide("retire", NAME)

        assert not library.file(NAME).exists()
        assert further.read_bytes() == b"mine\n"

    def test_an_unknown_project(self, library: Library) -> None:
        """One sentence."""
        with pytest.raises(PublishError, match="no folder of the workspace"):
            library.decisions.retire(PLACE, library.skills[NAME].id, "/elsewhere")


class TestSettings:
    """What the settings forbid, no decision does."""

    def test_without_publishing_no_project_is_touched(self, library: Library) -> None:
        """The sentence names the setting."""
        before = library.tree()
        library.wire(review=False, publish=False)

        for what in ("approve", "retire", "release"):
            with pytest.raises(ConfigError, match="publish = false"):
                library.decide(what, NAME)
        assert library.tree() == before

    def test_a_project_that_is_gone(self, library: Library) -> None:
        """One sentence, and nothing is made in its place."""
        library.root.rename(library.home / "elsewhere")

        with pytest.raises(PublishError, match="no skill is written"):
            library.decide("retire", NAME)
        assert not library.root.exists()
