"""Whose turn it is among what is due."""

from collections.abc import Sequence

import pytest

from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.records import Correction, Lesson, Verdict
from tests.codify.workshop import NAMES, Workshop


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


@pytest.mark.parametrize("order", [(2, 0, 1), (1, 2, 0)])
def test_what_was_said_first_is_judged_first(workshop: Workshop, order: tuple[int, ...]) -> None:
    """Also what was said before the install, whatever the names of its files."""
    for seconds, number in enumerate(order):
        session = workshop.correct(number)
        for _ in range(seconds):
            session.reply("It is there.")  # a second later each
    workshop.capture()
    judge = Listener()
    workshop.codify(judge)

    assert judge.heard == [NAMES[number] for number in order]
