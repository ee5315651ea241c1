"""Reads a correction by wordings alone: what a person's wording says outright, and no more.

The words are read by wordings (`phrases`), completed from what the agent did (`reading`),
and compared with the lessons that there are. What cannot be read surely holds no rule, but
may still repeat a lesson.
"""

import re
from collections.abc import Sequence

import msgspec

from hivemindd.lessons.activity import activity_of, trigger_of
from hivemindd.lessons.claims import Claim
from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.phrases import read
from hivemindd.lessons.reading import (
    RULE_CHARS,
    Reading,
    combine,
    names_more,
    rule_of,
    short_names,
)
from hivemindd.lessons.relate import ALIKE, SURE, alternatives
from hivemindd.lessons.terms import GENERIC, key, likeness, terms
from hivemindd.records import Correction, Directive, Durability, Lesson, Verdict

LONG = 300
NEAR = 0.5
LIMIT_CHARS = 120
DOING_CHARS = 200

_SECRET = re.compile(
    r"\u00abredacted|\[redacted|\b(?:passwor[dt]|passwd|passphrase|secret|credentials?|token is)\b"
    r"|\b(?:api|access|master|private|signing|stripe|maps)[ _-]?key\b"
    r"|_(?:key|token|secret|pass)\s*[=:]"
    r"|\b(?:kennwort|contraseña|mot de passe|senha|wachtwoord|hasło)\b"
    r"|\b(?:\u043f\u0430\u0440\u043e\u043b\u044c)\b"
    r"|密码|密碼|パスワード|비밀번호",
    re.IGNORECASE,
)
_RELAYED = re.compile(
    r"\s*(?:nit(?:pick)?|suggestion|issue|todo|blocking|(?:low|medium|high|critical) severity"
    r"|[\w-]*bot|copilot|coderabbit\w*|sonar\w*|codeql|codacy|deepsource|snyk|sourcery|greptile)\b"
    r"[^:\n]{0,20}:",
    re.IGNORECASE,
)
# What stands in quotes behind a colon, to the end, is a text that somebody else wrote.
_RECITED = re.compile(r":\s*(?:'[^']{40,}'|\"[^\"]{40,}\"|[“„«][^”“»]{40,}[”“»])[\s.?!]*$")
_HERE = re.compile(
    r"\b(?:we (?:only |all )?(?:use|prefer|have|said)|this (?:repo|project|codebase)|everywhere"
    r"|convention|always|never|every time|as i said|i said|we said|again)\b",
    re.IGNORECASE,
)


def is_kept_out(words: str) -> bool:
    """Tell whether words hold a secret, or relay what others wrote: they teach nothing."""
    return bool(_SECRET.search(words) or _RELAYED.match(words) or _RECITED.search(words))


def judge_wording(correction: Correction, lessons: Sequence[Lesson]) -> Verdict:
    """Return the verdict on one correction; always the same, and never an error."""
    words = correction.reason
    if is_kept_out(words):
        return nothing_learned(correction.id)
    # In a long text a wording may well belong to a story; only an order for good does not.
    claims = [c for c in read(words) if len(words) <= LONG or c.standing or c.reversal]
    orders = [claim for claim in claims if claim.kind != "exception"]
    allowed = [claim for claim in claims if claim.kind == "exception"]
    if allowed and not any(claim.sure for claim in orders):
        return _exception(correction, allowed[0].text, allowed[0].where, lessons)
    reading = combine(orders, correction)
    if reading.where and _crosses(reading, lessons):
        limit = "" if reading.right_acts else reading.where
        return _exception(correction, reading.right or reading.wrong, limit, lessons)
    lesson = None
    if not (reading.sure and reading.wrong):
        lesson = _joined(orders, correction, lessons)
    if lesson:
        return _repeated(correction, lesson, reading.directive)
    if reading.sure and names_more(reading):
        return _verdict(correction, reading)
    named = bool(reading.wrong or (reading.right and reading.sure))
    return nothing_learned(correction.id, is_correction=named)


def _verdict(correction: Correction, reading: Reading) -> Verdict:
    rule = rule_of(reading)
    activity = activity_of(rule, correction.agent_output[:DOING_CHARS])
    durable: Durability = 1
    if reading.directive != "none":
        durable = 3
    elif _HERE.search(correction.reason) or (reading.right and reading.wrong):
        durable = 2
    wrong = short_names(reading.wrong, acts=reading.wrong_acts)
    return msgspec.structs.replace(
        nothing_learned(correction.id, is_correction=True),
        type=activity.type,
        durable=durable,
        scope="repo",
        trigger=trigger_of(activity, wrong),
        rule=rule,
        wrong=wrong,
        right=short_names(reading.right, acts=reading.right_acts),
        reason=correction.reason[:RULE_CHARS],
        quote=correction.quote or _line_with(reading.right, correction.user_diff),
        directive=reading.directive,
        activity=activity.slug,
    )


def _line_with(name: str, diff: str) -> str:
    """Return the line that a person wrote by hand with a name in it."""
    added = (line[1:].strip() for line in diff.splitlines() if line.startswith("+"))
    return next((line[:RULE_CHARS] for line in added if name in line), "")


def _repeated(correction: Correction, lesson: Lesson, directive: Directive) -> Verdict:
    """Return the verdict that a known lesson was broken again."""
    return msgspec.structs.replace(
        nothing_learned(correction.id, is_correction=True),
        type=lesson.type,
        durable=2,
        scope="repo",
        trigger=lesson.trigger,
        rule=lesson.rule,
        reason=correction.reason[:RULE_CHARS],
        quote=correction.quote,
        directive=directive,
        activity=lesson.activity,
        relates_to=lesson.id,
        relation="same",
    )


def _exception(correction: Correction, text: str, where: str, lessons: Sequence[Lesson]) -> Verdict:
    """Return a verdict that limits a lesson: what a person allows is no rule by itself."""
    said = f"{where} {text}"
    lesson = _nearest(said, lessons, wrong=True) or _nearest(said, lessons, wrong=False)
    lesson = lesson or _nearest(correction.agent_output[:DOING_CHARS], lessons, wrong=True)
    if lesson is None:
        return nothing_learned(correction.id)
    return msgspec.structs.replace(
        nothing_learned(correction.id, is_correction=True),
        durable=1,
        scope="repo",
        not_when=[(where or text)[:LIMIT_CHARS]],
        quote=correction.quote,
        relates_to=lesson.id,
        relation="refines",
    )


def _joined(
    claims: Sequence[Claim], correction: Correction, lessons: Sequence[Lesson]
) -> Lesson | None:
    """Return the lesson that loose words repeat, where they or the agent's action name it."""
    done = set(terms(correction.agent_output))
    scored: list[tuple[float, str]] = []
    for lesson in lessons:
        refused = [key(phrase) - GENERIC for phrase in alternatives(lesson.wrong)]
        broken = any(phrase and phrase <= done for phrase in refused)
        for claim in claims:
            said = key(claim.text)
            for phrase in alternatives(lesson.right if claim.kind == "right" else lesson.wrong):
                named = key(phrase)
                covers = broken and named <= said and bool(named - GENERIC)
                score = max(likeness(said, named), SURE if covers else 0.0)
                if score >= (ALIKE if broken or claim.kind == "wrong" else SURE):
                    scored.append((-score, lesson.id))
    best = min(scored, default=None)
    return next((x for x in lessons if best and x.id == best[1]), None)


def _crosses(reading: Reading, lessons: Sequence[Lesson]) -> bool:
    return _nearest(reading.right, lessons, wrong=True) is not None or (
        _nearest(reading.wrong, lessons, wrong=False) is not None
    )


def _nearest(phrase: str, lessons: Sequence[Lesson], *, wrong: bool) -> Lesson | None:
    """Return the lesson whose one side a phrase names, in full or nearly."""
    said = key(phrase)
    scored = [
        (-likeness(said, key(each)) - (key(each) <= said), lesson.id)
        for lesson in lessons
        for each in alternatives(lesson.wrong if wrong else lesson.right)
        if key(each) - GENERIC and (key(each) <= said or likeness(said, key(each)) >= NEAR)
    ]
    best = min(scored, default=None)
    return next((x for x in lessons if best and x.id == best[1]), None)
