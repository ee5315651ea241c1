"""What a workspace has learned, as the log holds it."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from hivemindd.codify import learned
from hivemindd.codify.learned import FEW, decide, lessons_for, renew
from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.promote import derive
from hivemindd.lessons.taught import lesson_id
from hivemindd.log.keys import session_key, text_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, LESSONS, SKILLS, Txn
from hivemindd.records import Correction, Lesson, Skill
from tests.codify.workshop import Workshop
from tests.lessons.make import make_correction, make_verdict
from tests.log.settings import get, put

HOME = workspace_key("w1")
NPM = {"right": "npm", "wrong": "pnpm", "rule": "Use npm instead of pnpm"}


def judged(number: int, judge: str = "p2 of a model", **fields: Any) -> Correction:
    """Return a correction of a session of its own, as a judge's verdict leaves it.

    Wordings relate what no model was asked about.
    """
    correction = make_correction("pnpm please", name=f"c{number}", session=f"s{number}", ts=number)
    return decide(correction, make_verdict(f"c{number}", **fields), judge)


def store(log: Log, *rows: Correction) -> None:
    """Put corrections into the log and derive anew."""

    def change(txn: Txn) -> None:
        for row in rows:
            key = HOME + session_key(row.assistant, row.session) + text_key(row.id)
            CORRECTIONS.put(txn, key, row)
        renew(txn, "w1")

    log.transact(change)


def take(log: Log, *names: str) -> None:
    """Remove corrections from the log and derive anew."""

    def change(txn: Txn) -> None:
        for key, row in list(CORRECTIONS.scan(txn, HOME)):
            if row.id in names:
                CORRECTIONS.delete(txn, key)
        renew(txn, "w1")

    log.transact(change)


def rows(log: Log) -> tuple[list[Lesson], dict[str, str]]:
    """Return the lessons, and the lesson of each correction."""
    with log.read() as txn:
        lessons = sorted(LESSONS.rows(txn, HOME), key=lambda lesson: lesson.created)
        return lessons, {row.id: row.lesson for row in CORRECTIONS.rows(txn, HOME)}


def make_skill(log: Log, name: str, lessons: Sequence[Lesson]) -> None:
    """Put lessons into a skill, as the shelf does it."""

    def change(txn: Txn) -> None:
        names = [lesson.id for lesson in lessons]
        skill = Skill(id=name, workspace="w1", name=name, path="", lessons=names)
        SKILLS.put(txn, HOME + text_key(name), skill)
        for lesson in lessons:
            row = msgspec.structs.replace(lesson, skill=name)
            LESSONS.put(txn, HOME + text_key(lesson.id), row)

    log.transact(change)


def skills(log: Log) -> dict[str, list[str]]:
    """Return the lessons of each skill."""
    with log.read() as txn:
        return {row.name: row.lessons for row in SKILLS.rows(txn, HOME)}


class TestDecide:
    """What a verdict makes of a correction."""

    def test_verdict_is_kept_with_its_correction(self) -> None:
        """With who gave it."""
        row = judged(1)

        assert (row.state, row.why, row.judge) == ("accepted", "", "p2 of a model")
        assert row.verdict == make_verdict("c1")

    @pytest.mark.parametrize(
        ("fields", "state", "why"),
        [
            ({"is_correction": False}, "dismissed", "no correction"),
            ({"durable": 0}, "accepted", "holds no rule worth keeping"),
            ({"quote": "nobody said so"}, "accepted", "its quote is not in the person's own words"),
        ],
    )
    def test_what_teaches_nothing_says_why(
        self, fields: dict[str, Any], state: str, why: str
    ) -> None:
        """The verdict is kept all the same."""
        row = judged(1, **fields)

        assert (row.state, row.why) == (state, why)
        assert row.verdict == make_verdict("c1", **fields)

    def test_change_by_hand_is_a_correction_whatever_a_judge_reads_in_it(self) -> None:
        """It may hold no rule."""
        edit = make_correction("", channel="user-edit", diff="-a\n+b")
        row = decide(edit, nothing_learned("c1"), "local")

        assert (row.state, row.why) == ("accepted", "holds no rule worth keeping")

    def test_widening_rule_is_kept_for_a_person(self, workshop: Workshop) -> None:
        """An exception that would widen is not: there is no rule that could be shown."""
        wish = judged(1, rule="Skip the pnpm confirmations", right="", wrong="")
        limit = judged(
            2, rule="", relation="refines", not_when=["with pnpm, without asking"], wrong=""
        )
        store(workshop.log, wish, limit)
        (lesson,), places = rows(workshop.log)

        assert (lesson.state, wish.why) == ("review", "")
        assert places == {"c1": lesson.id, "c2": ""}
        assert limit.why.startswith("would widen what an assistant may do")


class TestRenew:
    """Lessons, corrections and skills in the log."""

    def test_corrections_know_their_lesson(self, workshop: Workshop) -> None:
        """Also when an older one that comes in late gives it another name."""
        store(workshop.log, judged(5), judged(6))
        store(workshop.log, judged(1))
        (lesson,), places = rows(workshop.log)

        assert lesson.id == lesson_id(judged(1))
        assert places == dict.fromkeys(["c1", "c5", "c6"], lesson.id)

    def test_what_was_removed_was_never_there(self, workshop: Workshop) -> None:
        """The lesson loses its promotion, then it is gone."""
        store(workshop.log, *map(judged, range(1, 4)))
        take(workshop.log, "c1")
        (lesson,), places = rows(workshop.log)
        assert (lesson.state, set(places)) == ("open", {"c2", "c3"})

        take(workshop.log, "c2", "c3")
        assert rows(workshop.log) == ([], {})

    def test_only_rows_that_change_are_written(self, workshop: Workshop) -> None:
        """Deriving again what is there already writes nothing."""
        store(workshop.log, *map(judged, range(1, 4)))
        make_skill(workshop.log, "sk", rows(workshop.log)[0])
        with workshop.log.read() as txn:
            renew(txn, "w1")  # which could not write if it tried

    def test_nobody_waits_while_many_are_derived(
        self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever writes meanwhile is done first, and what comes out is the same."""
        store(workshop.log, *map(judged, range(1, FEW)))
        seen: list[int] = []

        def write_and_derive(
            corrections: Sequence[Correction], before: Sequence[Lesson]
        ) -> list[Lesson]:
            seen.append(len(corrections))
            put(workshop.log, b"name", "meanwhile")  # waits for ever while the log is held
            return derive(corrections, before)

        monkeypatch.setattr(learned, "derive", write_and_derive)
        store(workshop.log, judged(FEW), judged(0))
        assert seen == [FEW + 1]
        (lesson,), places = rows(workshop.log)
        assert places == {f"c{number}": lesson.id for number in range(FEW + 1)}
        assert get(workshop.log, b"name") == "meanwhile"

    def test_skill_follows_its_lesson(self, workshop: Workshop) -> None:
        """When that gets another name; what is gone may come back, and is named until then."""
        store(workshop.log, *map(judged, range(5, 8)))
        make_skill(workshop.log, "sk", rows(workshop.log)[0])
        store(workshop.log, judged(1))
        (lesson,), _ = rows(workshop.log)

        assert (lesson.skill, skills(workshop.log)) == ("sk", {"sk": [lesson.id]})
        take(workshop.log, "c1", "c5", "c6", "c7")
        assert skills(workshop.log) == {"sk": [lesson.id]}
        store(workshop.log, judged(1))
        assert rows(workshop.log)[0][0].id == lesson.id

    def test_skill_knows_since_when_whatever_a_lesson_is_called(self, workshop: Workshop) -> None:
        """Two that turn out the same have been there since the first of them."""
        first = judged(5, "", rule="Use pnpm", wrong="")
        store(workshop.log, first, judged(6, "", wrong="yarn", right=""))
        lessons = rows(workshop.log)[0]
        make_skill(workshop.log, "sk", lessons)

        def date(txn: Txn) -> None:
            key = HOME + text_key("sk")
            skill = SKILLS.get(txn, key)
            assert skill is not None
            skill.since = {lessons[0].id: 20, lessons[1].id: 10}
            SKILLS.put(txn, key, skill)

        workshop.log.transact(date)
        store(workshop.log, judged(3, "", rule="Use pnpm instead of yarn", wrong="yarn"))
        (lesson,), _ = rows(workshop.log)

        with workshop.log.read() as txn:
            assert [row.since for row in SKILLS.rows(txn, HOME)] == [{lesson.id: 10}]

    def test_newer_skill_gives_up_what_an_older_one_has(self, workshop: Workshop) -> None:
        """A lesson of two skills stays in the older; the other is left without it."""
        pnpm = judged(1, "", rule="Use pnpm", wrong="")
        store(workshop.log, pnpm, judged(2, "", wrong="yarn", right=""))
        first, second = rows(workshop.log)[0]
        make_skill(workshop.log, "first", [first])
        make_skill(workshop.log, "second", [second])
        store(workshop.log, judged(3, "", rule="Use pnpm instead of yarn", wrong="yarn"))
        (lesson,), _ = rows(workshop.log)

        assert lesson.skill == "first"
        assert skills(workshop.log) == {"first": [lesson.id], "second": []}

    def test_other_workspaces_are_left_alone(self, workshop: Workshop) -> None:
        """Whatever they hold."""
        other = Lesson(id="x", workspace="w2", rule="Use npm")
        key = workspace_key("w2") + text_key("x")
        workshop.log.transact(lambda txn: LESSONS.put(txn, key, other))
        store(workshop.log, judged(1))
        with workshop.log.read() as txn:
            assert LESSONS.get(txn, key) == other


def test_lessons_of_a_log_without_verdicts_are_kept(workshop: Workshop) -> None:
    """What an earlier version learned stands: the lessons tell what the judge must have said."""
    pnpm = [judged(1), judged(2, directive="always")]
    limit = judged(3, relation="refines", relates_to=lesson_id(pnpm[0]), not_when=["in ci"])
    change = judged(4, relation="contradicts", relates_to=lesson_id(pnpm[0]), **NPM)
    store(workshop.log, *pnpm, limit, change)
    before, places = rows(workshop.log)
    assert [lesson.state for lesson in before] == ["contested", "open"]

    def forget(txn: Txn) -> None:
        for key, row in list(CORRECTIONS.scan(txn, HOME)):
            CORRECTIONS.put(txn, key, msgspec.structs.replace(row, verdict=None))
        renew(txn, "w1")

    workshop.log.transact(forget)
    assert rows(workshop.log) == (before, places)


class TestLessonsFor:
    """What a judge is told of."""

    def test_a_correction_is_not_judged_by_what_it_taught(self, workshop: Workshop) -> None:
        """Else all that is judged again would repeat itself."""
        store(workshop.log, judged(1), judged(2))
        alone, with_others = [judged(1), judged(2)], [judged(1)]

        assert lessons_for(workshop.log, "w1", alone) == []
        (lesson,) = lessons_for(workshop.log, "w1", with_others)
        assert [entry.correction for entry in lesson.evidence] == ["c2"]

    def test_what_waits_for_a_person_is_no_lesson_yet(self, workshop: Workshop) -> None:
        """No judge relates anything to it."""
        wish = judged(1, rule="Skip the pnpm confirmations", right="", wrong="")
        store(workshop.log, wish)

        assert lessons_for(workshop.log, "w1", [judged(2)]) == []
