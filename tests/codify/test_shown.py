"""What a person approves is what they were shown."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest

from hivemindd.errors import HivemindError
from hivemindd.log.keys import skill_key
from hivemindd.log.tables import SKILLS
from tests.codify.library import NAME, PLACE, Library


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
        skill, file = library.skills[NAME], library.file(NAME)
        over = sha256(file.read_bytes()).hexdigest() if file.exists() else ""
        library.decisions.show(PLACE, skill.id, proposal=self.newest(library), over=over)

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

    def test_what_is_forgotten_meanwhile_stays_so(self, reviewed: Library) -> None:
        """Nobody looks at a proposal in the middle of a change: its row would come back."""
        key = skill_key(PLACE, reviewed.skills[NAME].id)
        with ThreadPoolExecutor(1) as pool:
            with reviewed.shelf.lock:
                looking = pool.submit(self.look, reviewed)
                with pytest.raises(TimeoutError):
                    looking.result(timeout=0.3)
                reviewed.log.transact(lambda txn: SKILLS.delete(txn, key))
            assert isinstance(looking.exception(), HivemindError)

        assert reviewed.skills == {}

    def test_what_was_edited_since_is_not_written_over(self, reviewed: Library) -> None:
        """They have seen neither what would be lost of it, nor the two together."""
        reviewed.decide("approve", NAME)
        reviewed.teach("exact")
        reviewed.publish()
        self.look(reviewed)
        file = reviewed.file(NAME)
        file.write_text(file.read_text() + "\nA note of mine.\n")
        edited = file.read_bytes()

        for meant in ("", self.newest(reviewed)):
            with pytest.raises(HivemindError) as refused:
                self.approve(reviewed, meant)
            assert str(refused.value) == (
                f"{file} has changed since you were shown the proposal: "
                f"look at it with `hivemindctl skills show {NAME} --diff`"
            )
        assert file.read_bytes() == edited

        self.look(reviewed)
        assert self.approve(reviewed, "") != []
        assert file.read_bytes() != edited

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
