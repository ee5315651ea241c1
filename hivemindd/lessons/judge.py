"""What a judge is: it reads corrections and says which of them hold a rule."""

from collections.abc import Sequence
from typing import Protocol

from hivemindd.errors import JudgeUnavailableError
from hivemindd.records import Correction, Lesson, Verdict


class Judge(Protocol):
    """Reads corrections; `name` is kept with every lesson that came from it."""

    @property
    def name(self) -> str:
        """Say who judges, with the model where there is one."""

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Return one verdict for each candidate, in their order.

        `lessons` are those of the workspace that a candidate may relate to.

        Raises:
            UnansweredError: some candidates, or all, got no usable verdict.
            JudgeUnavailableError: the judge cannot be asked at all for now.
        """


class UnansweredError(JudgeUnavailableError):
    """The judge answers, but not everything: what it left out is parked, not done.

    `verdicts` are the usable ones. `cause` is what kept the rest from being asked, None
    where its replies could not be used.
    """

    def __init__(
        self,
        message: str,
        verdicts: Sequence[Verdict] = (),
        *,
        cause: JudgeUnavailableError | None = None,
        permanent: bool = False,
    ) -> None:
        """Keep what was answered."""
        super().__init__(
            message, retry_after=cause.retry_after if cause else None, permanent=permanent
        )
        self.verdicts = list(verdicts)
        self.cause = cause


def nothing_learned(correction: str, *, is_correction: bool = False) -> Verdict:
    """Return the verdict on a candidate that holds no rule."""
    return Verdict(
        correction=correction,
        is_correction=is_correction,
        type="process",
        durable=0,
        scope="task",
        trigger="",
        rule="",
        wrong="",
        right="",
        reason="",
        not_when=[],
        quote="",
        directive="none",
        activity="",
        relates_to="",
        relation="unrelated",
    )
