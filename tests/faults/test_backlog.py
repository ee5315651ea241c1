"""Work that piles up: after a week, while it is worked off, and when the day's money is gone."""

import json
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

import msgspec

from hivemindd.assistants.base import Places
from hivemindd.codify.ledger import Budget, Ledger, day
from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.judge_api import ApiJudge
from hivemindd.lessons.judge_model import ModelJudge, Question, Reply
from hivemindd.log.tables import CALLS, CORRECTIONS, DUE, LESSONS
from hivemindd.paths import find_paths
from hivemindd.records import Correction, Lesson, Verdict
from hivemindd.work import Due
from tests.clocks import SetClock
from tests.codify.replaying import Teacher, make_workshop
from tests.codify.workshop import Workshop
from tests.ctl.runner import spawn
from tests.lessons.anthropic_stub import Answer
from tests.lessons.book import Book
from tests.process import clean_environment, run_daemon
from tests.records import ClaudeSession

SESSIONS = {"monolith": 270, "site": 20, "tool": 10}  # finished in each project, in a week
A_DAY = 120  # calls that a day's money is enough for


class Dollar:
    """A model that takes a dollar for each call, and finds nothing."""

    name = "dollar"

    def most_usd(self, question: Question) -> float:
        """Return a dollar."""
        del question
        return 1.0

    def ask(self, question: Question) -> Reply:
        """Find nothing."""
        asked = json.loads(question.messages[0].content.splitlines()[2])["candidates"]
        given = [nothing_learned(each["id"]) for each in asked]
        return Reply(text=msgspec.json.encode({"verdicts": given}).decode(), usd=1.0)


class Noting(ModelJudge):
    """Notes whose corrections were judged, in order."""

    def __init__(self, budget: Budget) -> None:
        """Begin with none."""
        super().__init__(Dollar(), budget)
        self.turns: list[str] = []

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Judge, and note the project unless there was no money."""
        found = super().judge(candidates, lessons)
        self.turns.append(Path(candidates[0].workspace).name)
        return found


def refuse_npm(home: Path, project: str, number: int) -> None:
    """Write a session of a project, with one correction."""
    (home / project / ".git").mkdir(parents=True, exist_ok=True)
    name = f"{zlib.crc32(project.encode()):08x}-0000-4000-8000-{number:012}"
    session = ClaudeSession(home, home / project, name)
    session.prompt("add zod")
    session.reject(session.call("Bash", command="npm install zod"), "use pnpm, not npm")


def waiting(workshop: Workshop) -> list[Due]:
    """Return the work that waits."""
    with workshop.log.read() as txn:
        return DUE.rows(txn)


def test_48_a_week_down_with_300_sessions(scratch_home: Path) -> None:
    """All are captured; each day its money is spent, all projects in turn, until none waits."""
    for project, count in SESSIONS.items():
        for number in range(count):
            refuse_npm(scratch_home, project, number)
    with make_workshop(scratch_home / "base", 0) as workshop:
        workshop.places = Places(scratch_home)
        workshop.capture()
        assert len(waiting(workshop)) == sum(SESSIONS.values())
        clock = set_clock(workshop)
        judge = Noting(Budget(Ledger(workshop.log, clock), A_DAY))
        pool, days = workshop.pool(judge), 0
        while due := waiting(workshop):
            days += 1
            pool.run_all()
            with workshop.log.read() as txn:
                calls = Counter(day(row.ts) for row in CALLS.rows(txn))
            assert len(judge.turns) == sum(calls.values())
            assert max(calls.values()) <= A_DAY
            assert len(due) - len(waiting(workshop)) == calls[day(clock.now())]
            clock.run(Ledger(workshop.log, clock).seconds_to_tomorrow() + 0.001)

    assert days == 3
    assert Counter(judge.turns) == SESSIONS
    # What the small projects have is not behind all that the large one has.
    assert set(judge.turns[:3]) == set(SESSIONS)
    assert Counter(judge.turns[:A_DAY])["site"] == SESSIONS["site"]


def test_48_who_waits_for_money_goes_before_who_comes_later(scratch_home: Path) -> None:
    """Every day brings new work, and money for one call: the oldest is not starved."""
    with make_workshop(scratch_home / "base", 0) as workshop:
        workshop.places = Places(scratch_home)
        clock = set_clock(workshop)
        judge = Noting(Budget(Ledger(workshop.log, clock), 1))
        pool = workshop.pool(judge)
        for number in range(6):
            refuse_npm(scratch_home, "old", number)
        for number in range(12):
            workshop.capture()
            pool.run_all()
            refuse_npm(scratch_home, f"new-{number}", 0)
            clock.run(Ledger(workshop.log, clock).seconds_to_tomorrow() + 0.001)

    assert judge.turns[:6] == ["old"] * 6
    assert judge.turns[6:] == [f"new-{number}" for number in range(6)]


class Resuming(Teacher):
    """A model that takes its time: something happens before its first answer is there."""

    def __init__(self, happen: Callable[[list[str]], None]) -> None:
        """Let it happen; it is told whom the model was asked about."""
        super().__init__()
        self._happen = happen
        self.asked: list[str] = []

    def play(self, headers: dict[str, str], body: bytes) -> Answer:
        """Note what is asked."""
        answer = super().play(headers, body)
        data = json.loads(json.loads(body)["messages"][0]["content"].splitlines()[2])
        new = [each["id"] for each in data["candidates"]]
        self.asked += new
        if len(self.requests) == 1:
            self._happen(new)
        return answer


def test_49_a_session_goes_on_while_it_is_learned_from(scratch_home: Path) -> None:
    """The answer counts, and only what is new is asked about afterwards; no lesson is double."""
    with make_workshop(scratch_home, 0) as workshop:
        sessions = {each.session: each for each in map(workshop.correct, range(3))}
        workshop.capture()

        def resume(asked: list[str]) -> None:
            with workshop.log.read() as txn:
                (at_work,) = {row.session for row in CORRECTIONS.rows(txn) if row.id in asked}
            session = sessions[at_work]
            call = session.call("Edit", file_path=f"{workshop.project}/a.py")
            session.reject(call, "spaces please, never tabs")
            workshop.capture()

        with Resuming(resume) as stub:
            pool = workshop.pool(
                ApiJudge(api_key="sk-ant-fake", base_url=stub.url, meter=Book(), max_retries=0)
            )
            done = pool.run_all()
        with workshop.log.read() as txn:
            corrections, lessons = CORRECTIONS.rows(txn), LESSONS.rows(txn)

        assert (done.parked, done.skills) == (0, [str(workshop.skill)])
        assert len(stub.asked) == len(set(stub.asked)) == 4
        assert [row.state for row in corrections] == ["accepted"] * 4
        evidence = {row.rule: [each.correction for each in row.evidence] for row in lessons}
        assert sorted(map(len, evidence.values())) == [1, 3]
        assert sorted(chain.from_iterable(evidence.values())) == sorted(
            row.id for row in corrections
        )


def test_54_the_money_of_a_day_is_spent(scratch_home: Path) -> None:
    """Nobody is asked any more; `status` and `doctor` say so, and that it waits for tomorrow."""
    settings = find_paths(clean_environment(scratch_home)).config_file
    settings.parent.mkdir(parents=True)
    settings.write_text("[judge]\nsmall_model = false\ndaily_budget = 0.0001\n")
    for number in range(3):
        refuse_npm(scratch_home, "project", number)
    with Teacher() as stub:
        env = {"ANTHROPIC_API_KEY": "sk-ant-fake", "ANTHROPIC_BASE_URL": stub.url}
        once = run_daemon(scratch_home, "--once", env=clean_environment(scratch_home, **env))
        assert once.returncode == 0, once.stderr
        assert len(stub.requests) == 1
        run_daemon(scratch_home, "--once", env=clean_environment(scratch_home, **env))
        assert len(stub.requests) == 1
        told = spawn(scratch_home, "status", **env).stdout
        spend = json.loads(spawn(scratch_home, "status", "--json", **env).stdout)["spend"]
        doctor = spawn(scratch_home, "doctor", **env).stdout

    assert "2 sessions wait for the judge" in once.stdout
    assert spend["today_usd"] >= spend["budget_usd"]
    assert (len(spend["calls"]), spend["parked"]) == (1, 2)
    assert "2 sessions parked until tomorrow" in told
    assert "today's budget of $0.00 is spent" in doctor


def set_clock(workshop: Workshop) -> SetClock:
    """Return the clock of a workshop."""
    assert isinstance(workshop.clock, SetClock)
    return workshop.clock
