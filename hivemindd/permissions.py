"""How a sentence takes the person's say away: what no rule may do on its own.

Read alike before a rule counts and before it is written, so that what no skill may hold is
shown to the person, and never learned in silence.
"""

# "If you don't know, ask me" asks for more questions, not for fewer.
NOT = (
    r"(?:\b(?:never|not)|(?<!if you )(?<!when you )(?<!whenever you )"
    r"\b(?:do|need|should|must)n['\u2019]t)"
)
UNASKED = (
    rf"(?:{NOT}|\b(?:no need to|stop|skip))\s+"
    r"(?:(?!without|until|unless|before)\w+\s+){0,3}?(?:ask|confirm|prompt|wait|request|check)\w*\b"
    r"[^.;]{0,40}\b(?:confirm|permi|approv|consent|before|first|user\b|me\b)"
)
_SAFEGUARD = r"(?:permission|approval|confirmation|sandbox|hook)"
_LEAVES = r"\b(?:(?:skip|disabl)\w*|turn\w* off)\b"
# "Never skip the hooks" asks for them; "never skip disabling the hooks" does not.
_WANTED = r"(?<!\bnever )(?<!\bnot )(?<!\bdon['\u2019]t )(?<!\bavoid )"
_PLAIN = r"(?:(?:the|any|all|our|your|these|those|git|commit|pre-commit|pre-push|husky) ){0,3}"
GRANTED = (
    r"\bauto-?(?:approv|accept|confirm)|\byolo\b|bypass\s?permissions|dangerously|"
    r"danger-full-access|accept\s?edits\b|allowed-tools|\bhooks\s?:|disable-model-invocation|"
    r"\b(?:always|automatically) (?:allow|approve|accept|trust)\b|\bfull access\b|"
    rf"(?:{_WANTED}{_LEAVES}|\bwhy not {_LEAVES}|{_LEAVES}(?! {_PLAIN}{_SAFEGUARD}))"
    rf".{{0,20}}\b{_SAFEGUARD}|"
    r"\bno-sandbox\b|\b(?:outside|escape) (?:of )?the sandbox"
)
