"""Outages of any kind, in any order: what is learned in the end is the same."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hivemindd.codify.ledger import Budget, Ledger, total
from hivemindd.lessons.judge_api import ApiJudge, Price
from hivemindd.log.tables import CORRECTIONS, DUE, LESSONS
from tests.clocks import SetClock
from tests.codify.replaying import PARTIAL, Teacher, describe, make_workshop
from tests.lessons.book import Book

PRICE = Price(1.0, 1.0)
OUTAGES = (
    PARTIAL,
    "overloaded",
    "broken",
    "limited",
    "unauthorized",
    "prose",
    "refused",
    "truncated",
    "empty",
    "html",
    "cut",
    "reset",
)


def learn(home: Path, outages: Sequence[str]) -> dict[str, Any]:
    """Codify through some outages until nothing is due; return all that came of it."""
    with make_workshop(home) as workshop, Teacher(outages) as stub:
        judge = ApiJudge(
            api_key="sk-ant-fake", base_url=stub.url, meter=Book(), max_retries=0, timeout=30
        )
        pool = workshop.pool(judge)
        clock = workshop.clock
        assert isinstance(clock, SetClock)
        for _ in range(200):
            pool.run_all()
            with workshop.log.read() as txn:
                due = DUE.rows(txn)
                found = CORRECTIONS.rows(txn)
            if not due:
                break
            # Whatever is not judged yet is there, and known to be open.
            assert any(row.state == "parked" for row in found) or not found
            clock.run(max(1.0, (min(row.not_before for row in due) - clock.now()) / 1000))
        assert not due
        return describe(workshop)


@settings(max_examples=12)
@given(st.lists(st.sampled_from(OUTAGES), max_size=12))
@example(list(OUTAGES))
@example([PARTIAL] * 6)
@example(["overloaded", PARTIAL, "refused", "limited", PARTIAL, "reset"])
def test_outages_change_nothing_that_is_learned(outages: list[str]) -> None:
    """The same corrections, lessons and skills as with a judge that never failed."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        healthy = learn(home, [])
        assert len(healthy["skills"]) == 2
        assert learn(home, outages) == healthy


def test_nothing_counts_twice_when_the_day_turns(scratch_home: Path) -> None:
    """Over budget nobody judges in the model's place; tomorrow the model does, once."""
    with make_workshop(scratch_home) as workshop, Teacher() as stub:
        clock = workshop.clock
        assert isinstance(clock, SetClock)
        ledger = Ledger(workshop.log, clock)
        judge = ApiJudge(
            api_key="sk-ant-fake",
            base_url=stub.url,
            model="priced",
            meter=Budget(ledger, 0.000001),
            max_retries=0,
            prices={"priced": PRICE},
        )
        pool = workshop.pool(judge)
        pool.run_all()
        with workshop.log.read() as txn:
            parked = [row for row in CORRECTIONS.rows(txn) if row.state == "parked"]
            due = DUE.rows(txn)
            counted = {entry.correction for row in LESSONS.rows(txn) for entry in row.evidence}

        assert (len(stub.requests), len(due)) == (1, 3)
        assert all(row.over_budget for row in due)
        assert counted.isdisjoint(row.id for row in parked)
        tomorrow = clock.now() + ledger.seconds_to_tomorrow() * 1000
        assert min(row.not_before for row in due) >= tomorrow

        while due:
            clock.run(86_400)
            pool.run_all()
            with workshop.log.read() as txn:
                due = DUE.rows(txn)
                lessons = LESSONS.rows(txn)
        assert len(stub.requests) == 4
        for lesson in lessons:
            evidence = [entry.correction for entry in lesson.evidence]
            assert len(evidence) == len(set(evidence)) == 4
        assert total(ledger.today()) > 0
