"""A claim: one thing or act that a person asks for, refuses, or allows, in their own terms."""

import re
from typing import Literal

import msgspec

from hivemindd.lessons.terms import stems, terms

Kind = Literal["right", "wrong", "exception"]

LONGEST = 60
MOST_TERMS = 7

VERBS = frozenset(
    [
        *("add", "amend", "apply", "ask", "assert", "avoid", "branch", "bring", "build", "bump"),
        *("call", "catch", "change", "check", "clean", "close", "commit", "copy", "create"),
        *("delete", "deploy", "describe", "disable", "divide", "do", "document", "drop", "edit"),
        *("emit", "enable", "explain", "export", "extract", "fetch", "fix", "follow", "format"),
        *("generate", "go", "handle", "hardcode", "import", "include", "indent", "install"),
        *("keep", "leave", "let", "lint", "log", "make", "map", "merge", "migrate", "mock"),
        *("modify", "move", "name", "open", "parse", "pass", "pin", "prefer", "print", "publish"),
        *("push", "put", "quantize", "raise", "read", "rebase", "redo", "refactor", "reformat"),
        *("regenerate", "release", "remove", "rename", "render", "reorder", "replace", "return"),
        *("revert", "review", "round", "run", "save", "say", "send", "serialize", "set", "show"),
        *("skip", "sort", "split", "squash", "start", "stop", "store", "swallow", "tag", "take"),
        *("tell", "test", "throw", "touch", "translate", "type", "update", "upgrade", "use"),
        *("validate", "wrap", "write"),
    ]
)
_VERB_STEMS = stems(" ".join(VERBS)) | stems("using touching having")
_ALONE = frozenset({"apply", "commit", "deploy", "merge", "publish", "push", "raise", "rebase"})

_MARKS = re.compile(
    r"[`\"\u201c\u201d\u201e\u00ab\u00bb]|(?<![\w*])\*+(?=\w)|(?<=\w)\*+(?![\w*])|\s[:;]-?[()DP]+(?=\s|$)|(?<!\w)'|'(?!\w)"
)
_CUT = re.compile(
    r"\s+(?:unless|until|when|if|so|and then|in order|like i|like we|as i|that i|which|who|weil"
    r"|wenn)\s.*",
    re.IGNORECASE | re.DOTALL,
)
_TAIL = re.compile(
    r"(?:[\s,]+(?:please|pls|plz|here|again|too|then|now|instead|everywhere|directly|thanks?"
    r"|ok(?:ay)?|always|either|at all|bitte|por favor|any ?more|for me|yet|though|btw"
    r"|in (?:this|the|our) (?:repo(?:sitory)?|project|codebase|team)"
    r"|(?:for|in) (?:this|that|these|those|it)))+$|[\s.,:;!?\u2026]+$",
    re.IGNORECASE,
)
_USED = re.compile(r"^(?:use|using)\s", re.IGNORECASE)
_ARTICLE = re.compile(
    r"^(?:(?:the|a|an|some|those|these|this|that|our|my|your|all|more|der|die|das|den|dem|ein"
    r"|eine|einen|el|la|los|las|un|una|le|les|une|o|os|as)\s+|(?-i:any)\s+)+",
    re.IGNORECASE,
)
_PLAIN_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*(?:\s|$)")


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What one clause says.

    `text` names the thing or the act. `act` tells that it begins with a verb. `sure` tells
    that the wording itself is a rule (use X, no Y); an order that could be for now is not.
    `standing` marks always and never, `reversal` a way back, `where` what limits it.
    """

    kind: Kind
    text: str
    act: bool = False
    sure: bool = True
    standing: bool = False
    reversal: bool = False
    where: str = ""


def make_claim(kind: Kind, text: str, where: str = "") -> Claim | None:
    """Return what a phrase claims, None when nothing worth naming is left of it.

    Marks, politeness, articles and what hangs on behind (unless, if, which) are cut off.
    """
    phrase = _CUT.sub("", _MARKS.sub("", text).strip())
    if phrase.count("(") > phrase.count(")"):
        phrase = phrase.lstrip("(")
    while phrase != (shorter := _TAIL.sub("", phrase).strip(" \"'`")):
        phrase = shorter
    used = bool(_USED.match(phrase))
    phrase = _ARTICLE.sub("", _USED.sub("", phrase, count=1), count=1)
    if not 0 < len(terms(phrase)) <= MOST_TERMS or len(phrase) > LONGEST:
        return None
    return Claim(kind=kind, text=phrase, act=not used and is_act(phrase), where=where)


def as_act(claim: Claim | None, said: str, *, alone: bool) -> Claim | None:
    """Return the claim as an act where its wording makes it one: "never X y", "don't X".

    `said` is the phrase before it was cut: after "use" stands a thing. `alone` tells that
    even a single word is a verb there.
    """
    if claim is None or claim.act:
        return claim
    plain = bool(_PLAIN_WORD.match(claim.text)) and (alone or " " in claim.text)
    acts = plain and not _USED.match(said)
    return msgspec.structs.replace(claim, act=acts)


def is_act(phrase: str) -> bool:
    """Tell whether a phrase begins with a verb; alone, many verbs are just as well names."""
    first, _, rest = phrase.lower().partition(" ")
    gerund = first.isalpha() and first.endswith("ing") and not stems(first).isdisjoint(_VERB_STEMS)
    return gerund or first in (VERBS if rest else _ALONE)
