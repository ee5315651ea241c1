"""What an older local judge has read is read again by a newer one, over a real log."""

from collections.abc import Sequence

import msgspec
import pytest

from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.log.tables import CORRECTIONS, SESSIONS, Txn
from hivemindd.records import Correction, Lesson, Session, Verdict
from tests.codify.consolidating import (
    Reader,
    consolidation,
    edit,
    lessons,
    misread,
    rows,
    workspace_of,
)
from tests.codify.workshop import Workshop


def test_an_older_verdict_is_renewed(taught: Workshop) -> None:
    """The correction, its lesson, its session and the skill follow."""
    edit(taught, misread)
    daily = consolidation(taught, Reader())
    written = daily.run(workspace_of(taught))
    (lesson,) = lessons(taught)

    assert {(row.state, row.judge, row.lesson) for row in rows(taught)} == {
        ("accepted", "local/8", lesson.id)
    }
    assert (lesson.state, lesson.judge) == ("promoted", "local/8")
    assert written == [str(taught.skill)]
    with taught.log.read() as txn:
        assert [row.corrections for row in SESSIONS.rows(txn)] == [1, 1, 1]


@pytest.mark.parametrize("judge", ["api:claude-haiku-5-5/p2", "local/8", "local/9", ""])
def test_no_other_verdict_is_touched(taught: Workshop, judge: str) -> None:
    """Least of all one that was paid for."""
    edit(taught, lambda row: misread(row, judge=judge))
    before = rows(taught)
    reader = Reader()
    consolidation(taught, reader).run(workspace_of(taught))

    assert (reader.asked, rows(taught)) == ([], before)


def test_what_waits_for_a_judge_is_left_to_it(taught: Workshop) -> None:
    """Its session is due anyway."""
    edit(taught, lambda row: misread(row, state="parked"))
    reader = Reader()
    consolidation(taught, reader).run(workspace_of(taught))

    assert reader.asked == []


def test_a_verdict_that_was_not_kept_is_asked_for_again(taught: Workshop) -> None:
    """An older log says only who gave it."""
    edit(taught, lambda row: misread(row, judge=LocalJudge().name, verdict=None))
    consolidation(taught).run(workspace_of(taught))

    assert [row.state for row in rows(taught)] == ["accepted"] * 3
    assert [lesson.state for lesson in lessons(taught)] == ["promoted"]


def test_each_session_is_read_beside_what_the_others_teach(taught: Workshop) -> None:
    """In the order of time, and never beside what it has taught itself."""
    paid, *old = [row.id for row in sorted(rows(taught), key=lambda row: (row.ts, row.id))]
    edit(
        taught,
        lambda row: msgspec.structs.replace(row, judge="api:m/p1" if row.id == paid else "local"),
    )
    reader = Reader()
    consolidation(taught, reader).run(workspace_of(taught))

    assert reader.asked == [({old[0]}, {paid}), ({old[1]}, {paid, old[0]})]


def test_a_row_that_has_changed_meanwhile_stays_as_it_is(taught: Workshop) -> None:
    """Its session went to another workspace, say."""
    edit(taught, misread)

    class Slow(Reader):
        """A reader in whose time something happens."""

        def judge(
            self, candidates: Sequence[Correction], lessons: Sequence[Lesson]
        ) -> list[Verdict]:
            """Lose every row."""

            def lose(txn: Txn) -> None:
                for key, _ in list(CORRECTIONS.scan(txn)):
                    CORRECTIONS.delete(txn, key)

            taught.log.transact(lose)
            return super().judge(candidates, lessons)

    consolidation(taught, Slow()).run(workspace_of(taught))

    assert (rows(taught), lessons(taught)) == ([], [])


def test_a_session_keeps_all_else_of_its_row(taught: Workshop) -> None:
    """Only the number of its corrections changes."""

    def sessions() -> list[Session]:
        with taught.log.read() as txn:
            return [msgspec.structs.replace(row, corrections=0) for row in SESSIONS.rows(txn)]

    before = sessions()
    edit(taught, misread)
    consolidation(taught, Reader()).run(workspace_of(taught))

    assert sessions() == before
