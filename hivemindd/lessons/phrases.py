"""Reads a person's words into claims: what to do, what to leave, where it does not apply.

A sentence is taken apart into clauses, and each clause read by the first wording that fits
it. What fits none is left unread: an unread clause costs a lesson a part, a misread one
teaches something wrong.
"""

import re
from collections.abc import Iterator

import msgspec

from hivemindd.lessons import wordings
from hivemindd.lessons.asides import is_for_now
from hivemindd.lessons.claims import VERBS, Claim, as_act, make_claim
from hivemindd.lessons.terms import terms

READ_CHARS = 2_000
LONGEST_SIDE = 6

_SENTENCE = re.compile(r"(?<=[^\s][.!?;\u2026])\s+|\n+|\s[-\u2013\u2014]+\s")
_CLAUSE = re.compile(
    r"(?<!from now on),\s+|(?<!remember):\s+|\s+but\s+"
    rf"|\s+and\s+(?=(?:{'|'.join(sorted(VERBS))})\b)",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\s(?:because|since|'cause|as it|as they|so that|otherwise|or else|weil|porque|parce que)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_LEAD = re.compile(
    r"^(?:(?:nope|nah|ok(?:ay)?|well|please|pls|actually|again|sorry|wait|hmm+|oh|ugh|argh|and|but"
    r"|so|then|also|just|yes|yeah|hey|bitte|por favor|that'?s wrong|wrong|still"
    r"|(?:can|could|would) (?:you|we|u)|let'?s|let us|i(?:'?d| would) like (?:you )?to"
    r"|you (?:should|need to|have to|must)(?! not| never)|make sure(?: to| that| you)?)\b"
    r"[\s,:\u2026]*)+",
    re.IGNORECASE,
)
_NO = re.compile(r"no[,:]\s+", re.IGNORECASE)
_QUESTION = re.compile(r"[^\s]\?+\s*$")
_CODELIKE = re.compile(r"[^\W\d_][._/(:\d-]|[a-z][A-Z]|[A-Z]{2}")


def read(words: str) -> list[Claim]:
    """Return what the sentences of a person's words claim, in their order."""
    parts = (part.strip() for part in _SENTENCE.split(words[:READ_CHARS]) if part)
    return [claim for sentence in parts if sentence for claim in _read_sentence(sentence)]


def _read_sentence(sentence: str) -> list[Claim]:
    sentence = _REASON.sub("", sentence)
    if is_for_now(sentence):
        return []
    if match := wordings.CJK_PAIR.search(sentence):
        return _pair(match["x"] or match["a"], match["y"] or match["b"], "")
    sentence = wordings.AGREES_BUT.sub("", sentence)
    hesitant = bool(wordings.AGREES.match(sentence) or wordings.REQUEST.search(sentence[:40]))
    where, sentence = _limit(sentence)
    if wordings.EXCEPTION.search(sentence) or (where and wordings.ALLOWS.match(sentence)):
        return [Claim(kind="exception", text=sentence.strip(" .,!"), where=where)]
    bare = _LEAD.sub("", _NO.sub("", sentence, count=1)).strip(" .!?,\u2026")
    order = wordings.FOR_GOOD.sub("", bare)
    if pair := _paired(order, where):
        standing = order != bare
        return [msgspec.structs.replace(claim, standing=standing) for claim in pair]
    if (done := wordings.DONE.match(bare)) and wordings.UNDO.search(bare):
        claim = make_claim("wrong", f"change {next(_clauses(done['y']), '')}", where)
        return [claim] if claim else []
    claims = _read_clauses(sentence, where)
    if _QUESTION.search(sentence):
        reproach = wordings.REPROACH.search(sentence)
        claims = [claim for claim in claims if reproach and claim.kind == "wrong"]
    if hesitant:
        claims = [claim for claim in claims if claim.kind == "wrong" or _outlasts(claim)]
    return claims


def _outlasts(claim: Claim) -> bool:
    return claim.standing or claim.reversal


def _limit(sentence: str) -> tuple[str, str]:
    """Split off what limits a whole sentence: "in tests", "for publishing"."""
    bare = _LEAD.sub("", sentence)
    match = wordings.WHERE.match(bare)
    return (match["where"], bare[match.end() :]) if match else ("", sentence)


def _paired(sentence: str, where: str) -> list[Claim]:
    matches = (pattern.search(sentence) for pattern in wordings.PAIRS)
    pairs = (_pair(match["x"], match["y"], where) for match in matches if match)
    return next((pair for pair in pairs if pair), [])


def _pair(x: str, y: str, where: str) -> list[Claim]:
    spared = (*wordings.NAMED, wordings.PLACED)
    named = next((m for pattern in spared if (m := pattern.match(x))), None)
    x = re.sub(r"\s(?:and|but)$", "", named["x"] if named else x)
    y = re.sub(r"^(?:in|into|to|from|with|by)\s", "", y)
    if wordings.AUXILIARY.search(x) or max(len(x.split()), len(y.split())) > LONGEST_SIDE:
        return []
    right, wrong = make_claim("right", x, where), make_claim("wrong", y, where)
    return [right, wrong] if right and wrong else []


def _read_clauses(sentence: str, where: str) -> list[Claim]:
    if wordings.ROMANCE.search(sentence.lower()):
        # There, "no" is "in the".
        sentence = re.sub(r"(?:^|,\s)no\s", " em ", sentence, flags=re.IGNORECASE)
    claims: list[Claim] = []
    redirected = bool(_NO.match(sentence))
    recalls = re.match(r"(?:same|as)\b", sentence, re.IGNORECASE)
    for at, clause in enumerate(_clauses(sentence)):
        # "No X" after something else may only say that X is lacking.
        lacking = at and clause.lower().startswith("no ") and not recalls
        if lacking and not (claims and claims[-1].sure):
            continue
        if claim := _read_clause(clause, where, redirected=redirected):
            claims.append(claim)
            redirected = redirected or claim.kind == "wrong"
    return claims


def _clauses(sentence: str) -> Iterator[str]:
    for part in _CLAUSE.split(sentence):
        if clause := _LEAD.sub("", part.strip()).strip(" .!?\u2026\"'`"):
            yield clause


def _read_clause(clause: str, where: str, *, redirected: bool) -> Claim | None:
    if match := wordings.REVERSAL.match(clause):
        claim = make_claim("right", next(filter(None, match.groups())), where)
        return msgspec.structs.replace(claim, reversal=True) if claim else None
    order = wordings.FOR_GOOD.sub("", clause)
    if (match := wordings.FROM_NOW.match(clause)) or order != clause:
        claim = _read_clause(match["x"] if match else order, where, redirected=True)
        return msgspec.structs.replace(claim, standing=True, sure=True) if claim else None
    readers = (_standing, _refused, _asked, _removed)
    for reader in readers:
        fits, claim = reader(clause, where)
        if fits:
            return claim
    return _loose(clause, where, redirected=redirected)


def _standing(clause: str, where: str) -> tuple[bool, Claim | None]:
    match = wordings.STANDING.match(clause)
    if not match:
        return False, None
    if match["y"]:
        claim = as_act(make_claim("wrong", match["y"], where), match["y"], alone=False)
    else:
        claim = make_claim("right", match["x"], where)
    return True, msgspec.structs.replace(claim, standing=True) if claim else None


def _refused(clause: str, where: str) -> tuple[bool, Claim | None]:
    for pattern in wordings.FORBIDDEN_ACTS:
        if match := pattern.match(clause):
            claim = make_claim("wrong", match["y"], where)
            return True, as_act(claim, match["y"], alone=True)
    for pattern in wordings.REFUSED:
        if match := pattern.match(clause):
            claim = make_claim("wrong", match["y"], where)
            # "Run it again" refuses nothing.
            again = claim is not None and claim.act and clause.lower().endswith(" again")
            return True, None if again else claim
    if match := wordings.LET_BE.match(clause):
        return True, make_claim("wrong", f"change {match['y'] or match['z']}", where)
    if match := wordings.OFF_LIMITS.match(clause):
        if terms(match["y"]):
            return True, make_claim("wrong", f"edit {match['y']}", where)
        if "generated" in match["why"].lower():
            return True, make_claim("wrong", "edit generated files", where)
    return False, None


def _asked(clause: str, where: str) -> tuple[bool, Claim | None]:
    for pattern in (*wordings.NAMED, wordings.PLACED):
        if match := pattern.match(clause):
            claim = make_claim("right", match["x"], where)
            # Where to put this one thing is no rule yet.
            sure = pattern is not wordings.PLACED and not wordings.CONDITION.search(match["x"])
            return True, msgspec.structs.replace(claim, act=False, sure=sure) if claim else None
    for pattern in wordings.ASKED:
        if match := pattern.match(clause):
            claim = make_claim("right", match["x"], where)
            polite = claim is not None and claim.act and wordings.ENDS_POLITELY.search(clause)
            sure = not polite and not wordings.CONDITION.search(match["x"])
            return True, msgspec.structs.replace(claim, sure=sure) if claim else None
    return False, None


def _removed(clause: str, where: str) -> tuple[bool, Claim | None]:
    match = wordings.REMOVED.match(clause)
    claim = make_claim("wrong", match["y"], where) if match else None
    return bool(match), msgspec.structs.replace(claim, sure=False) if claim else None


def _loose(clause: str, where: str, *, redirected: bool) -> Claim | None:
    """Read a clause of no known wording: a rule of its subject, an order, or a bare name."""
    claim = make_claim("right", clause, where)
    led = wordings.RULE_OF_SUBJECT.match(clause)
    if claim and led and terms(led["who"]) and len(terms(clause)) > 1:
        return msgspec.structs.replace(claim, act=True, where=where or led["who"])
    if redirected and (have := wordings.HAVE.match(clause)):
        return make_claim("right", have["x"], where)
    if claim is None or wordings.STATEMENT.match(clause):
        return None
    return msgspec.structs.replace(claim, sure=redirected and is_named(claim))


def is_named(claim: Claim) -> bool:
    """Tell whether a phrase after a no is surely what to do instead: an order, or a name."""
    words = claim.text.split()
    return claim.act or len(words) == 1 or bool(_CODELIKE.search(claim.text) and len(words) <= 3)
