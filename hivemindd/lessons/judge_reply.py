"""What a model replied, read with no trust: each verdict stands or falls alone.

A reply that is good in part is kept in part. What it left out, gave twice or got wrong is
named, so that the model can be told, and is never taken for "nothing found".
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from hivemindd.lessons.check import check
from hivemindd.lessons.judge_prompt import UNASKED
from hivemindd.records import Correction, Verdict

FAULT_CHARS = 200


class Reading(msgspec.Struct, frozen=True):
    """The usable verdicts by candidate, and what is wrong by candidate.

    A verdict that `check` refuses stands in both: it is an answer, and could be a better one.
    `whole` says why nothing of the reply could be read.
    """

    verdicts: dict[str, Verdict]
    faults: dict[str, str]
    whole: str = ""


class _Verdicts(msgspec.Struct, forbid_unknown_fields=True):
    verdicts: list[msgspec.Raw]


class _Named(msgspec.Struct):
    correction: str = ""


def read_reply(text: str, candidates: Sequence[Correction], lessons: AbstractSet[str]) -> Reading:
    """Read the text of a reply against the candidates; `lessons` are the ids that it may name."""
    try:
        raws = msgspec.json.decode(_bare(text), type=_Verdicts).verdicts
        given = list(_decode(raws))
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        why = f"it does not follow the schema ({_short(error)})" if text.strip() else "it is empty"
        return Reading({}, {each.id: why for each in candidates}, why)
    verdicts: dict[str, Verdict] = {}
    faults: dict[str, str] = {}
    for candidate in candidates:
        answers = [answer for name, answer in given if name == candidate.id]
        verdict, fault = _choose(answers, candidate)
        if verdict is not None:
            verdicts[candidate.id] = _without_strangers(verdict, lessons)
        if fault:
            faults[candidate.id] = fault
    return Reading(verdicts, faults)


def _bare(text: str) -> str:
    """Return the text without the code fence that models put around JSON."""
    text = text.strip()
    if text.startswith("```") and text.endswith("```") and "\n" in text:
        return text[text.index("\n") : -3]
    return text


def _decode(raws: Sequence[msgspec.Raw]) -> Iterator[tuple[str, Verdict | str]]:
    """Yield each verdict, or why it is none, with the candidate that it names."""
    for raw in raws:
        try:
            verdict = msgspec.json.decode(raw, type=Verdict)
        except msgspec.ValidationError as error:
            yield _name(raw), f"its verdict does not follow the schema ({_short(error)})"
        else:
            unasked = next((name for name in UNASKED if getattr(verdict, name)), "")
            fault = f"its verdict holds what was not asked for ({unasked})"
            yield verdict.correction, fault if unasked else verdict


def _name(raw: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=_Named).correction
    except msgspec.ValidationError:
        return ""


def _choose(answers: Sequence[Verdict | str], candidate: Correction) -> tuple[Verdict | None, str]:
    """Return the one verdict on a candidate, and what is wrong with it or with there being none."""
    if not answers:
        return None, "it has no verdict"
    first = answers[0]
    if any(answer != first for answer in answers):
        return None, "it has more than one verdict"
    if isinstance(first, str):
        return None, first
    return first, (first.teaches and check(first, candidate)) or ""


def _without_strangers(verdict: Verdict, lessons: AbstractSet[str]) -> Verdict:
    """Return the verdict without a relation to a lesson that does not exist."""
    if verdict.relates_to in lessons:
        return verdict
    return msgspec.structs.replace(verdict, relates_to="", relation="unrelated")


def _short(error: Exception) -> str:
    return str(error)[:FAULT_CHARS]
