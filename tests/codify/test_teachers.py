"""Skills are learned from those assistants that one wishes."""

import msgspec
import pytest

from hivemindd.config import ASSISTANTS
from hivemindd.lessons.judge_local import MODEL
from hivemindd.lessons.unasked import UNTAUGHT
from hivemindd.log.tables import CORRECTIONS, LESSONS, SESSIONS, Txn
from hivemindd.records import Correction
from hivemindd.sessions.keeper import make_due
from tests.codify.outcome import run, seen
from tests.codify.workshop import Workshop


def corrections(workshop: Workshop) -> list[Correction]:
    """Return all corrections."""
    with workshop.log.read() as txn:
        return CORRECTIONS.rows(txn)


class TestTeachers:
    """Whose corrections count."""

    @pytest.mark.parametrize("assistant", ASSISTANTS)
    def test_who_does_not_teach_is_captured_all_the_same(
        self, staged: Workshop, assistant: str
    ) -> None:
        """Two corrections are not enough; the third is there, and says why it does not count."""
        others = [each for each in ASSISTANTS if each != assistant]
        run(staged, learn_from=others)

        assert seen(staged.project) == set()
        (left,) = (row for row in corrections(staged) if row.assistant == assistant)
        assert (left.state, left.why, left.verdict) == ("dismissed", UNTAUGHT, None)
        with staged.log.read() as txn:
            assert {len(row.evidence) for row in LESSONS.rows(txn)} == {2}

    @pytest.mark.parametrize("assistant", ASSISTANTS)
    def test_who_may_teach_again_is_heard(self, staged: Workshop, assistant: str) -> None:
        """What was said meanwhile is judged then."""
        run(staged, learn_from=[each for each in ASSISTANTS if each != assistant])
        run(staged)

        assert seen(staged.project) == set(ASSISTANTS)
        assert {(row.state, row.why) for row in corrections(staged)} == {("accepted", "")}

    def test_what_waits_for_a_judge_may_teach_again_too(self, staged: Workshop) -> None:
        """While a judge was out of order its assistant was left out, and let in again."""

        def keep(txn: Txn) -> None:
            for key, row in list(CORRECTIONS.scan(txn)):
                parked = msgspec.structs.replace(row, state="parked", verdict=None, why="")
                CORRECTIONS.put(txn, key, parked)
            for session in SESSIONS.rows(txn):
                make_due(txn, session, "asked", staged.clock.now())

        run(staged)
        staged.log.transact(keep)
        run(staged, learn_from=[])
        assert {(row.state, row.why) for row in corrections(staged)} == {("dismissed", UNTAUGHT)}

        run(staged)
        assert {row.state for row in corrections(staged)} == {"accepted"}

    def test_what_was_taught_before_counts_no_longer(self, staged: Workshop) -> None:
        """The skill goes when its support goes, and comes back with it, nothing judged anew."""
        run(staged)
        verdicts = {row.id: row.verdict for row in corrections(staged)}
        run(staged, learn_from=["claude-code"])
        assert seen(staged.project) == set()
        assert {row.why for row in corrections(staged) if row.assistant != "claude-code"} == {
            UNTAUGHT
        }

        run(staged)
        assert {row.id: row.verdict for row in corrections(staged)} == verdicts
        assert [row.state for row in corrections(staged)] == ["accepted"] * 3
        with staged.log.read() as txn:
            assert [row.state for row in LESSONS.rows(txn)] == ["promoted"]

    def test_a_newer_judge_does_not_bring_it_back(self, staged: Workshop) -> None:
        """What does not count is not read again either."""
        run(staged)

        def age(txn: Txn) -> None:
            for key, row in list(CORRECTIONS.scan(txn)):
                CORRECTIONS.put(txn, key, msgspec.structs.replace(row, judge="local/0"))

        staged.log.transact(age)
        run(staged, learn_from=["claude-code"])

        assert {row.assistant: (row.judge, row.why) for row in corrections(staged)} == {
            "claude-code": (MODEL, ""),
            "codex": ("local/0", UNTAUGHT),
            "cursor": ("local/0", UNTAUGHT),
        }

    def test_who_teaches_need_not_read(self, staged: Workshop) -> None:
        """And the other way round: each is a setting of its own."""
        run(staged, learn_from=ASSISTANTS, publish_to=["codex"])
        assert "claude-code" not in seen(staged.project)

    def test_nobody_teaches(self, staged: Workshop) -> None:
        """Everything is captured, nothing is learned."""
        done = run(staged, learn_from=[])

        assert (done.corrections, done.skills, done.parked) == (0, [], 0)
        assert len(corrections(staged)) == 3
        with staged.log.read() as txn:
            assert LESSONS.rows(txn) == []
