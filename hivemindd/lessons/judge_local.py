"""The judge that needs no network: wordings for what is said outright, a small model for the rest.

Where the wordings find a rule it stands, unless the model is sure that nothing is corrected. Else
the small model says whether a person corrects something and whether it is worth keeping; the rule
is then a sentence of the person's own. Without the model only the wordings judge.
"""

from collections.abc import Sequence

import msgspec

from hivemindd.lessons.activity import activity_of, trigger_of
from hivemindd.lessons.asides import is_adjustment, is_for_now, takes_back
from hivemindd.lessons.clauses import as_rule, best_clause
from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.judge_wordings import is_kept_out, judge_wording
from hivemindd.lessons.moments import BY_WORDS, deed
from hivemindd.lessons.small_model import Scores, SmallModel
from hivemindd.records import Correction, Directive, Durability, Lesson, Verdict

CORRECTION = 0.5
DOUBTED = 0.05
ADMITTED = 3.5  # times the odds of a correction, where the agent granted that it was one
DURABLE = 0.12
STANDING = 0.5
LIMIT = 0.7
REASON_CHARS = 200
LIMIT_CHARS = 120

WORDINGS = "local"
MODEL = "local/9"


class LocalJudge:
    """Judges on this machine, and always the same way."""

    def __init__(self, model: SmallModel | None = None) -> None:
        """Judge with the small model, or by wordings alone."""
        self._model = model

    @property
    def name(self) -> str:
        """Name the way of judging: what an older one judged may be judged again."""
        return MODEL if self._model else WORDINGS

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Return one verdict for each candidate.

        Raises:
            EncoderError: the small model cannot be run.
        """
        verdicts = [judge_wording(candidate, lessons) for candidate in candidates]
        if self._model is None:
            return verdicts
        return [
            _completed(*each)
            for each in zip(verdicts, candidates, self._model.read(candidates), strict=True)
        ]


def _completed(verdict: Verdict, correction: Correction, scores: Scores) -> Verdict:
    """Return what the wordings and the model found together, with what it is about."""
    verdict = _weighed(verdict, correction, scores)
    if not verdict.teaches:
        return verdict
    limit = 0.0 if verdict.directive != "none" else round(scores.limit, 3)
    return msgspec.structs.replace(verdict, meaning=scores.meaning, limit=limit)


def _weighed(verdict: Verdict, correction: Correction, scores: Scores) -> Verdict:
    """Return what the wordings found, unless the model doubts it, and what that adds to it."""
    if is_kept_out(correction.reason):
        return nothing_learned(correction.id)
    if correction.admitted:
        scores = msgspec.structs.replace(scores, correction=_raised(scores.correction))
    likely = max(scores.correction, scores.standing)
    if verdict.is_correction and likely < DOUBTED and correction.channel in BY_WORDS:
        return nothing_learned(correction.id)
    said = verdict.is_correction or scores.correction >= CORRECTION
    limited = scores.limit >= LIMIT or takes_back(correction.reason)
    limited &= verdict.directive == "none"  # an order for good stands
    if said and limited and verdict.relation != "refines":
        return _limits(correction)
    if verdict.relation != "unrelated" or verdict.teaches:
        return verdict
    verdict = msgspec.structs.replace(verdict, is_correction=said)
    ordered = scores.standing >= STANDING
    if not (ordered or (said and scores.durable >= DURABLE)) or not correction.quote:
        return verdict
    return _begins(verdict, correction, scores, "always" if ordered else "none")


def _raised(share: float) -> float:
    """Return how likely something is at odds that are `ADMITTED` times as high."""
    return ADMITTED * share / (1 + (ADMITTED - 1) * share)


def _limits(correction: Correction) -> Verdict:
    """Return the verdict that says where a rule ends; whose, is left to what it is about."""
    clause = best_clause(correction.reason)
    return msgspec.structs.replace(
        nothing_learned(correction.id, is_correction=bool(clause)),
        durable=1,
        scope="repo",
        not_when=[clause[:LIMIT_CHARS]] if clause else [],
        quote=correction.quote,
        relation="refines",
    )


def _begins(
    verdict: Verdict, correction: Correction, scores: Scores, directive: Directive
) -> Verdict:
    """Return the verdict that may begin a lesson, in the person's own words."""
    rule = _rule(correction)
    if not rule:
        return verdict
    activity = activity_of(rule, deed(correction.agent_output))
    durable: Durability = 3 if directive == "always" else 1
    return msgspec.structs.replace(
        verdict,
        type=scores.type,
        durable=durable,
        scope="repo",
        trigger=trigger_of(activity, ""),
        rule=rule,
        reason=correction.reason[:REASON_CHARS],
        quote=correction.quote,
        directive=directive,
        activity=activity.slug,
    )


def _rule(correction: Correction) -> str:
    clause = best_clause(correction.reason)
    return "" if is_adjustment(clause) or is_for_now(clause) else as_rule([clause])
