"""Drops the prompts that surely correct nothing, before anything is paid for.

Recall first: what is dropped at once is plainly an agreement, a "commit this", a number, or
not a person's words at all, in any language. Of the rest the small model drops what it is
almost sure of, as long as nothing but the words speaks for a correction.
"""

import re
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from hivemindd.lessons.moments import BY_WORDS
from hivemindd.lessons.small_model import Scores, SmallModel
from hivemindd.lessons.words import own_words
from hivemindd.records import Correction

Signal = Literal[
    "denied", "interrupted", "rewound", "edited", "queued", "comment", "feedback", "again", "first"
]

LONGEST_AGREEMENT = 12
READ = 200
MOST = 40
UNLIKELY = 0.0125


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_AGREEMENT = _listed(
    """yes yep yeah yup ya y ok okay k sure fine good great nice cool perfect excellent awesome
    brilliant lovely alright right correct exactly agreed approved lgtm thanks thank thx cheers you
    please pls now then and so also just let lets s us me i we it this that them these those all
    the a an to for up on with go ahead continue proceed carry keep going resume next done do did
    implement apply start begin try retry run execute test tests ship merge commit commits push
    pull request pr prs open create make new changes change have far everything rebase main master
    looks look sounds seems like love wonderful works worked working sorry oh ah hm hmm wow haha lol
    again first step plan option both one two three sir bro man
    ja jo genau gut danke bitte weiter mach passt super oui merci parfait vas y continuer
    sí si vale gracias perfecto sigue adelante hazlo continúa sim obrigado obrigada pronto continua
    pode certo ótimo da spasibo да хорошо спасибо продолжай дальше sì grazie bene avanti prego
    はい お願いします 続けて ありがとう 好 好的 继续 是 对 谢谢 可以 네 계속 감사합니다"""
)
_WORD = re.compile(r"[^\W\d_]+")
_BARE = re.compile(
    r"[/!][\w:.-]+|(?:option|choice|answer|number|opção|opcion|opción)?\s*#?(?:\d+|[a-z])"
    r"(?:[\s,.&+)]+(?:(?:and|e|y|und)\s+)?(?:\d+|[a-z])\b)*[.)!]?"
    r"|https?://\S+|[\W\d_]*",
    re.IGNORECASE,
)
_STANDING = re.compile(
    r"\b(?:always|never|from now on|remember (?:to|that)|every time|going forward"
    r"|in (?:the )?future|don'?t ever|immer|nie(?:mals)?|ab jetzt|ab sofort|toujours|jamais"
    r"|désormais|siempre|nunca|de ahora en adelante|a partir de agora|sempre|mai più|altijd"
    r"|nooit|voortaan|zawsze|nigdy)\b"
    r"|всегда|никогда|впредь|总是|永远|以后|从现在开始|记住|一定要"
    r"|今後|必ず|常に|決して|항상|절대|앞으로",
    re.IGNORECASE,
)


class Selection(NamedTuple):
    """The candidates that a judge is asked about, and those that nobody is.

    These are hardly corrections, or more than there is room for.
    """

    sent: list[Correction]
    dropped: list[Correction]
    surplus: Sequence[Correction] = ()


class Prefilter:
    """Chooses what a judge is asked about, at most 40 candidates at a time.

    The small model reads at most 200.
    """

    def __init__(
        self, model: SmallModel | None = None, *, most: int = MOST, read: int = READ
    ) -> None:
        """Choose by the small model; without it only what is too much is left."""
        self._model = model
        self._most = most
        self._read = read

    def select(self, candidates: Sequence[Correction]) -> Selection:
        """Return the candidates in their order: for the judge, dropped, and too many.

        Where there are too many, what a person refused, stopped, took back or changed goes
        before plain words, and the likelier before the less likely.

        Raises:
            EncoderError: the small model cannot be run.
        """
        places = range(len(candidates))
        read = sorted(places, key=lambda at: candidates[at].channel in BY_WORDS)[: self._read]
        texts = [candidates[at] for at in read]
        scores = self._model.read(texts) if self._model else [None] * len(texts)
        ranked = sorted(
            (_rank(candidate, score), at)
            for at, candidate, score in zip(read, texts, scores, strict=True)
            if _is_backed(candidate) or score is None or _likely(score) >= UNLIKELY
        )
        sent = {at for _, at in ranked[: self._most]}
        dropped = {*read}.difference(at for _, at in ranked)
        return Selection(
            [candidates[at] for at in places if at in sent],
            [candidates[at] for at in places if at in dropped],
            [candidates[at] for at in places if at not in sent | dropped],
        )


def _is_backed(candidate: Correction) -> bool:
    """Tell whether more than the words speaks for a correction."""
    return candidate.channel not in BY_WORDS or candidate.admitted


def _rank(candidate: Correction, scores: Scores | None) -> tuple[bool, float]:
    return candidate.channel in BY_WORDS, -_likely(scores) if scores else 0.0


def _likely(scores: Scores) -> float:
    return max(scores.correction, scores.durable, scores.standing)


def is_candidate(text: str, signals: Collection[Signal] = ()) -> bool:
    """Tell whether a prompt may hold a correction or a standing order.

    `signals` say what happened around it. A prompt that nothing of the agent's precedes
    (`first`), and an answer to its question, count only for a standing order.
    """
    words = own_words(text)
    if not words or _is_agreement(words) or _BARE.fullmatch(words.strip()):
        return False
    return "first" not in signals or is_standing(words)


def is_standing(words: str) -> bool:
    """Tell whether words sound like an order for good: always, never, from now on."""
    return bool(_STANDING.search(words[:2_000]))


def _is_agreement(words: str) -> bool:
    said = _WORD.findall(words.lower()[:400])
    return 0 < len(said) <= LONGEST_AGREEMENT and _AGREEMENT.issuperset(said) and "?" not in words
