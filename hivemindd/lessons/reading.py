"""What a person's words and the agent's action say together: one rule, in the person's terms.

The half that the words leave unsaid is looked up in what the agent did: the command that
it ran for the same thing, or a known rival of the thing that is asked for.
"""

import re
from collections.abc import Sequence

import msgspec

from hivemindd.lessons.claims import VERBS, Claim
from hivemindd.lessons.phrases import is_named
from hivemindd.lessons.relate import ALTERNATIVES, alternatives
from hivemindd.lessons.renames import replaced
from hivemindd.lessons.rivals import rivals
from hivemindd.lessons.terms import GENERIC, LIGHT, STOP, key, stems, terms
from hivemindd.records import Correction, Directive

RULE_CHARS = 200
COMMAND_WORDS = 6
NAME_WORDS = 3

_REFUSALS = frozenset({"rejection", "rejection-then-prompt", "plan-rejection"})
_POINTS = re.compile(r"\b(?:it|that|this|them|those)$", re.IGNORECASE)
_DEICTIC = re.compile(
    r"\b(?:this|that|these|those|it'?s?|its|you|your|he|she|they|them|i|me|my|we|now|today|still"
    r"|currently|there|tomorrow|yesterday|anything|something)\b",
    re.IGNORECASE,
)
_LIMITS = re.compile(r"\s(?:that|which|who|in|for|from|by|when|on|without)\s.*", re.IGNORECASE)
_LIMITS_OF_ACTS = re.compile(r"\s(?:that|which|who|by|when|without)\s.*", re.IGNORECASE)
_CALLED = re.compile(r"^(?:\w+\(|(?:Ran|Bash|Shell|exec)\b:?\s*)")
_COMMAND = re.compile(r"[a-z][\w.-]*")
_VAGUE = stems(
    """bigger smaller left right up down top bottom large small big little bit faster slow shorter
    longer again back other second third last next previous same different better simpler nicer
    check work fail it this that sense done fine question answer ask what resume continue
    implement proceed retry pause stuck finish option something everything nothing anything more
    else change idea think step"""
)


class Reading(msgspec.Struct, kw_only=True):
    """What is asked for and what is refused; `right` may hold two acts as alternatives.

    An `acts` flag tells that a side begins with a verb. `sure` tells that the wording or the
    agent's action makes a rule of it.
    """

    right: str = ""
    wrong: str = ""
    right_acts: bool = False
    wrong_acts: bool = False
    where: str = ""
    sure: bool = False
    directive: Directive = "none"


def combine(claims: Sequence[Claim], correction: Correction) -> Reading:
    """Choose among the claims, and look up the half that is unsaid."""
    if not claims:
        swap = replaced(correction.user_diff)
        return Reading(wrong=swap[0], right=swap[1], sure=True) if swap else Reading()
    rights = [claim for claim in claims if claim.kind == "right"]
    right = _chosen(rights)
    wrong = _chosen([claim for claim in claims if claim.kind == "wrong" and _names(claim)])
    refused = correction.channel in _REFUSALS
    reading = Reading(
        sure=any(claim.sure or (refused and is_named(claim)) for claim in (right, wrong) if claim)
    )
    for claim in (right, wrong):
        if claim and (claim.standing or claim.reversal):
            reading.directive = "always" if claim.standing else "reversal"
    if right and (right.sure or wrong is None):
        _ask_for(reading, right, rights)
    if wrong and (wrong.sure or not (right and right.sure) or right.act):
        reading.wrong, reading.wrong_acts = wrong.text, wrong.act
        reading.where = reading.where or wrong.where
    elif named := _antecedent(claims):
        reading.wrong, reading.wrong_acts, reading.sure = f"change {named}", True, True
        if reading.right == named:
            reading.right, reading.right_acts = "", False
    _complete(reading, rights, correction)
    return reading


def names_more(reading: Reading) -> bool:
    """Tell whether a rule would mean something next month: it names a thing of its own.

    A side that only points (it, the other one, bigger) is taken out of the reading.
    """
    if not _is_telling(reading.right):
        reading.right, reading.right_acts = "", False
    if not _is_telling(reading.wrong):
        reading.wrong, reading.wrong_acts = "", False
    return bool(reading.right or reading.wrong)


def rule_of(reading: Reading) -> str:
    """Put the rule together as one order in the person's own terms."""
    never = "Never" if reading.directive == "always" else "Do not"
    if not reading.wrong_acts:
        refused = f"{never} use {reading.wrong}"
    elif reading.wrong.split()[0].endswith("ing"):
        refused = f"Avoid {reading.wrong}"
    else:
        refused = f"{never} {reading.wrong}"
    right = " and ".join(alternatives(reading.right))
    wanted = right if reading.right_acts else f"use {right}"
    if not reading.right:
        rule = refused
    elif not reading.wrong:
        rule = wanted
    elif reading.right_acts or reading.wrong_acts:
        rule = f"{wanted}; {refused[0].lower()}{refused[1:]}"
    else:
        rule = f"{wanted} instead of {reading.wrong}"
    if reading.where and reading.where.lower() not in rule.lower():
        rule = f"{reading.where}, {rule[0].lower()}{rule[1:]}"
    return f"{rule[0].upper()}{rule[1:]}"[:RULE_CHARS]


def short_names(phrases: str, *, acts: bool) -> str:
    """Return the names of things without what limits them: the rule keeps that."""
    limits = _LIMITS_OF_ACTS if acts else _LIMITS
    short = ((limits.sub("", each), each) for each in alternatives(phrases))
    return ALTERNATIVES.join(cut if key(cut) - GENERIC else each for cut, each in short)


def _chosen(claims: Sequence[Claim]) -> Claim | None:
    """Return the claim that says most: a standing order, a sure thing, a sure act, the first."""
    order = sorted(claims, key=lambda c: (not (c.standing or c.reversal), not c.sure, c.act))
    return order[0] if order else None


def _ask_for(reading: Reading, right: Claim, rights: Sequence[Claim]) -> None:
    reading.right, reading.right_acts, reading.where = right.text, right.act, right.where
    if right.sure and right.act and not right.where:
        sure = [c for c in rights if c.sure and c.act and not c.where and c != right]
        reading.right = ALTERNATIVES.join(claim.text for claim in [right, *sure[:1]])


def _names(claim: Claim) -> bool:
    """Tell whether a claim names more than a bare verb such as touch."""
    return not set(terms(claim.text)) <= LIGHT


def _antecedent(claims: Sequence[Claim]) -> str:
    """Return what "don't touch it" speaks of, where the same words name it."""
    points = any(claim.kind == "wrong" and _POINTS.search(claim.text) for claim in claims)
    named = [claim.text for claim in claims if claim.kind == "right" and not claim.act]
    return named[0] if points and named else ""


def _complete(reading: Reading, rights: Sequence[Claim], correction: Correction) -> None:
    """Name what the person meant to replace, from the agent's command or a known rival."""
    if pair := _commands(reading.right, reading.wrong):
        reading.right, reading.wrong = pair
        reading.right_acts = reading.wrong_acts = False
    if reading.wrong:
        return
    action = correction.agent_output
    for claim in rights:
        if pair := _commands(claim.text, action):
            reading.right, reading.wrong = pair
            reading.right_acts, reading.sure = False, True
            return
    named = [claim for claim in rights if len(claim.text.split()) <= NAME_WORDS]
    for claim in sorted(named, key=lambda c: (c.text != reading.right, c.act))[:2]:
        chosen = claim.text == reading.right
        pair = rivals(claim.text, action)
        pair = pair or (rivals(claim.text, correction.reason) if chosen else None)
        if pair and (chosen or not claim.act):
            reading.right, reading.right_acts, reading.sure = claim.text, claim.act, True
            head = claim.text.removeprefix(pair[0]).strip()
            reading.wrong = f"{pair[1]} {head}" if head.isalpha() else pair[1]
            return


def _commands(wanted: str, action: str) -> tuple[str, str] | None:
    """Return how two commands begin that go on alike: (`uv`, `pip`) for the same package."""
    mine = wanted.split()
    if not 1 < len(mine) <= COMMAND_WORDS or not _COMMAND.fullmatch(mine[0]):
        return None
    if mine[0] in VERBS - {"make"} or not STOP.isdisjoint(mine):
        return None
    for line in action.splitlines():
        theirs = [word.rstrip(")") for word in _CALLED.sub("", line).split()]
        shared = [word for word in mine[1:] if word in theirs[1:] and len(word) > 2]
        if shared and mine[0] != theirs[0] and _COMMAND.fullmatch(theirs[0]):
            begins = " ".join(mine[: mine.index(shared[0])])
            began = " ".join(theirs[: theirs.index(shared[0])])
            if pair := rivals(mine[0], theirs[0]):
                return pair
            if len(began.split()) <= 2 and "/" not in began:
                return begins, began
    return None


def _is_telling(phrases: str) -> bool:
    telling = bool(key(phrases) - GENERIC - _VAGUE)
    return telling and not _DEICTIC.search(_LIMITS_OF_ACTS.sub("", phrases))
