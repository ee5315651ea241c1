"""Tells where an agent grants that a person is right, as in "You're right, I should have asked".

It says nothing of what the person meant, and never becomes part of a lesson. But who is granted
to be right has objected to something. Of 1,163 turns of one public repository, of which people
corrected in 17 %, such an answer came to 29 % of the corrections and to 3 % of all other turns.
"""

import re

OPENING = 120  # characters: later ones speak of what is done by then

_BEFORE = r"(?:(?:yes|yeah|yep|ah|oh|ok(?:ay)?|hm+|good|fair|got|it|i|see|point|catch)\b[^\w\n]*)*"
_ADMISSIONS = (
    rf"{_BEFORE}you(?:['\u2019]re| are)(?: \w+){{0,2}} right\b",
    r"(?:i apologi[sz]e|(?:my )?apologies|my (?:mistake|bad)|sorry\b)",
    r"i (?:should(?:n['\u2019]t| not)? have|misunderstood|misread|overlooked)\b",
    r"(?:da )?(?:hast du|haben sie|du hast|sie haben)(?: \w+){0,2} recht\b",
    r"(?:vous avez|tu as)(?: \w+){0,2} raison\b",
    r"(?:tienes|tiene usted|tiene)(?: \w+){0,2} razón\b",
    r"(?:você (?:está|tem)|tens)(?: \w+){0,2} (?:razão|certo|certa)\b",
    r"hai(?: \w+){0,2} ragione\b",
    r"(?:je hebt|u heeft)(?: \w+){0,2} gelijk\b",
    r"masz(?: \w+){0,2} rację\b",
    r"hakl\u0131s\u0131n(?:\u0131z)?\b",
    r"(?:вы|ты)(?: \w+){0,2} прав[аы]?\b",
    r"[你您]说得(?:很|完全)?[对没]",
    r"(?:おっしゃる|仰る)(?:とおり|通り)|(?:ご指摘|その)の?(?:とおり|通り)",
    r"맞습니다|말씀이 맞",
)
_ADMISSION = re.compile(rf"[\W_]*(?:{'|'.join(_ADMISSIONS)})", re.IGNORECASE)


def is_admission(answer: str) -> bool:
    """Tell whether an agent's answer opens with the person being right, or with an apology."""
    return bool(_ADMISSION.match(answer[:OPENING]))
