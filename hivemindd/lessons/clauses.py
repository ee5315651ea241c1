"""The sentence of a person's own that says best what is to be kept."""

import re
from collections.abc import Iterable

from hivemindd.lessons.terms import terms
from hivemindd.lessons.words import segments

FEWEST_TERMS = 2
SHORT, LONG = 12, 180
USUAL = 60
MOST = 3
RULE_CHARS = 200

# A dot within a name (`logger.info`) ends nothing; signs that are wide need no space behind them.
_SENTENCE = re.compile(
    r"(?<=[^\s][.!?;\u2026])\s+(?=\S)|(?<=[^\s][\u3002\uff01\uff1f])\s*(?=\S)|\n+"
)
_LEAD = re.compile(
    r"^(?:(?:no+|nope|nah|ok(?:ay)?|well|hm+|oh|ugh|argh|wait|stop|sorry|hey|yes|yeah|please|pls"
    r"|again|nein|non|não|nee|нет|不是|不对|いや|違う|아니)\b[\s,.:!\u2026\uff0c\u3001]*)+",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"[?\uff1f]\W*$")
_POINTS = re.compile(
    r"\b(?:this|that|these|those|it|its|them|here|there|you|your|i|now|again|above|below)\b",
    re.IGNORECASE,
)
_BINDS = re.compile(
    r"\b(?:always|never|only|must|should|every|all|any|each|we|our|nothing|everything|no"
    r"|immer|nie|nur|muss|wir|jede\w*|siempre|nunca|solo|todos?|toujours|jamais|tout|sempre"
    r"|всегда|никогда|только|мы)\b|总是|必须|不要|别|只|都|必ず|常に|だけ|항상|절대|반드시",
    re.IGNORECASE,
)


def best_clause(words: str) -> str:
    """Return the sentence of a person's words that reads most like a rule, empty for none."""
    pieces = (part.strip() for piece in segments(words) for part in _SENTENCE.split(piece))
    clauses = [clause for piece in pieces if (clause := _LEAD.sub("", piece).strip(" .!,;:-"))]
    return min((each for each in clauses if len(each) <= LONG), key=plainness, default="")


def as_rule(clauses: Iterable[str]) -> str:
    """Return the plainest clauses as one rule of at most 200 characters, empty for none.

    One sentence said in passing is often too little to go by; two or three that were said
    of the same thing explain each other. Their order changes nothing.
    """
    rule = ""
    for clause in sorted(set(clauses), key=plainness)[:MOST]:
        joined = f"{rule}; {clause}" if rule else clause
        if clause.casefold() not in rule.casefold() and len(joined) <= RULE_CHARS:
            rule = joined
    return f"{rule[:1].upper()}{rule[1:]}"


def plainness(clause: str) -> tuple[int, int, str]:
    """Order clauses, the plainest rule first; nothing but the words decides.

    What is no question, names things instead of pointing at them and binds for good comes
    first, then what is about as long as a sentence.
    """
    faults = 2 * bool(_QUESTION.search(clause)) + (len(set(terms(clause))) < FEWEST_TERMS)
    faults += bool(_POINTS.search(clause)) - bool(_BINDS.search(clause)) + (len(clause) < SHORT)
    return faults, abs(len(clause) - USUAL), clause
