"""Outages of any kind, in any order: what is learned in the end is the same."""

import json
import re
import shutil
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hivemindd.codify.ledger import Budget, Ledger, total
from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.judge_api import ApiJudge, Price
from hivemindd.log.store import open_log
from hivemindd.log.tables import CORRECTIONS, DUE, LESSONS
from hivemindd.records import Correction, Lesson, Verdict
from tests.clocks import SetClock
from tests.codify.conftest import Workshop
from tests.lessons.anthropic_stub import Answer, Stub, recorded, verdicts
from tests.lessons.book import Book

NOW = 1_795_262_400_000  # 2026-11-21 12:00 UTC
PRICE = Price(1.0, 1.0)
PARTIAL = "only the first"
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
PNPM = {
    "trigger": "install, add or run packages",
    "rule": "Use pnpm instead of npm",
    "wrong": "npm",
    "right": "pnpm",
    "activity": "package-commands",
    "type": "tool",
}
TABS = {
    "trigger": "write Python",
    "rule": "Indent with spaces, never with tabs",
    "wrong": "tabs",
    "right": "spaces",
    "activity": "code-style",
    "type": "style",
}


class Teacher(Stub):
    """A model that reads corrections by their words alone, once its outages are over."""

    def __init__(self, outages: Sequence[str] = ()) -> None:
        """Plan the outages, one for each request."""
        super().__init__(recorded("good"))
        self._outages = deque(outages)

    def play(self, headers: dict[str, str], body: bytes) -> Answer:
        """Fail as planned, or give a verdict on each candidate that was put last."""
        super().play(headers, body)
        outage = self._outages.popleft() if self._outages else ""
        if outage and outage != PARTIAL:
            return recorded(outage)
        messages = json.loads(body)["messages"]
        given = json.loads(messages[0]["content"].splitlines()[2])["candidates"]
        wanted = re.findall(r"^- (\w+):", messages[-1]["content"], re.MULTILINE)
        candidates = [each for each in given if not wanted or each["id"] in wanted]
        return verdicts([_verdict(each) for each in candidates[: 1 if outage else None]])


def _verdict(candidate: dict[str, Any]) -> Verdict:
    words = candidate["words"]
    plain = nothing_learned(candidate["id"])
    fields = PNPM if "pnpm" in words else TABS if "tabs" in words else None
    if fields is None:
        return plain
    return msgspec.structs.replace(
        plain, is_correction=True, durable=2, scope="repo", quote=words, **fields
    )


@contextmanager
def make_workshop(home: Path) -> Iterator[Workshop]:
    """Give a workshop at a fixed place, with four sessions that correct two things each."""
    shutil.rmtree(home, ignore_errors=True)
    log = open_log(home / "log", map_size=1 << 20)
    workshop = Workshop(home, log)
    workshop.clock = SetClock(NOW)
    for number in range(4):
        session = workshop.correct(number)
        call = session.call("Edit", file_path=f"{workshop.project}/a.py")
        session.reject(call, "spaces please, never tabs")
        session.prompt("thanks, now commit it and write the changelog")
        session.reply("Done.")
    workshop.capture()
    try:
        yield workshop
    finally:
        log.close()


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
                lessons = LESSONS.rows(txn)
            if not due:
                break
            # Whatever is not judged yet is there, and known to be open.
            assert any(row.state == "parked" for row in found) or not found
            clock.run(max(1.0, (min(row.not_before for row in due) - clock.now()) / 1000))
        assert not due
        return _described(found, lessons, workshop.project / ".claude" / "skills")


def _described(
    corrections: Sequence[Correction], lessons: Sequence[Lesson], folder: Path
) -> dict[str, Any]:
    """Return all that was learned; a skill's id is that of the lesson it was first made of."""
    return {
        "corrections": corrections,
        "lessons": [msgspec.structs.replace(lesson, skill="") for lesson in lessons],
        "skills": {
            path.parent.name: re.sub(r"<!-- hivemindd:.* -->", "", path.read_text())
            for path in folder.glob("*/SKILL.md")
        },
    }


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
