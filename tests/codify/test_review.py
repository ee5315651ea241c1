"""With `review = true` skills wait for a person's word."""

from pathlib import Path

import pytest

from hivemindd.errors import PublishError
from hivemindd.skills.ownership import KEPT_REJECTIONS
from tests.codify.library import NAME, TOPICS, Library


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
