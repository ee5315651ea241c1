"""What a verdict must hold before it counts, whoever gave it.

No judge is trusted: the quote must stand in the person's own words, the rule must speak of
what was said or done, and nothing may be smuggled in. Whether a rule would widen what an
assistant may do is told apart from that: a person may want it, but only they may write it.
"""

import re
import unicodedata
from collections.abc import Iterable

from hivemindd.contrast import is_left, left
from hivemindd.lessons.corrections import DOUBTED
from hivemindd.lessons.terms import terms
from hivemindd.lessons.words import own_words
from hivemindd.permissions import GRANTED, NOT, UNASKED
from hivemindd.records import Correction, Verdict

RULE_CHARS = (6, 200)
TEXT_CHARS = 300
NAME_CHARS = 160
EXCEPTIONS = 10

_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SECRET = re.compile(
    r"\u00abredacted|\[redacted|\b(?:password|passwd|passphrase|api[_ -]?key|secret[_ -]?key"
    r"|access[_ -]?token)\b\s*(?:is|:|=|to)\s",
    re.IGNORECASE,
)

_ASKING = (
    r"(?:ask|asking|confirm|confirming|confirmations?|approvals?|approving|permissions?|consent"
    r"|prompting|checking with)"
)
_SAFEGUARD = (
    r"(?:permissions?|sandbox(?:ing)?|approvals?|confirmations?|verification|hooks?|pre-?commit"
    r"|tls|ssl|certificates?|signature|signing|authentication|auth|authorization|firewall"
    r"|antivirus|2fa|mfa|security|safety|guardrails?|protections?|secret scann\w+|audit\w*)"
)
# Never to be asked, or to keep silent, widens even where it is worded as a prohibition.
_SILENCES = re.compile(
    rf"(?:{NOT}|\b(?:stop|avoid|skip|no))\s+"
    r"(?:(?:for|to|the|any|me|my|your|our|ever|and|need|have to|bother|pause|stop|wait\w*)\s+)*"
    rf"(?:{_ASKING}|(?:skip|no)\s+reviews?)\b|{UNASKED}"
    r"|\b(?:assume|take) (?:\w+ ){0,2}(?:approval|consent|permission|yes)\b"
    rf"|{NOT} (?:tell|mention|report|show|inform|warn|reveal)\b"
    r"|\b(?:ignore|disregard|forget|override)\b[^.;]{0,30}?\b(?:instructions?|rules?|prompts?"
    r"|previous|above|prior|system|policy|policies|guidelines?)\b"
    r"|\bsystem prompt\b|\byou are now\b|\bjailbreak",
    re.IGNORECASE,
)
_FORBIDS = re.compile(r"(?:[^,]{0,40},\s)?(?:do not|don't|never|avoid|stop|no)\b", re.IGNORECASE)
_GRANTS = re.compile(
    rf"\bwithout\s+(?:\w+\s+){{0,3}}?(?:{_ASKING}|review)\b"
    r"|\bohne\b.{0,20}\b(?:fragen|r\u00fcckfrage|best\u00e4tigung)\b"
    r"|\bsin (?:preguntar|confirmar|permiso)|\bsem (?:perguntar|confirmar|permiss\u00e3o)"
    r"|\bsans (?:demander|confirmation|autorisation)"
    r"|\b(?:skip|disable|bypass|ignore|turn off|switch off|override|circumvent|remove|drop|relax"
    rf"|weaken)\b[^.;]{{0,30}}?\b{_SAFEGUARD}\b|\binsecure\b|\bno-?verify\b"
    r"|--(?:dangerously[\w-]*|yolo|force|allow-root|privileged|no-sandbox|trusted-host)\b"
    r"|\b(?:sudo|su root|chmod|chown|setuid|eval|base64|rm\s+-\w*[rf]\w*|mkfs|dd if=)\b"
    r"|\bauto-?(?:approve|accept|confirm|merge|push)\b"
    r"|\b(?:allow|grant|accept|approve|trust|whitelist|allowlist)\s+(?:\w+\s+){0,2}?"
    r"(?:all|any|every\w*|full|unrestricted|root|admin\w*)\b"
    rf"|{GRANTED}|\b(?:full|unrestricted|root|admin) (?:access|rights|permissions?)\b"
    r"|\|\s*(?:sudo\s+)?(?:ba|z|da|fi)?sh\b|\b(?:curl|wget|nc|netcat|invoke-webrequest)\b",
    re.IGNORECASE,
)
_ACT = (
    r"(?:(?:always|automatically|immediately|just|then|please|you (?:can|may|should)|feel free to"
    r"|go ahead and) )*(?:commit|push|force[- ]push|merge|deploy|publish|release|upload|send"
    r"|(?:delete|drop) (?:the )?(?:table|database|schema|branch|data|history))\b"
    r"(?! (?:messages?|nachricht\w*|notes|branches|requests?)\b)"
)
_ACTS_ALONE = re.compile(_ACT, re.IGNORECASE)
# "Once the tests pass, push"; not "When you commit, push or merge, run the linter".
_ACTS_AFTER = re.compile(
    r"(?:^|[.;!]\s+)(?:once|after|before|when(?:ever)?|while|as soon as|if|(?:every|each) time"
    r"|by|on|upon|in|for|with|at|from)\b"
    r"(?:(?!,\s+(?:do not|don['\u2019]t|never|avoid|no)\b)[^.;])*?,\s+"
    rf"{_ACT}(?!(?:, [\w-]+)*,? or\b)|(?:[,.;]|\band)\s+then {_ACT}|[.;!]\s+{_ACT}",
    re.IGNORECASE,
)


def check(verdict: Verdict, correction: Correction, text: str = "") -> str | None:
    """Return why a verdict must not count, None when it may.

    `text` is the prompt that the words come from, whole, where it is at hand; without it
    `correction.reason` stands for it.
    """
    if verdict.correction != correction.id:
        return "it answers another correction"
    return _form(verdict) or _source(verdict, correction, text) or _bond(verdict, correction)


def widens(verdict: Verdict) -> bool:
    """Tell whether a rule would widen what an assistant may do: only a person may grant that."""
    rule = folded(verdict.rule)
    others = [folded(text) for text in (verdict.right, *verdict.not_when)]
    # What a prohibition applies to is named by its trigger, and not granted by it.
    trigger = folded(verdict.trigger)
    asked_for = _SILENCES.search(trigger) if _FORBIDS.match(rule) else _widens(trigger, rule)
    alone = _ACTS_ALONE.match(rule) or (not _FORBIDS.match(rule) and _ACTS_AFTER.search(rule))
    return bool(alone or asked_for) or any(map(_widens, [rule, *others]))


def by_hand(correction: Correction) -> list[str]:
    """Return the lines that a person has surely added by hand.

    There is none where a tool may have been it: words that name a file do not say who wrote
    in it. Nor where only the assistant's remark tells of the change: it shows the lines around
    it as well, which anybody may have written, as if they were new.
    """
    origin = correction.origins.get("user_diff")
    if origin is not None and (origin.confidence <= DOUBTED or "notice" in origin.source):
        return []
    agents = {line.lstrip("+").strip() for line in correction.agent_output.splitlines()}
    added = (line[1:] for line in correction.user_diff.splitlines() if line.startswith("+"))
    return [line for line in added if line.strip() not in agents]


def folded(text: str) -> str:
    """Return the text in NFC with its white space folded: what quotes are compared in."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _widens(text: str, rule: str = "") -> bool:
    """Tell whether a text grants more; not by what it, or the rule, tells to leave."""
    if _SILENCES.search(text):
        return True
    if _FORBIDS.match(text):
        return False
    spared = left(text)
    names = [rule[start:end].casefold() for start, end in left(rule)]
    return any(
        not is_left(grant.span(), spared) and not any(grant[0].casefold() in name for name in names)
        for grant in _GRANTS.finditer(text)
    )


def _form(verdict: Verdict) -> str | None:
    least, most = RULE_CHARS
    names = [verdict.wrong, verdict.right]
    texts = [verdict.trigger, verdict.reason, *verdict.not_when]
    shown = [verdict.rule, verdict.quote, *names, *texts]
    faults = {
        "it holds no rule": not verdict.rule and not verdict.not_when,
        f"the rule is not between {least} and {most} characters long": verdict.rule
        and not least <= len(verdict.rule) <= most,
        "one of its parts is too long": any(len(name) > NAME_CHARS for name in names)
        or any(len(text) > TEXT_CHARS for text in texts),
        "it names too many exceptions": len(verdict.not_when) > EXCEPTIONS,
        "it holds invisible characters": any(map(_is_hidden, shown)),
        "its activity is no plain name": verdict.activity and not _SLUG.fullmatch(verdict.activity),
        "it speaks of a secret": any(_SECRET.search(text) for text in (verdict.rule, *names)),
    }
    return next((fault for fault, found in faults.items() if found), None)


def _is_hidden(text: str) -> bool:
    return any(unicodedata.category(char) in _INVISIBLE for char in text if char not in "\n\t")


def _source(verdict: Verdict, correction: Correction, text: str) -> str | None:
    quote = folded(verdict.quote)
    if correction.channel == "user-edit" and not correction.reason:
        shown = map(folded, by_hand(correction))
        return None if quote and any(quote in line for line in shown) else "it quotes no edit"
    if not quote:
        return "it has no quote"
    if quote not in folded(own_words(text or correction.reason)):
        return "its quote is not in the person's own words"
    return None


def _bond(verdict: Verdict, correction: Correction) -> str | None:
    said = _all_terms([verdict.quote, correction.agent_output, correction.user_diff])
    rule = _all_terms([verdict.rule or " ".join(verdict.not_when)])
    return None if rule & said else "its rule shares no word with what was said or done"


def _all_terms(texts: Iterable[str]) -> set[str]:
    return {term for text in texts for term in terms(text)}
