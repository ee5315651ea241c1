"""What was done last to a skill can be taken back, and stays taken back."""

from pathlib import Path

import pytest

from hivemindd.codify.receipts import KEPT_BYTES
from hivemindd.errors import ConfigError, HivemindError, PublishError
from tests.codify.library import NAME, TOPICS, Library
from tests.codify.trail import receipts

TOKEN = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"


def use_agents(library: Library) -> Path:
    """Have the project keep an `.agents/skills`; return where our link would be."""
    link = library.root / ".agents" / "skills" / NAME
    link.parent.mkdir(parents=True)
    library.publish()
    return link


class TestVersion:
    """A new version was written."""

    @pytest.fixture(autouse=True)
    def before(self, library: Library) -> dict[str, bytes]:
        """Have it written; return what lay there before."""
        before = library.tree()
        library.teach("exact")
        library.publish()
        return before

    def test_the_one_before_lies_there_again(
        self, library: Library, before: dict[str, bytes]
    ) -> None:
        """With its lineage, to the byte."""
        decided = library.decide("undo", NAME)

        assert (decided.state, decided.written) == ("pinned", [str(library.file(NAME))])
        assert library.tree() == before

    def test_it_is_not_written_again_at_once(
        self, library: Library, before: dict[str, bytes]
    ) -> None:
        """Nor proposed, nor written elsewhere, whatever is learned; a restart changes nothing."""
        library.decide("undo", NAME)
        library.say("pnpm", relation="refines", rule="", not_when=["publishing the SDK"])
        library.publish()
        library.restart(review=False)

        assert library.publish() == []
        assert library.tree() == before
        row = library.skills[NAME]
        assert (row.state, row.proposal) == ("pinned", None)
        assert "pin --release" in row.note

    def test_released_it_grows_again(self, library: Library) -> None:
        """And that can be undone as well."""
        library.decide("undo", NAME)
        decided = library.decide("release", NAME)
        assert (decided.state, decided.written) == ("active", [str(library.file(NAME))])
        assert b"Pin exact versions" in library.file(NAME).read_bytes()

        library.decide("undo", NAME)
        assert b"Pin exact versions" not in library.file(NAME).read_bytes()

    def test_done_again_it_goes_a_step_further_back(self, library: Library) -> None:
        """Until nothing is known any more."""
        library.decide("undo", NAME)

        assert library.decide("undo", NAME).state == "undone"
        assert library.tree() == {}
        with pytest.raises(HivemindError, match="nothing is known that could be undone"):
            library.decide("undo", NAME)

    @pytest.mark.parametrize("mine", [b"mine now\n", None])
    def test_what_a_person_did_since_stays(self, library: Library, mine: bytes | None) -> None:
        """An edit and a deletion alike, and also before the daemon has noticed."""
        if mine is None:
            library.file(NAME).unlink()
        else:
            library.file(NAME).write_bytes(mine)
        before = library.tree()

        for _ in range(2):
            with pytest.raises(HivemindError, match="what you made of it stays"):
                library.decide("undo", NAME)
            assert library.tree() == before
            library.publish()

    def test_a_rollback_by_hand_stays_too(self, library: Library, before: dict[str, bytes]) -> None:
        """There is nothing to put back in its place."""
        library.file(NAME).write_bytes(before[f".claude/skills/{NAME}/SKILL.md"])

        with pytest.raises(HivemindError, match="not as it was left"):
            library.decide("undo", NAME)

    def test_a_renamed_skill_is_its_owners(self, library: Library) -> None:
        """Its bytes are ours, its place is not."""
        library.file(NAME).parent.rename(library.file("mine").parent)
        library.publish()
        before = library.tree()

        with pytest.raises(HivemindError, match="what you made of it stays"):
            library.decide("undo", "mine")
        assert library.tree() == before

    def test_where_nothing_may_be_written_nothing_is_undone(self, library: Library) -> None:
        """As with any other decision that touches files."""
        library.wire(review=False, publish=False)

        with pytest.raises(ConfigError, match="publish = false"):
            library.decide("undo", NAME)


class TestFirst:
    """A skill was written for the first time."""

    def test_it_is_taken_away(self, library: Library) -> None:
        """With the link to it; what else lies in its folder stays."""
        link = use_agents(library)
        assert link.is_symlink()
        library.file(NAME).with_name("notes.md").write_bytes(b"mine\n")

        decided = library.decide("undo", NAME)

        assert (decided.state, decided.written) == ("undone", [])
        assert library.tree() == {f".claude/skills/{NAME}/notes.md": b"mine\n"}
        assert not link.is_symlink()

    def test_nothing_comes_in_its_place(self, library: Library) -> None:
        """Also not what else is learned about the same; other activities go on."""
        library.decide("undo", NAME)
        library.teach("exact")
        assert library.publish() == []
        library.restart(review=False)
        library.teach("tabs")

        assert library.publish() == [str(library.file("code-style"))]
        assert library.skills[NAME].state == "undone"

    def test_released_it_is_written_again(self, library: Library) -> None:
        """And counts from then on: meanwhile nobody could heed it."""
        library.decide("undo", NAME)
        library.clock.step(3600)
        decided = library.decide("release", NAME)

        assert (decided.state, decided.written) == ("active", [str(library.file(NAME))])
        assert list(library.skills[NAME].since.values()) == [library.clock.now()]

    def test_unsupported_it_is_released_too(self, library: Library) -> None:
        """Nothing is written until its rule is taught again; that it was undone is over."""
        library.decide("undo", NAME)
        library.say("pnpm", directive="reversal", rule="Use npm", right="npm", wrong="pnpm")
        decided = library.decide("release", NAME)

        assert (decided.state, decided.written) == ("retired", [])
        assert library.tree() == {}
        library.teach("pnpm")
        assert library.publish() == [str(library.file(NAME))]

    def test_who_brings_it_back_has_it_as_it_was(self, library: Library) -> None:
        """With git, for instance. It is pinned, since they asked for that."""
        text = library.file(NAME).read_bytes()
        library.decide("undo", NAME)
        library.file(NAME).parent.mkdir()
        library.file(NAME).write_bytes(text)
        library.teach("exact")

        assert library.publish() == []
        assert library.skills[NAME].state == "pinned"

    def test_a_skill_of_their_own_in_its_place_stays(self, library: Library) -> None:
        """Whether it is released or not."""
        library.decide("undo", NAME)
        library.file(NAME).parent.mkdir()
        library.file(NAME).write_bytes(b"mine\n")
        library.publish()
        library.decide("release", NAME)

        assert library.file(NAME).read_bytes() == b"mine\n"

    def test_a_lineage_of_their_own_stays(self, library: Library) -> None:
        """It lies alone in the folder then, and the skill is written beside it."""
        lineage = library.file(NAME).with_name("lineage.json")
        lineage.write_bytes(b"mine\n")
        library.decide("undo", NAME)
        library.decide("release", NAME)

        assert library.skills[NAME].state == "active"
        assert lineage.read_bytes() == b"mine\n"

    def test_only_a_release_is_left_to_do_with_it(self, library: Library) -> None:
        """Pinned it cannot be, retired it can."""
        library.decide("undo", NAME)
        with pytest.raises(HivemindError, match="skills pin --release"):
            library.decide("pin", NAME)

        assert library.decide("retire", NAME).state == "retired"
        assert library.publish() == []


class TestRemoval:
    """A skill was taken back."""

    def test_retired_by_a_person_it_lies_there_again(self, library: Library) -> None:
        """With the link, and its rules count again: released, it grows."""
        link = use_agents(library)
        before = library.tree()
        library.decide("retire", NAME)
        assert not link.is_symlink()

        decided = library.decide("undo", NAME)

        assert (decided.state, library.tree()) == ("pinned", before)
        assert link.is_symlink()
        assert library.lessons[TOPICS["pnpm"]["rule"]].state == "promoted"
        library.decide("release", NAME)
        assert library.tree() == before
        library.teach("exact")
        assert library.publish() == [str(library.file(NAME))]

    def test_unsupported_it_lies_there_again(self, library: Library) -> None:
        """Until it is released: then it goes, as nothing supports it."""
        before = library.tree()
        library.say("pnpm", directive="reversal", rule="Use npm", right="npm", wrong="pnpm")
        library.publish()
        row = library.skills[NAME]
        assert (row.state, row.lessons) == ("retired", [])

        library.decide("undo", NAME)
        library.publish()

        assert library.tree() == before
        library.decide("release", NAME)
        assert library.skills[NAME].state == "retired"

    def test_beside_what_a_person_left_there(self, library: Library) -> None:
        """Their files are no hindrance."""
        notes = library.file(NAME).with_name("notes.md")
        notes.write_bytes(b"mine\n")
        before = library.tree()
        library.decide("retire", NAME)
        library.decide("undo", NAME)

        assert library.tree() == before

    def test_not_over_a_skill_of_their_own(self, library: Library) -> None:
        """That has taken its place since."""
        library.decide("retire", NAME)
        library.file(NAME).parent.mkdir()
        library.file(NAME).write_bytes(b"mine\n")

        with pytest.raises(HivemindError, match="what you made of it stays"):
            library.decide("undo", NAME)
        assert library.file(NAME).read_bytes() == b"mine\n"

    def test_not_through_a_link_that_leads_out(self, library: Library, tmp_path: Path) -> None:
        """Nothing is written there."""
        library.decide("retire", NAME)
        (tmp_path / "elsewhere").mkdir()
        library.file(NAME).parent.symlink_to(tmp_path / "elsewhere")

        with pytest.raises((PublishError, HivemindError)):
            library.decide("undo", NAME)
        assert list((tmp_path / "elsewhere").iterdir()) == []


class TestApproved:
    """A person let a proposal be written over their own text."""

    def approve_over(self, library: Library, text: bytes) -> None:
        """Edit the skill, and approve what is proposed then."""
        library.file(NAME).write_bytes(text)
        library.teach("exact")
        library.publish()
        library.decide("approve", NAME)

    def test_their_text_lies_there_again(self, library: Library) -> None:
        """As they left it, and theirs once it is released."""
        self.approve_over(library, b"mine now\n")
        library.decide("undo", NAME)
        assert library.file(NAME).read_bytes() == b"mine now\n"
        library.publish()
        assert library.skills[NAME].state == "pinned"

        assert library.decide("release", NAME).state == "user-owned"
        assert library.file(NAME).read_bytes() == b"mine now\n"

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (f"token {TOKEN}\n".encode(), "it held what looks like a secret"),
            (b"x" * (KEPT_BYTES + 1), "it was too large"),
        ],
        ids=["secret", "large"],
    )
    def test_what_the_log_must_not_hold_is_not_kept(
        self, library: Library, text: bytes, why: str
    ) -> None:
        """One sentence says so; what is there stays."""
        self.approve_over(library, text)
        before = library.tree()

        with pytest.raises(HivemindError, match=f"was not kept: {why}"):
            library.decide("undo", NAME)
        assert library.tree() == before
        assert all(text not in each.files.values() for each in receipts(library))

    def test_nothing_is_written_over_a_link(self, library: Library) -> None:
        """What it leads to is not read, so it could not be put back."""
        file = library.file(NAME)
        theirs = file.with_name("theirs.md")
        theirs.write_bytes(b"mine now\n")
        file.unlink()
        file.symlink_to(theirs.name)
        library.teach("exact")
        library.publish()

        with pytest.raises(HivemindError, match="is no plain file"):
            library.decide("approve", NAME)
        assert file.readlink() == Path(theirs.name)
