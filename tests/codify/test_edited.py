"""What people did to the file of a skill: it holds, and grows again only when they say so."""

from pathlib import Path
from typing import Any

import pytest

from hivemindd.errors import HivemindError
from hivemindd.skills.ownership import KEPT_HASHES
from tests.codify.library import NAME, TOPICS, Library


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
