"""What goes by its age, and what stays of it because a skill stands on it."""

from collections import Counter
from collections.abc import Callable

import msgspec
import pytest

from hivemindd.codify import forget
from hivemindd.codify.fate import foresee
from hivemindd.codify.selection import Selection
from hivemindd.config import Config
from hivemindd.control.queries_lineage import explain
from hivemindd.lessons.unasked import SURPLUS, UNANSWERED, UNLIKELY
from hivemindd.log.homes import put_session
from hivemindd.log.keys import SESSION_WIDTH, WORKSPACE_WIDTH, text_key
from hivemindd.log.tables import (
    AGED,
    CORRECTIONS,
    DEEDS,
    FORGOTTEN,
    LESSONS,
    SEEN,
    SESSIONS,
    SKILLS,
    Txn,
)
from hivemindd.log.tombstones import Tombstones
from tests.codify.aging import ASIDE, upkeep
from tests.codify.forgetting import capture_again, forgetting, state
from tests.codify.workshop import NAMES, Workshop
from tests.raw import holds
from tests.records import ClaudeSession


class TestAge:
    """What is older than `keep`."""

    def test_sessions_go_and_no_skill_falls(self, aged: Workshop) -> None:
        """The corrections that it stands on stay, and with them why it is there."""
        assert holds(state(aged), ASIDE)

        assert upkeep(aged).tend() == 4

        with aged.log.read() as txn:
            assert SESSIONS.rows(txn) == []
            assert {row.lesson for row in CORRECTIONS.rows(txn)} == {
                row.id for row in LESSONS.rows(txn)
            }
            assert [row.state for row in SKILLS.rows(txn)] == ["active"]
            told = [(row.what, row.who) for row in DEEDS.rows(txn)]
        assert aged.skill.exists()
        assert ("forgotten", "daemon") in told
        (lineage,) = explain(aged.log, "package-commands")
        assert len(lineage.lessons[0].sources) == 3
        assert not holds(state(aged), ASIDE)

    def test_what_no_judge_was_asked_about_goes(self, aged: Workshop) -> None:
        """Of a long session that a skill stands on only what a judge was shown is needed."""

        def add(txn: Txn) -> None:
            for key, row in list(CORRECTIONS.scan(txn)):
                for why in (SURPLUS, UNANSWERED):
                    name = f"{row.id}-{len(why)}"
                    new = msgspec.structs.replace(row, id=name, lesson="", verdict=None, why=why)
                    new.state = "dismissed"
                    CORRECTIONS.put(
                        txn, key[: WORKSPACE_WIDTH + SESSION_WIDTH] + text_key(name), new
                    )

        aged.log.transact(add)

        upkeep(aged).tend()

        with aged.log.read() as txn:
            whys = Counter(row.why for row in CORRECTIONS.rows(txn))
        assert whys == {"": 3, UNANSWERED: 3}
        assert aged.skill.exists()

    def test_what_goes_takes_no_verdict_along(self, aged: Workshop) -> None:
        """A word that only an unasked prompt held cannot have come from there into a verdict."""

        def add(txn: Txn) -> None:
            for key, row in list(CORRECTIONS.scan(txn)):
                if row.verdict is None or ASIDE in row.reason:
                    continue
                verdict = msgspec.structs.replace(row.verdict, trigger="when okapi calls")
                CORRECTIONS.put(txn, key, msgspec.structs.replace(row, verdict=verdict))
                new = msgspec.structs.replace(row, id=f"{row.id}-0", reason="okapi", why=UNLIKELY)
                new.state, new.lesson, new.verdict = "dismissed", "", None
                session = key[: WORKSPACE_WIDTH + SESSION_WIDTH]
                CORRECTIONS.put(txn, session + text_key(new.id), new)

        aged.log.transact(add)

        upkeep(aged).tend()

        with aged.log.read() as txn:
            triggers = [row.verdict.trigger for row in CORRECTIONS.rows(txn) if row.verdict]
        assert triggers == ["when okapi calls"] * 3

    def test_it_is_not_read_again(self, aged: Workshop) -> None:
        """The transcripts may be kept for longer than that."""
        upkeep(aged).tend()

        assert capture_again(aged, anew=True) == 0
        assert upkeep(aged).tend() == 0

    def test_what_it_leaves_does_not_grow_with_its_events(self, aged: Workshop) -> None:
        """Its time says what is old; only what bears a later one is known by its name."""
        session = ClaudeSession(aged.home, aged.project, NAMES[3])
        session.written = 10
        session.prompt("from a clock that is ahead", timestamp="2036-01-01T00:00:00.000Z")
        aged.capture()

        forgetting(aged).age(SESSIONS.rows)

        with aged.log.read() as txn:
            assert [txn.count(name) for name in (SEEN, AGED.name, FORGOTTEN.name)] == [1, 4, 0]
        named = [len([*stone.keys]) for stone in Tombstones(state(aged)).read()]
        assert sorted(named) == [0, 0, 0, 1]
        assert capture_again(aged, anew=True) == 0

    def test_what_is_said_later_is_new(self, aged: Workshop) -> None:
        """And nothing else of the session, which is read from its beginning."""
        upkeep(aged).tend()
        with aged.log.read() as txn:
            assert txn.count(SEEN) == 0
        session = ClaudeSession(aged.home, aged.project, NAMES[3])
        session.written = 10
        session.prompt("go on with zod", timestamp="2036-01-01T00:00:00.000Z")

        assert capture_again(aged, anew=True) == 1

        with aged.log.read() as txn:
            assert txn.count(SEEN) == 1

    def test_what_is_younger_or_goes_on_stays(self, aged: Workshop) -> None:
        """A session has to have ended."""

        def reopen(txn: Txn) -> None:
            row = next(row for row in SESSIONS.rows(txn) if row.id == NAMES[0])
            row.state = "idle"
            put_session(txn, row)

        aged.log.transact(reopen)

        assert upkeep(aged, Config(keep="4 years")).tend() == 0
        assert upkeep(aged).tend() == 3

    def test_they_go_in_portions(self, aged: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
        """In between others have their turn, and who has to stop leaves the rest."""
        monkeypatch.setattr(forget, "PORTION", 1)
        turns: list[int] = []

        def in_order(act: Callable[[], None]) -> None:
            act()
            with aged.log.read() as txn:
                turns.append(txn.count(SESSIONS.name))

        slow = forgetting(aged, in_order=in_order)
        assert slow.age(SESSIONS.rows, lambda: len(turns) == 3).sessions == 3
        assert turns == [3, 2, 1]
        assert upkeep(aged).tend() == 1
        assert aged.skill.exists()

    def test_who_goes_on_before_his_turn_stays(
        self, aged: Workshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was chosen is looked at again when the transcripts have been."""
        monkeypatch.setattr(forget, "PORTION", 1)

        def reopen(txn: Txn) -> None:
            for row in SESSIONS.rows(txn):
                row.state = "active"
                put_session(txn, row)

        def in_order(act: Callable[[], None]) -> None:
            act()
            aged.log.transact(reopen)

        assert forgetting(aged, in_order=in_order).age(SESSIONS.rows).sessions == 1
        with aged.log.read() as txn:
            assert txn.count(SESSIONS.name) == 3

    def test_without_the_setting_nothing_goes(self, aged: Workshop) -> None:
        """However old it is."""
        assert upkeep(aged, Config()).tend() == 0

    def test_what_is_left_of_it_can_be_forgotten_too(self, aged: Workshop) -> None:
        """By a person, who is told what falls."""
        upkeep(aged).tend()
        with aged.log.read() as txn:
            keys = {key[:16] for key, _ in CORRECTIONS.scan(txn)}
            fate = foresee(txn, str(aged.project), keys, ())
        assert fate.lost == ["Use pnpm instead of npm"]

        done = forgetting(aged).forget(_everything(aged))

        assert (done.sessions, done.corrections) == (3, 3)
        assert not aged.skill.exists()


def _everything(workshop: Workshop) -> Selection:
    return Selection(workspace=str(workshop.project))
