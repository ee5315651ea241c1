"""Whose turn it is among what is due."""

import threading
from collections.abc import Sequence

import pytest

from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.records import Correction, Lesson, Verdict
from tests.codify.workshop import NAMES, Workshop

PATIENCE = 30.0


class Listener(LocalJudge):
    """The local judge, which remembers the sessions that it was asked about."""

    def __init__(self) -> None:
        """Judge by wordings."""
        super().__init__()
        self.heard: list[str] = []

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Return the verdicts."""
        self.heard += [each.session for each in candidates]
        return super().judge(candidates, lessons)


def correct(workshop: Workshop, order: Sequence[int]) -> None:
    """Write sessions of the project, each over a second after the one before."""
    for seconds, number in enumerate(order):
        session = workshop.correct(number)
        for _ in range(seconds):
            session.reply("It is there.")


@pytest.mark.parametrize("order", [(2, 0, 1), (1, 2, 0)])
def test_what_was_said_first_is_judged_first(workshop: Workshop, order: tuple[int, ...]) -> None:
    """Also what was said before the install, whatever the names of its files."""
    correct(workshop, order)
    workshop.capture()
    judge = Listener()
    workshop.codify(judge)

    assert judge.heard == [NAMES[number] for number in order]


class Hesitant(Listener):
    """The first session that it hears keeps it until all of another project are judged."""

    def __init__(self, others: int) -> None:
        """Wait for so many sessions of the other project."""
        super().__init__()
        self._others = threading.Semaphore(0)
        self._missing = others
        self.done = threading.Semaphore(0)
        self._first = threading.Lock()

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Return the verdicts."""
        verdicts = super().judge(candidates, lessons)
        if candidates[0].workspace.endswith("other"):
            self._others.release()
        elif self._first.acquire(blocking=False):
            for _ in range(self._missing):
                assert self._others.acquire(timeout=PATIENCE)
        self.done.release()
        return verdicts


def test_who_waits_for_a_busy_workspace_keeps_the_place(workshop: Workshop) -> None:
    """Another worker passes by, and takes what is next of other projects."""
    mine, others = (2, 0, 1), (3, 4)
    correct(workshop, mine)
    workshop.project = workshop.home / "other"
    (workshop.project / ".git").mkdir(parents=True)
    correct(workshop, others)
    workshop.capture()
    judge = Hesitant(len(others))
    pool = workshop.pool(judge)
    pool.start()
    try:
        assert all(judge.done.acquire(timeout=PATIENCE) for _ in [*mine, *others])
    finally:
        pool.stop()

    own = [NAMES[number] for number in mine]
    assert [name for name in judge.heard if name in own] == own
