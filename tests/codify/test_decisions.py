"""People own their skills: what they did to a file holds, and what they say goes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hivemindd.errors import ConfigError, HivemindError, PublishError
from hivemindd.skills.ownership import KEPT_HASHES, KEPT_REJECTIONS
from tests.codify.library import PLACE, TOPICS, Library
from tests.codify.repositories import git

NAME = "package-commands"


@pytest.fixture(name="library")
def _library(tmp_path: Path) -> Iterator[Library]:
    """Give a project in which one rule was learned and published."""
    library = Library(tmp_path / "library")
    library.teach("pnpm")
    assert library.publish() == [str(library.file(NAME))]
    yield library
    library.close()


@pytest.fixture(name="reviewed")
def _reviewed(tmp_path: Path) -> Iterator[Library]:
    """Give one in which a rule was learned, and waits for a person."""
    library = Library(tmp_path / "reviewed", review=True)
    library.teach("pnpm")
    assert library.publish() == []
    yield library
    library.close()


class TestRollback:
    """A person goes back to what the skill said before."""

    @pytest.fixture
    def versions(self, library: Library) -> list[bytes]:
        """Have a second version written; return both."""
        first = library.file(NAME).read_bytes()
        library.teach("exact")
        library.publish()
        return [first, library.file(NAME).read_bytes()]

    def test_it_is_seen_and_the_skill_is_pinned(
        self, library: Library, versions: list[bytes]
    ) -> None:
        """Nothing is written or proposed from then on."""
        library.file(NAME).write_bytes(versions[0])
        library.teach("exact")

        assert library.publish() == []
        assert (library.skills[NAME].state, library.skills[NAME].proposal) == ("pinned", None)
        assert library.file(NAME).read_bytes() == versions[0]

    def test_it_is_seen_after_many_versions(self, library: Library) -> None:
        """Of 32; what is older still counts as the person's, so it is not written over either."""
        written = []
        for number in range(35):
            library.say("pnpm", relation="refines", rule="", not_when=[f"in folder {99 - number}"])
            library.publish()
            written.append(library.file(NAME).read_bytes())
        row = library.skills[NAME]
        assert len(row.hashes) == KEPT_HASHES

        for version, state in ((written[-32], "pinned"), (written[0], "user-owned")):
            library.file(NAME).write_bytes(version)
            assert library.publish() == []
            assert library.skills[NAME].state == state

    def test_released_it_grows_again(self, library: Library, versions: list[bytes]) -> None:
        """At once, and from the version that it was rolled back to."""
        library.file(NAME).write_bytes(versions[0])
        library.publish()

        decided = library.decide("release", NAME)

        assert (decided.state, decided.written) == ("active", [str(library.file(NAME))])
        assert b"Pin exact versions" in library.file(NAME).read_bytes()

    def test_who_puts_the_newest_back_has_released_it(
        self, library: Library, versions: list[bytes]
    ) -> None:
        """As a change of branches does, there and back."""
        library.file(NAME).write_bytes(versions[0])
        library.publish()
        library.file(NAME).write_bytes(versions[1])
        library.publish()

        assert library.skills[NAME].state == "active"


class TestEdited:
    """A person writes into the file."""

    MINE = b"mine now\n"

    @pytest.fixture(autouse=True)
    def ours(self, library: Library) -> bytes:
        """Have the file edited; return what it was."""
        before = library.file(NAME).read_bytes()
        library.file(NAME).write_bytes(self.MINE)
        return before

    def test_without_new_evidence_nothing_is_proposed(self, library: Library) -> None:
        """The edit is noticed, and that is all."""
        library.publish()

        row = library.skills[NAME]
        assert (row.state, row.proposal) == ("user-owned", None)

    def test_new_evidence_becomes_a_proposal(self, library: Library) -> None:
        """With the whole text; the file stays as it is, and so does what the row says of it."""
        library.teach("exact")
        library.publish()

        row = library.skills[NAME]
        assert row.proposal is not None
        assert "- Pin exact versions of new packages." in row.proposal.text
        assert (row.proposal.version, row.version, len(row.lessons)) == (2, 1, 1)
        assert library.file(NAME).read_bytes() == self.MINE

    def test_a_proposal_keeps_its_age(self, library: Library) -> None:
        """The same text is the same proposal, however often it comes up."""
        library.teach("exact")
        library.publish()
        before = library.skills[NAME].proposal
        library.publish()

        assert library.skills[NAME].proposal == before

    def test_approved_it_is_written_and_ours_again(self, library: Library) -> None:
        """What is learned later is then written without asking."""
        library.teach("exact")
        library.publish()
        decided = library.decide("approve", NAME)

        assert (decided.state, decided.written) == ("active", [str(library.file(NAME))])
        assert (library.skills[NAME].version, library.skills[NAME].proposal) == (2, None)
        library.say("pnpm", relation="refines", rule="", not_when=["publishing the SDK"])
        assert library.publish() == [str(library.file(NAME))]
        assert b"publishing the SDK" in library.file(NAME).read_bytes()

    def test_rejected_it_is_not_proposed_again(self, library: Library) -> None:
        """Until there is something else to say."""
        library.teach("exact")
        library.publish()
        library.decide("reject", NAME)
        library.say("exact")
        library.publish()
        assert library.skills[NAME].proposal is None

        library.say("pnpm", relation="refines", rule="", not_when=["publishing the SDK"])
        library.publish()
        assert library.skills[NAME].proposal is not None
        assert library.file(NAME).read_bytes() == self.MINE

    def test_a_proposal_goes_with_what_it_stands_on(self, library: Library) -> None:
        """Nobody can approve what was contradicted since."""
        library.teach("exact")
        library.publish()
        library.say(
            "exact", rule="Never pin exact versions of new packages", directive="reversal",
            relates_to=library.lessons[TOPICS["exact"]["rule"]].id, relation="contradicts",
        )  # fmt: skip
        library.publish()

        assert library.skills[NAME].proposal is None
        with pytest.raises(HivemindError, match="nothing is proposed"):
            library.decide("approve", NAME)

    def test_who_takes_the_edit_back_has_our_skill_again(
        self, library: Library, ours: bytes
    ) -> None:
        """It grows again, by itself."""
        library.publish()
        library.file(NAME).write_bytes(ours)
        library.teach("exact")

        assert library.publish() == [str(library.file(NAME))]

    def test_deleted_after_all_it_stays_deleted(self, library: Library, ours: bytes) -> None:
        """Nothing is proposed for it; a skill of their own in its place is no edit of it."""
        library.publish()
        library.file(NAME).unlink()
        library.teach("exact")
        [other] = library.publish()
        library.file(NAME).write_bytes(self.MINE)
        library.publish()
        row = library.skills[NAME]
        assert (Path(other).parent.name, row.state) == (f"{NAME}-2", "deleted")

        library.file(NAME).write_bytes(ours)
        library.publish()
        assert library.skills[NAME].state == "active"

    def test_who_takes_the_proposal_over_has_our_skill_again(self, library: Library) -> None:
        """Equal bytes are taken for what they are."""
        library.teach("exact")
        library.publish()
        wanted = library.skills[NAME].proposal
        assert wanted is not None
        library.file(NAME).write_text(wanted.text)
        library.publish()

        assert (library.skills[NAME].state, library.skills[NAME].version) == ("active", 2)

    def test_retired_it_stays_as_theirs(self, library: Library) -> None:
        """To take a skill back is no leave to throw a person's text away."""
        assert library.decide("retire", NAME).state == "user-owned"
        assert library.file(NAME).read_bytes() == self.MINE
        assert library.skills[NAME].state == "retired"


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


class TestReview:
    """`review = true`: nothing is written before a person says so."""

    def test_everything_waits(self, reviewed: Library) -> None:
        """Not even an empty folder is made."""
        row = reviewed.skills[NAME]

        assert (row.state, row.written, row.rules) == ("waiting", 0, [TOPICS["pnpm"]["rule"]])
        assert list(reviewed.root.iterdir()) == []

    def test_before_anything_is_promoted_nothing_is_made_either(self, tmp_path: Path) -> None:
        """The folder that helps running sessions waits as well."""
        library = Library(tmp_path / "early", review=True)
        library.say("pnpm")
        library.publish()

        assert list(library.root.iterdir()) == []
        library.close()

    def test_approved_it_is_written(self, reviewed: Library) -> None:
        """And the next version waits again."""
        reviewed.decide("approve", NAME)
        first = reviewed.file(NAME).read_bytes()
        reviewed.teach("exact")
        reviewed.publish()

        assert b"Use pnpm instead of npm" in first
        assert reviewed.file(NAME).read_bytes() == first
        assert (reviewed.skills[NAME].state, reviewed.skills[NAME].version) == ("active", 1)
        reviewed.decide("approve", NAME)
        assert b"Pin exact versions" in reviewed.file(NAME).read_bytes()

    def test_it_counts_from_its_approval(self, reviewed: Library) -> None:
        """While it waited nobody could heed it; what comes later does not start it anew."""
        reviewed.clock.step(3600)
        reviewed.decide("approve", NAME)
        first = reviewed.clock.now()
        assert list(reviewed.skills[NAME].since.values()) == [first]
        reviewed.teach("exact")
        reviewed.publish()
        reviewed.clock.step(3600)
        reviewed.decide("approve", NAME)

        assert sorted(reviewed.skills[NAME].since.values()) == [first, reviewed.clock.now()]

    def test_rejected_it_is_not_written_without_review_either(self, reviewed: Library) -> None:
        """A no holds, whatever the settings say later."""
        assert reviewed.decide("reject", NAME).state == "rejected"
        reviewed.publish()
        reviewed.wire(review=False)

        assert reviewed.publish() == []
        assert reviewed.skills[NAME].state == "rejected"
        reviewed.teach("exact")
        assert reviewed.publish() == [str(reviewed.file(NAME))]

    def test_without_review_what_waited_is_written(self, reviewed: Library) -> None:
        """The settings are the person's word too."""
        reviewed.wire(review=False)

        assert reviewed.publish() == [str(reviewed.file(NAME))]
        assert reviewed.skills[NAME].state == "active"

    def test_to_take_a_skill_back_waits_too(self, reviewed: Library) -> None:
        """It is a change of the project."""
        reviewed.decide("approve", NAME)
        reviewed.say("pnpm", directive="reversal", rule="Use npm", right="npm", wrong="pnpm")
        reviewed.publish()
        row = reviewed.skills[NAME]
        assert row.proposal is not None
        assert (row.state, row.proposal.text) == ("active", "")
        assert reviewed.file(NAME).exists()

        assert reviewed.decide("approve", NAME).state == "retired"
        assert reviewed.tree() == {}

    def test_rejected_it_is_not_taken_back(self, reviewed: Library) -> None:
        """And nobody asks again."""
        reviewed.decide("approve", NAME)
        reviewed.say("pnpm", directive="reversal", rule="Use npm", right="npm", wrong="pnpm")
        reviewed.publish()
        reviewed.decide("reject", NAME)
        reviewed.publish()

        assert (reviewed.skills[NAME].state, reviewed.skills[NAME].proposal) == ("active", None)
        assert reviewed.file(NAME).exists()

    def test_what_nothing_supports_any_more_waits_no_longer(self, reviewed: Library) -> None:
        """It was never there."""
        reviewed.say("pnpm", directive="reversal", rule="Use npm", right="npm", wrong="pnpm")
        reviewed.publish()

        assert NAME not in reviewed.skills

    def test_a_name_that_was_taken_meanwhile_is_not_written_over(self, reviewed: Library) -> None:
        """What was never written gives way, and waits under another name."""
        reviewed.file(NAME).parent.mkdir(parents=True)
        reviewed.file(NAME).write_bytes(b"# theirs\n")

        with pytest.raises(PublishError, match="is not ours"):
            reviewed.decide("approve", NAME)
        reviewed.publish()
        reviewed.decide("approve", f"{NAME}-2")
        assert reviewed.file(f"{NAME}-2").exists()
        assert reviewed.file(NAME).read_bytes() == b"# theirs\n"

    def test_rejections_are_bounded(self, reviewed: Library) -> None:
        """The newest are remembered."""
        for number in range(KEPT_REJECTIONS + 3):
            reviewed.decide("reject", NAME)
            reviewed.say("pnpm", relation="refines", rule="", not_when=[f"in {99 - number}"])
            reviewed.publish()

        assert len(reviewed.skills[NAME].rejected) == KEPT_REJECTIONS


class TestShown:
    """What a person approves is what they have looked at."""

    @pytest.fixture
    def ids(self, reviewed: Library) -> list[str]:
        """Have a proposal looked at, and another take its place; return their ids."""
        ids = [self.newest(reviewed)]
        self.look(reviewed)
        reviewed.teach("exact")
        reviewed.publish()
        return [*ids, self.newest(reviewed)]

    def newest(self, library: Library) -> str:
        """Return the id of what is proposed now."""
        proposal = library.skills[NAME].proposal
        assert proposal is not None
        return proposal.id

    def look(self, library: Library) -> None:
        """Have a person look at what is proposed now."""
        skill_id = library.skills[NAME].id
        library.decisions.show(PLACE, skill_id, proposal=self.newest(library))

    def approve(self, library: Library, proposal: str) -> list[str]:
        """Approve a certain proposal; return what was written."""
        skill_id = library.skills[NAME].id
        return library.decisions.approve(PLACE, skill_id, proposal=proposal).written

    def test_another_that_came_since_is_not_written(
        self, reviewed: Library, ids: list[str]
    ) -> None:
        """The sentence says how to look at it, and who has looked may approve."""
        assert ids[0] != ids[1]
        look = f"look at it with `hivemindctl skills show {NAME} --diff`"
        for _ in range(2):
            with pytest.raises(HivemindError) as refused:
                reviewed.decide("approve", NAME)
            assert str(refused.value) == (
                f"the proposal for {NAME} has changed since you were shown it: {look}"
            )
        assert not reviewed.file(NAME).exists()
        assert self.newest(reviewed) == ids[1]

        self.look(reviewed)
        assert reviewed.decide("approve", NAME).written == [str(reviewed.file(NAME))]

    def test_the_one_that_is_named_is_written(self, reviewed: Library, ids: list[str]) -> None:
        """Whatever was looked at last; and only that one."""
        with pytest.raises(HivemindError, match=f"is {ids[1]} now: look at it with"):
            self.approve(reviewed, ids[0])
        assert not reviewed.file(NAME).exists()

        assert self.approve(reviewed, ids[1]) == [str(reviewed.file(NAME))]

    @pytest.mark.parametrize("what", ["approve", "reject"])
    def test_a_decision_ends_it(self, reviewed: Library, what: str) -> None:
        """What is proposed after that is another matter, and nobody has seen it."""
        self.look(reviewed)
        reviewed.decide(what, NAME)
        reviewed.teach("exact")
        reviewed.publish()
        assert reviewed.skills[NAME].shown == ""

        assert reviewed.decide("approve", NAME).written == [str(reviewed.file(NAME))]

    def test_to_take_a_skill_back_is_another_proposal(self, reviewed: Library) -> None:
        """Who has looked at a new version has not agreed to that."""
        reviewed.decide("approve", NAME)
        reviewed.say("pnpm", relation="refines", rule="", not_when=["in the old folder"])
        reviewed.publish()
        self.look(reviewed)
        reviewed.say("pnpm", directive="reversal", rule="Use npm", right="npm", wrong="pnpm")
        reviewed.publish()
        before = reviewed.tree()

        with pytest.raises(HivemindError, match="has changed since you were shown it"):
            reviewed.decide("approve", NAME)
        assert reviewed.tree() == before
        self.look(reviewed)
        assert reviewed.decide("approve", NAME).state == "retired"
        assert reviewed.tree() == {}


class TestRules:
    """A rule that would widen what an assistant may do waits for a person's word."""

    @pytest.fixture
    def lesson(self, library: Library) -> str:
        """Have such a rule said often enough; return its id."""
        library.teach("push")
        row = library.lessons[TOPICS["push"]["rule"]]
        assert row.state == "review"
        return row.id

    def test_allowed_it_is_published(self, library: Library, lesson: str) -> None:
        """And stays allowed when it is said again."""
        decided = library.decisions.allow(PLACE, lesson)

        assert decided.state == "promoted"
        assert decided.written == [str(library.file("version-control"))]
        library.say("push")
        assert library.lessons[TOPICS["push"]["rule"]].state == "promoted"

    def test_another_wording_waits_anew(self, library: Library, lesson: str) -> None:
        """A person allowed what they read, and nothing else."""
        library.decisions.allow(PLACE, lesson)
        rule = "Push at once instead of after a green run"
        library.say("push", rule=rule, relates_to=lesson, relation="same")

        assert library.lessons[rule].id == lesson
        assert library.lessons[rule].state == "review"
        library.publish()
        assert not library.file("version-control").exists()

    def test_refused_it_is_out_for_good(self, library: Library, lesson: str) -> None:
        """However often it is said."""
        assert library.decisions.refuse(PLACE, lesson).state == "retired"
        library.teach("push")

        assert library.lessons[TOPICS["push"]["rule"]].state == "retired"
        with pytest.raises(HivemindError, match="waits"):
            library.decisions.allow(PLACE, lesson)

    def test_what_no_skill_may_hold_is_not_allowed(self, library: Library) -> None:
        """The guard has the last word, and says so at once."""
        library.say("push", rule="Push without asking")
        lesson = library.lessons["Push without asking"]

        with pytest.raises(HivemindError, match="it widens permissions: add it to your own"):
            library.decisions.allow(PLACE, lesson.id)
        assert library.lessons["Push without asking"].state == "review"


class TestBranches:
    """What git takes away and brings back is nobody's decision."""

    @pytest.fixture(autouse=True)
    def committed(self, library: Library) -> bytes:
        """Have the first version committed on `old`, the second on `main`; return the first."""
        first = library.file(NAME).read_bytes()
        git(library.root, "init", "-q")
        (library.root / "app.py").write_text("one\n")
        git(library.root, "add", "app.py")
        git(library.root, "commit", "-qm", "first")
        git(library.root, "branch", "bare")
        git(library.root, "add", "--all")
        git(library.root, "commit", "-qm", "skills")
        git(library.root, "branch", "old")
        library.teach("exact")
        library.publish()
        git(library.root, "commit", "-qam", "more skills")
        return first

    def switch(self, library: Library, branch: str) -> None:
        """Switch to a branch, and let the daemon do its work."""
        git(library.root, "switch", "-q", branch)
        library.publish()

    def test_an_older_version_is_pinned_only_there(
        self, library: Library, committed: bytes
    ) -> None:
        """It is not written over, and grows again where the newest is."""
        self.switch(library, "old")
        library.teach("pnpm")
        library.say("pnpm", relation="refines", rule="", not_when=["publishing the SDK"])
        assert library.publish() == []
        assert library.skills[NAME].state == "pinned"
        assert library.file(NAME).read_bytes() == committed

        git(library.root, "switch", "-q", "main")
        assert library.publish() == [str(library.file(NAME))]
        assert library.skills[NAME].state == "active"
        assert b"publishing the SDK" in library.file(NAME).read_bytes()

    def test_what_is_away_is_not_proposed_nor_written(self, library: Library) -> None:
        """With review or without; when it is back it goes on."""
        for review in (True, False):
            library.wire(review=review)
            self.switch(library, "bare")
            library.say("pnpm", relation="refines", rule="", not_when=["publishing the SDK"])
            assert library.publish() == []
            assert (library.skills[NAME].state, library.skills[NAME].proposal) == ("absent", None)
            assert not library.file(NAME).exists()
            git(library.root, "switch", "-q", "main")
        assert library.publish() == [str(library.file(NAME))]

    def test_a_proposal_is_not_written_where_there_is_no_file(self, library: Library) -> None:
        """A branch without the skill is not the place for it, and its edit stays theirs."""
        library.file(NAME).write_bytes(b"mine\n")
        git(library.root, "commit", "-qam", "mine")
        library.say("pnpm", relation="refines", rule="", not_when=["publishing the SDK"])
        library.publish()
        self.switch(library, "bare")
        before = library.skills[NAME]
        assert (before.state, before.proposal is None) == ("user-owned", False)

        with pytest.raises(HivemindError, match="is not there: what is missing is not written"):
            library.decide("approve", NAME)
        assert not library.file(NAME).exists()
        git(library.root, "switch", "-q", "main")
        library.publish()
        assert library.skills[NAME] == before
        assert library.decide("approve", NAME).state == "active"

    def test_what_was_pinned_stays_pinned(self, library: Library) -> None:
        """Also while a branch does not have it; it cannot be released there."""
        library.decide("pin", NAME)
        self.switch(library, "bare")
        assert library.skills[NAME].state == "pinned"
        with pytest.raises(HivemindError, match="there is nothing to release"):
            library.decide("release", NAME)

        self.switch(library, "main")
        assert library.skills[NAME].state == "pinned"
        assert library.decide("release", NAME).state == "active"

    def test_what_is_absent_cannot_be_pinned(self, library: Library) -> None:
        """One sentence says why not."""
        self.switch(library, "bare")

        with pytest.raises(HivemindError, match="is not there just now"):
            library.decide("pin", NAME)

    def test_what_was_deleted_stays_deleted(self, library: Library) -> None:
        """Only a deletion is one."""
        git(library.root, "rm", "-qr", ".claude")
        git(library.root, "commit", "-qm", "no skills")
        library.publish()

        assert library.skills[NAME].state == "deleted"


class TestRenamed:
    """A person gives a skill another name."""

    OTHER = "our-packages"

    @pytest.fixture(autouse=True)
    def renamed(self, library: Library) -> bytes:
        """Have the folder renamed, and that noticed; return the text."""
        library.file(NAME).parent.rename(library.file(self.OTHER).parent)
        library.publish()
        return library.file(self.OTHER).read_bytes()

    def test_it_is_theirs_and_nothing_is_proposed(self, library: Library, renamed: bytes) -> None:
        """As long as there is nothing new to say."""
        library.publish()

        assert library.tree()[f".claude/skills/{self.OTHER}/SKILL.md"] == renamed
        (row,) = library.skills.values()
        assert (row.name, row.state, row.proposal) == (self.OTHER, "user-owned", None)

    @pytest.mark.parametrize(
        ("topic", "fields", "text"),
        [
            ("exact", {}, "Pin exact versions"),
            ("pnpm", {"relation": "refines", "rule": "", "not_when": ["in docs"]}, "in docs"),
        ],
    )
    def test_new_evidence_becomes_a_proposal(
        self, library: Library, renamed: bytes, topic: str, fields: dict[str, Any], text: str
    ) -> None:
        """It is written to where they put it, and only when they say so."""
        for _ in range(2):
            library.say(topic, **fields or {"directive": "always"})
        assert library.publish() == []
        assert library.file(self.OTHER).read_bytes() == renamed

        decided = library.decide("approve", self.OTHER)
        assert decided.written == [str(library.file(self.OTHER))]
        assert text in library.file(self.OTHER).read_text()
        assert not library.file(NAME).exists()
        assert library.skills[self.OTHER].state == "active"

    def test_what_was_pinned_stays_pinned(self, library: Library) -> None:
        """Another name is no release."""
        library.decide("pin", self.OTHER)
        library.file(self.OTHER).parent.rename(library.file("third").parent)
        library.publish()

        assert library.skills["third"].state == "pinned"
        assert library.skills["third"].kept


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
