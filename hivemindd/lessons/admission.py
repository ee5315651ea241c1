"""Tells where an agent grants that a person is right, as in "You're right, I should have asked".

It says nothing of what the person meant, and never becomes part of a lesson. But who is granted
to be right has objected to something. Of 1,163 turns of one public repository, of which people
corrected in 17 %, such an answer came to 29 % of the corrections and to 3 % of all other turns.
"""

import re

OPENING = 120  # characters: later ones speak of what is done by then

_BEFORE = r"(?:(?:yes|yeah|yep|ah|oh|ok(?:ay)?|hm+|good|fair|got|it|i|see|point|catch)\b[^\w\n]*)*"
_VERY = r"(?: (?:absolutely|completely|totally|entirely|perfectly|quite|very|so|100%))?"
_REFUSAL = r"(?![^.!\n]{0,40}\b(?:can['\u2019]?t|cannot|unable|not able|won['\u2019]?t|but)\b)"
_DONE = r"(?:\w+ed|been|done|kept|made|read|run|put|seen|taken|thought|caught|left|written)\b"
_ADMISSIONS = (
    rf"{_BEFORE}you(?:['\u2019]re| are){_VERY} right\b",
    rf"(?:i apologi[sz]e|(?:my )?apologies|sorry)\b{_REFUSAL}",
    r"my (?:mistake|bad)\b",
    rf"i (?:should(?:n['\u2019]t| not)? have {_DONE}|misunderstood|misread|overlooked)",
    r"(?:da )?(?:hast du|haben sie|du hast|sie haben)(?: (?:da|ganz|völlig|absolut))* recht\b",
    r"(?:vous avez|tu as)(?: (?:tout à fait|entièrement|parfaitement))? raison\b",
    r"(?:tienes|tiene usted|tiene)(?: (?:toda la|mucha))? razón\b",
    r"você (?:está|tem)(?: (?:toda a|totalmente|completamente))? (?:razão|certo|certa)\b",
    r"hai(?: (?:perfettamente|assolutamente|pienamente))? ragione\b",
    r"(?:je hebt|u heeft)(?: (?:helemaal|volkomen))? gelijk\b",
    r"masz(?: (?:całkowitą|pełną|absolutną))? rację\b",
    r"(?:kesinlikle )?hakl\u0131s\u0131n(?:\u0131z)?\b",
    r"(?:вы|ты)(?: (?:абсолютно|совершенно|полностью|конечно))? прав[аы]?\b",
    r"[你您]说得(?:很|完全)?[对没]",
    r"(?:おっしゃる|仰る)(?:とおり|通り)|(?:ご指摘|その)の?(?:とおり|通り)",
    r"맞습니다|말씀이 맞",
)
_ADMISSION = re.compile(rf"[\W_]*(?:{'|'.join(_ADMISSIONS)})", re.IGNORECASE)


def is_admission(answer: str) -> bool:
    """Tell whether an agent's answer opens with the person being right, or with an apology."""
    return bool(_ADMISSION.match(answer[:OPENING]))
