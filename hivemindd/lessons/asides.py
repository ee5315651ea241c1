"""What a person says of this one time: it makes no rule, however often it is said.

Somewhat smaller, further to the left: of another thing each time. Just this once. And what takes
back one's own words.
"""

import re

_ADJUSTS = re.compile(
    r"smaller|bigger|larger|wider|narrower|taller|shorter|higher|lower|darker|lighter|brighter"
    r"|thicker|thinner|bolder|softer|louder|closer|further|left|right|up|down|more|less"
    r"|kleiner|größer|breiter|schmaler|höher|tiefer|dunkler|heller|dicker|dünner|mehr|weniger"
    r"|links|rechts|oben|unten|runter|rauf"
    r"|pequeñ[oa]s?|grandes?|anch[oa]s?|más|menos|arriba|abajo|izquierda|derecha"
    r"|petite?s?|plus|moins|gauche|droite|haut|bas|menor|maior|mais|diminui|aumenta|esquerda"
    r"|direita|cima|baixo|piccol[oa]|più|meno|sinistra|destra|giù|groter|meer|minder"
    r"|меньше|больше|выше|ниже|левее|правее|темнее|светлее|шире|уже"
    r"|(?:もう少し|ちょっと|少し)?(?:小さく|大きく|左|右|上|下|太く|細く|明るく|暗く)(?:に|へ)?"
    r"|(?:再|稍微)?(?:小|大|左|右|上|下|高|低|宽|窄)(?:一点|一些|点)"
)
_BESIDE = re.compile(
    r"make|move|shift|nudge|push|put|it|this|that|them|these|those|a|an|the|bit|little|lot|tad"
    r"|slightly|much|way|even|still|no|not|so|too|to|now|please|pls|again|ok|and|then|px|\d+(?:px|%)?"
    r"|mach|das|es|etwas|ein|bisschen|noch|nach|zu|bitte|wenig|nein|weiter"
    r"|hazlo|un|una|poco|poquito|a|la|el|hacia|por|favor|ainda|um|pouco|pouquinho|pra|para|o"
    r"|faz|deixa|rends|le|les|encore|peu|à|vers|trop|ancora|po|più|troppo|nog|iets|een"
    r"|чуть|немного|еще|ещё|сделай|и|не"
)
_WORD = re.compile(r"[^\W_]+%?")
_BRACKETED = re.compile(r"\([^()\n]*\)")

_FOR_NOW = re.compile(
    r"\b(?:for now|this time|just this once|for the moment|for today|temporarily|this once"
    r"|(?:in|for|on) this (?:pr|commit|branch|ticket|release) only"
    r"|(?:only|just) (?:in|for|on) this (?:one|pr|commit|branch|ticket|release)"
    r"|diesmal|dieses mal|ausnahmsweise|(?:por|solo|sólo) esta vez|cette fois(?:-ci)?"
    r"|só (?:por )?(?:desta|dessa|esta|essa) vez|solo (?:per )?(?:questa|stavolta))\b"
    r"|на этот раз|только сейчас|今回だけ|今回は|这次|這次|이번만",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(
    r"\b(?:(?:forget|ignore|disregard|scratch|scrap|never ?mind) (?:what|everything|all|the thing)"
    r" (?:that )?i(?:'ve| have)? (?:said|told|wrote|asked)"
    r"|(?:forget|drop|scrap|scratch) (?:that|the|this|my) (?:\w+ )?"
    r"(?:rule|convention|request)(?! of)"
    r"|(?:there(?:'s| is| are)|we have) no [^.\n]{0,40}?\b(?:rule|convention)s? any ?more"
    r"|(?:we|i)(?:'ve| have)? (?:dropped|scrapped|gave up|given up) (?:on )?(?:the|that|our) "
    r"[^.,;\n]{0,40}?\b(?:thing|rule|convention|idea)|ignore (?:it|that|this) from now on"
    r"|i take (?:that|it) back|i was wrong about|no preference any ?more"
    r"|vergiss,? was ich|olvida lo que (?:te )?dije|oublie ce que j'ai dit"
    r"|esque[cç]e o que (?:eu )?(?:disse|falei))\b"
    r"|забудь,? что я",
    re.IGNORECASE,
)


def is_adjustment(clause: str) -> bool:
    """Tell whether a clause only says which way a thing should change, and not which thing.

    What stands in brackets is a note on it.
    """
    words = [word.casefold() for word in _WORD.findall(_BRACKETED.sub(" ", clause))]
    turned = [word for word in words if _ADJUSTS.fullmatch(word)]
    return bool(turned) and all(
        _ADJUSTS.fullmatch(word) or _BESIDE.fullmatch(word) for word in words
    )


def is_for_now(words: str) -> bool:
    """Tell whether words say themselves that they hold this one time."""
    return bool(_FOR_NOW.search(words))


def takes_back(words: str) -> bool:
    """Tell whether a person takes back a rule of their own, and puts none in its place."""
    return bool(_TAKES_BACK.search(words))
