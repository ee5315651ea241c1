"""What a judge is: it reads corrections and says which of them hold a rule."""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from hivemindd.errors import JudgeUnavailableError
from hivemindd.records import Correction, Lesson, LessonType

Durability = Literal[0, 1, 2, 3]
Scope = Literal["repo", "user", "task"]
Directive = Literal["none", "always", "reversal"]
RelationKind = Literal["same", "refines", "contradicts", "unrelated"]


class Verdict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a judge read in one correction.

    `durable` runs from 0 (only this task) to 3 (a standing order). `quote` is copied from
    the person's words. `wrong` and `right` are the shortest names of what to leave and what
    to do. `refines` names an exception to a lesson or narrows it, and is no support for it.
    """

    correction: str
    is_correction: bool
    type: LessonType
    durable: Durability
    scope: Scope
    trigger: str
    rule: str
    wrong: str
    right: str
    reason: str
    not_when: list[str]
    quote: str
    directive: Directive
    activity: str
    relates_to: str
    relation: RelationKind

    @property
    def teaches(self) -> bool:
        """Tell whether a lesson may come from it, or a limit to the lesson that it refines."""
        spoken = self.is_correction or self.directive != "none"
        limits = self.relation == "refines" and bool(self.not_when)
        return spoken and self.durable > 0 and self.scope != "task" and bool(self.rule or limits)


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
