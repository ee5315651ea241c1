"""The wordings that a rule comes in, as regular expressions over one sentence or clause.

`x` is what is asked for, `y` what is refused. English has most of them; the plain ones of
other languages stand beside. All are anchored or bounded, and see one sentence at a time.
"""

import re

_SOME = r"[^\s,;]+(?:\s+[^\s,;]+){0,6}?"
_INSTEAD = (
    r"(?:instead of|rather than|in place of|in favou?r over|statt|anstatt|anstelle von|au lieu de"
    r"|plutôt que|en vez de|en lugar de|em vez de|ao invés de|invece di|in plaats van|вместо"
    r"|zamiast)"
)
_NOT = r"(?:not|nicht|et pas|e não|y no|niet|не)"
_POLITELY = r"(?:please|pls|plz|bitte|por favor|s'il te plaît)"
_USING = (
    r"(?:use|are using|prefer|run|go with|indent with|stick to|stick with|said|are on"
    r"|(?:have )?(?:moved|switched|migrated) to|benutzen|nutzen|nehmen|verwenden|usamos|utilisons)"
)
_NEVER = r"(?:never|don'?t ever|do not ever|nie|niemals|jamais(?: de)?|nunca|nooit|никогда(?: не)?)"
_ALWAYS = r"(?:always|immer|toujours|siempre|sempre|altijd|всегда)"


def _all(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(map(_one, patterns))


def _one(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# Both sides in one sentence.
PAIRS = _all(
    rf"^{_INSTEAD}\s+(?P<y>{_SOME}),?\s+(?:use|take|do|write|nimm|usa)\s+(?P<x>{_SOME})$",
    rf"(?:^|,\s)(?P<x>{_SOME}),?\s+{_INSTEAD}\s+(?P<y>{_SOME})(?:$|,)",
    rf"(?:^|,\s)(?P<x>{_SOME}),\s+(?:and\s+)?{_NOT}\s+(?P<y>{_SOME})(?:$|,)",
    (
        r"^(?P<x>(?!(?:sorry|ok(?:ay)?|yes|yeah|no|done|still|wait|hm+|good|great|fine|works?)\b)"
        r"[^\s,;]+(?:\s[^\s,;]+){0,2}),\s+no\s+(?P<y>(?!(?:idea|problem|worries|thanks|way|one|longer"
        r"|need|matter|doubt|rush|luck|more|errors?|output|result|change|difference|tests?)\b)[^\s,;]+)$"
    ),
    rf"^{_NOT}\s+(?P<y>{_SOME}),?\s+(?:but|sondern|sino|mas|\u0430|mais)\s+(?P<x>{_SOME})$",
    rf"^{_NOT}\s+(?P<y>\S+),\s+(?:use\s+)?(?P<x>{_SOME})$",
    rf"^(?:use|with|to|prefer|go with|\S+ go to|write)\s+(?P<x>{_SOME})\s+not\s+(?P<y>{_SOME})$",
    (
        r"^(?P<x>(?!(?:is|it|do|does|did|that|this|why|if|or|and|but|i|we|you|they|can|should|must"
        r"|will|would|please|may|are|was|has|have|there)\b)\S+)\s+not\s+(?P<y>(?!(?:a|the|so|that"
        r"|just|yet|sure|in|on|to|only|even|needed|working|good|right|ok)\b)\S+)$"
    ),
    rf"^(?:replace|swap|exchange|ersetze)\s+(?P<y>{_SOME})\s+(?:with|by|for|durch)\s+(?P<x>{_SOME})$",
    rf"^(?:switch|migrate|move|change)\s+(?:it\s+)?from\s+(?P<y>{_SOME})\s+to\s+(?P<x>{_SOME})$",
    r"^rename\s+(?P<y>\S+)\s+to\s+(?P<x>\S+)$",
)
CJK_PAIR = _one(
    r"(?:用|使用)\s*(?P<x>[\w.-]{1,30}?)\s*[,\uff0c]?\s*(?:而不是|不要用|别用|不用)\s*(?P<y>[\w.-]{1,30})"
    r"|(?P<b>[\w.-]{1,30}?)\s*(?:ではなく|じゃなくて?)[、,]?\s*(?P<a>[A-Za-z][\w.-]{0,30})"
)

# What stands behind these is a thing to use.
NAMED = _all(
    (
        rf"^(?:we|you|wir|on|nosotros|nós)\s+(?:only\s+|all\s+|already\s+)?{_USING}\s+"
        r"(?:everything\s+)?(?:to\s+|through\s+|via\s+|with\s+)?(?P<x>.+)$"
    ),
    (
        r"^(?:this|the|our|dieses|este|ce)\s+(?:repo(?:sitory)?|project|codebase|team|app|projekt"
        r"|proyecto|projet|projeto)\s+(?:is on|is|uses|runs on|runs|wants|nutzt|usa|utilise)\s+"
        r"(?P<x>.+)$"
    ),
    (
        r"^(?:use|usa|usar|utilise|utilisez|benutze?|nimm|verwende|gebruik|используй|prefer"
        r"|stick (?:to|with))\s+(?P<x>.+)$"
    ),
)
PLACED = _one(
    r"^(?:put|move|store|keep|place)\s+(?:it|this|that|them|these|those)\s+"
    r"(?:in|into|to|under|behind)\s+(?P<x>.+)$"
)
# Behind or before these stands a thing or an act.
ASKED = _all(
    (
        r"^make\s+(?:it|this|that|these|those|them)\s+(?P<x>(?!work|pass|run|compile|sure"
        r"|(?:a )?(?:bit|little)|more|less|\w+er\b).+)$"
    ),
    r"^i\s+(?:said|prefer)\s+(?P<x>.+)$",
    r"^(?P<x>.+?),?\s+(?:next|every|each) time$",
    r"^(?P<x>(?:(?!\s(?:is|are)\s).)+?)\s+(?:only|everywhere)$",
    r"^(?P<x>\S+(?:\s\S+)?)\s+(?:is |are )?missing(?: on \S+)?(?: again)?$",
    r"^(?:you )?forgot\s+(?P<x>\S+(?:\s\S+){0,3})$",
    r"^only\s+(?P<x>(?:(?!\s(?:is|are)\s).)+)$",
    rf"^(?P<x>\S+(?:\s\S+){{0,2}}),?\s+{_POLITELY}$",
)
HAVE = _one(r"^(?:we|there) (?:have|is|are) (?:an? |already )(?P<x>\S+(?:\s\S+){0,3})$")
ENDS_POLITELY = _one(rf"\s{_POLITELY}$")
CONDITION = _one(r"\s(?:if|when|unless|until|wenn|falls|si|quando|cuando)\s")
RULE_OF_SUBJECT = _one(
    r"^(?P<who>(?!(?:the|this|that|these|those|it|i|you|he|she|they|which|who|what|how|do|does|my"
    r"|your|there|a|an|one|some)\b)[^\s,]+(?:\s[^\s,]+){0,2}?)\s+(?:should|must|ha(?:s|ve) to"
    r"|needs? to|needs|goes?|go to|blei(?:bt|ben))\s(?!it$|that$|this$).+$"
)

# What stands behind these is not to be done.
FORBIDDEN_ACTS = _all(
    (
        r"^(?:we\s+|you\s+(?:should|must)\s+|please\s+)?(?:don'?t|do not|should not|shouldn'?t"
        r"|must not|(?:stop|quit)(?=\s\w+ing\b))\s+(?P<y>(?!know|think|see|understand|worry|mind"
        r"|forget|get\b|want|like|there\b|have\b|need\b|be\b|care\b).+)$"
    ),
    (
        r"^(?:why|wieso|warum)\s+(?:are|did|do|would)\s+you\s+(?:still\s+|always\s+|again\s+)*"
        r"(?P<y>(?!think|say|need|want|believe|able|not\b|sure).+)$"
    ),
)
REFUSED = _all(
    r"^(?:i|we)\s+(?:don'?t|do not)\s+(?:want|use|like)\s+(?P<y>(?!to\b|any\w+).+)$",
    r"^avoid\s+(?P<y>.+)$",
    (
        r"^(?:no more|no|kein(?:e|en|er)?|pas de|nada de|geen|без|enough with|sin|ningún)\s+"
        r"(?P<y>(?!new\s\S+\s|idea|problem|worries|thanks|way\b|it\b|it's|i\b|that|this|you\b|we\b|wait"
        r"|longer|not|the\b|one\b|need|matter|doubt|don'?t|left|right|rush)\S+(?:\s\S+){0,3}?"
        r"(?:\s(?:in|for|from|on)\s.+)?)$"
    ),
    (
        r"^(?:i|we|nobody|no one|who)\s+(?:didn'?t|did not|never|haven'?t|have not)?\s*"
        r"(?:ask(?:ed)?|t(?:ell|old)|sa(?:y|id))\s+(?:you\s+)?(?:for|to|about)\s+(?P<y>.+)$"
    ),
    r"^(?:no uses|não uses?|n'utilise pas|ne pas utiliser|nicht)\s+(?P<y>.+)$",
    r"^(?P<y>\S+\s(?:\S+\s)?\S+s)\s+again$",
)
REMOVED = _one(r"^(?:remove|delete|drop|get rid of|revert|undo|kill|ditch|lose)\s+(?P<y>.+)$")
DONE = _one(r"^you\s+(?:just\s+|again\s+)?(?:[a-z]+ed|broke|rewrote|put|made|wrote)\s+(?P<y>.+)$")
UNDO = _one(r"\b(?:revert|undo|roll (?:it )?back|put (?:it|that|them) back|again|stop)\b")
LET_BE = _one(
    r"^leave\s+(?P<y>.+?)\s+(?:alone|as (?:it is|it was|they are|they were|is))$"
    r"|^(?:hands off|stay away from|stay out of|keep out of)\s+(?P<z>.+)$"
)
OFF_LIMITS = _one(
    r"^(?P<y>that|this|it|those|they|[^\s,]+(?:\s[^\s,]+){0,3}?)(?:'s|\s+is|\s+are|\s+gets?)\s+"
    r"(?P<why>read[- ]?only|off[- ]limits|(?:auto-?)?generated|vendored|frozen|forbidden"
    r"|not allowed)"
)

# Orders for good, and the way back.
STANDING = _one(
    rf"^(?:please\s+)?(?:(?:we|you|i|they|wir|on)\s+(?:should\s+|must\s+)?)?{_NEVER}\s+"
    r"(?P<y>(?!mind|again$|\w+ed\b|shown|called|seen|done|been|used\b|got|had|get\b"
    r"|(?:run|read|set|written|sent|hit|reached|met|works|happens)$).+)$"
    rf"|^(?:please\s+)?(?:(?:we|you)\s+(?:should\s+|must\s+)?)?{_ALWAYS}\s+"
    r"(?P<x>(?!fails?\b|breaks?\b|want|need|get\b|ha[sd]|have\b).+)$"
)
FROM_NOW = _one(
    r"^(?:please\s+)?(?:from now on|remember(?: to)?|ab jetzt|in (?:the )?future|going forward"
    r"|de ahora en adelante|à partir de maintenant)\b[,:]?\s+(?P<x>.+)$"
)
# What marks an order for good, in front of it or behind it.
FOR_GOOD = _one(
    rf"^(?:(?:{_ALWAYS}|from now on|remember(?: to)?|ab jetzt|going forward|in (?:the )?future"
    r"|de ahora en adelante|à partir de maintenant)\b[,:]?\s+)+"
    r"|,?\s+(?:from now on|going forward|in (?:the )?future|ab jetzt)$"
)
REVERSAL = _one(
    r"^(?:(?:actually|let'?s|we|better)\s+){0,3}(?:(?:go|going|went|switch(?:ed)?|changed?|moved?)\s+)?"
    r"back\s+to\s+(?:the\s+)?(?P<x>.+)$"
    r"|^(?:mejor\s+)?(?:volvemos|vuelve|volver)\s+a(?:l)?\s+(?P<es>.+)$"
    r"|^(?:wir\s+)?(?:gehen|wechseln|doch)\s+(?:doch\s+)?(?:wieder\s+)?zurück\s+(?:zu[mr]?|auf)\s+(?P<de>.+)$"
    r"|^(?:on\s+revient|retour)\s+(?:à|au)\s+(?P<fr>.+)$"
    r"|^(?:vamos\s+)?volta(?:mos|r)?\s+(?:para|pra|ao?)\s+(?P<pt>.+)$"
)

# What is allowed, here or as it stands.
EXCEPTION = _one(
    r"\b(?:(?:is|are|it'?s|'s|stays?)\s+(?:perfectly\s+|totally\s+|also\s+)?(?:fine|ok(?:ay)?"
    r"|alright|allowed|right|correct|good)\b|(?:can|may|could|darf|dürfen|pued[eo]n?|pode)\s+"
    r"(?!you\b|we\b|i\b|u\b)(?:\w+\s+){0,3}?(?:be|stay|use|edit|keep|fix|change|have|bleiben|usar)\b"
    r"|you\s+can\b|don'?t\s+care|doesn'?t\s+need\b|does not need\b|ha(?:s|ve) to stay"
    r"|leave\s+(?:it|that|this|those|them)\b|keep\s+(?:the|it|that|this|those|them)\b"
    r"|no\s+\S+\s+there|we do (?:use|go|want|need)|do go in|that one|stays? on"
    r"|still (?:runs?|uses?)|bleibt|se puede)"
)
ALLOWS = _one(r"(?:we do|i don'?t need|we don'?t need|no need)\b")
WHERE = _one(
    r"^(?P<where>(?:for|in|on|inside|within|under|at|during|im|in den|bei|für|para|en|dans|pour)\s"
    r"(?:[^\s,]+\s){0,3}?[^\s,]+)(?:,\s*|\s+(?=(?:we|you|i|it|use|do|please|don't|never|always|wir)\b))"
)

# What makes a sentence weaker, or no order at all.
AGREES_BUT = _one(
    r"^(?:yes|yeah|yep|ok|okay|sure|great|perfect|fine|good|nice)\b[^.]{0,40}?\bbut\s+"
)
AGREES = _one(r"(?:yes|yeah|yep|ok|okay|sure|great|perfect|good|nice|sounds good)\b")
REQUEST = _one(r"(?:can|could|would|shall) (?:you|we|i)\b")
REPROACH = _one(r"\b(?:why|wieso|warum|who (?:asked|told|said))\b|^\S+\?\?")
STATEMENT = _one(
    r"^(?:i|you|we|they|he|she|there|same|what|where|who|which|how|your|my)\b"
    r"|^\S+\s(?:\S+\s){0,3}?(?:gives?|writes?|takes?|makes?|maps?|gets?|does|was|were|will|would"
    r"|has|had|can|won't|don't|doesn't|is|are|breaks?|fails?|works?)\b"
)
AUXILIARY = _one(
    r"\b(?:is|are|was|were|does|did|has|have|if|whether)\b"
    r"|\b(?:why|do|should|would|could|can|will|must)$"
)
ROMANCE = re.compile(
    r"\b(?:que|eu|um|uma|não|para|por|los|las|del|com|quando|cuando|está|isso|esto|sí|em)\b"
)
