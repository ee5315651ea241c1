"""Content terms: what two wordings of one thing have in common.

Identifiers fall apart into their words (`toMatchSnapshot` is to, match, snapshot), words
are cut to a rough stem, function words and politeness go. Good enough to compare phrases
of a few words, in any language that puts spaces between them.
"""

import re
from array import array
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from math import sqrt
from typing import NamedTuple
from zlib import crc32

_WORD = re.compile(r"[^\W\d_]+|\d+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LETTER = re.compile(r"[a-zA-Z\u00c0-\u024f]")
_BITS = 2_048
_ROUNDING = 1e-9
_VOWEL = re.compile(r"[aeiouyäöüáéíóúàèãõâêô]|[^\x00-\x7f]")


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


STOP = _listed(
    """a an the this that these those it its he she they them their i me my we us our you your
    is are was were be been being am do does did done has have had having will would shall should
    can could may might must of in on at to for from by with without into onto as and or but if
    then than so not no nor never always only just also too very please pls here there now again
    when where while which who what why how because since all some each every both such
    still already yet more most less much many s t d ll m ve re don doesn didn isn aren wasn won
    shouldn couldn wouldn can't cannot ok okay yes yeah nope hey hi thanks thank sorry actually
    really instead rather up out back over under about let lets get got go goes going want wants
    need needs like same thing things stuff way one ones directly everywhere exactly
    der die das den dem ein eine einen einem einer und oder nicht kein keine keinen bitte immer
    nie niemals hier wir ich du ihr sie es ist sind auf mit von zu im am als auch nur noch
    el la los las un una unos unas y o de del que en con por para favor siempre nunca aquí se
    le les des du et ou pas ne je tu nous vous il elle est sont dans sur pour avec toujours jamais
    os um uma uns umas e do da dos das em no na nos nas ao com não sim aqui sempre"""
)


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """Cut an inflected lower-case word to a rough stem."""
    for ending, least in (("ing", 3), ("ied", 3), ("ies", 3), ("ed", 3), ("er", 4)):
        cut = word.removesuffix(ending)
        if cut != word and len(cut) >= least and _VOWEL.search(cut):
            word = cut + "y" if ending in {"ied", "ies"} else cut
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sl":
                word = word[:-1]
            break
    else:
        if len(word) > 3 and word.endswith("s") and word[-2] not in "su" and word != "https":
            word = stem(word[:-1])
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def stems(words: str) -> frozenset[str]:
    """Return the stems of some words."""
    return frozenset(map(stem, words.split()))


LIGHT = stems(
    """use touch edit change modify add make put write run call create do keep set give take work
    update import need try stop avoid remove delete drop include usa usar nutz nimm nehm verwende
    benutz utilis"""
)
GENERIC = stems(
    """file code test function method class name line type value project repo module object variable
    string folder package library app page component first new old real right wrong good part
    version field data list item number error message text user case time style format"""
)


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, identifiers taken apart."""
    spread = _HUMP.sub(" ", text)
    return [word.lower() for word in _WORD.findall(spread)]


def terms(text: str) -> list[str]:
    """Return the stems of the content words in order, without repetitions."""
    content = (word for word in words_of(text) if word not in STOP and not _LETTER.fullmatch(word))
    return list(dict.fromkeys(stem(word) for word in content))


@lru_cache(maxsize=4096)
def key(phrase: str) -> frozenset[str]:
    """Return what a phrase is about: its terms without verbs that say little."""
    found = frozenset(terms(phrase))
    return found - LIGHT or found


def likeness(one: Iterable[str], other: Iterable[str]) -> float:
    """Return how much two sets of terms share, from 0 to 1; generic terms count half."""
    a, b = frozenset(one), frozenset(other)
    shared = a & b
    if shared <= GENERIC and a != b:
        return 0.0
    both = _mass(a) + _mass(b)
    return 2 * _mass(shared) / both if both else 0.0


def _mass(some: frozenset[str]) -> float:
    return len(some) - len(some & GENERIC) / 2


def closeness(one: str, other: str, least: float = 0.0) -> float:
    """Return the cosine of two texts as hashed character 3- to 5-grams, from 0 to 1.

    What is below `least` may come out as 0, for nearly all at a hundredth of the price.
    """
    a, b = _grams(one), _grams(other)
    norm = sqrt(a.square * b.square)
    if not norm or _most(a, b) < (least - _ROUNDING) * norm:
        return 0.0
    often = _counts(one)
    return sum(often.get(gram, 0) * count for gram, count in zip(*b.counts, strict=True)) / norm


class _Grams(NamedTuple):
    """The grams of a text, how often each occurs, and the square of that vector's length.

    Each gram sets one of the bits; `sole` is the square without one for each that is set.
    Thousands are kept, each for a tenth of what a dict of them takes.
    """

    counts: tuple["array[int]", "array[int]"]
    square: int
    bits: int
    sole: int


def _most(a: _Grams, b: _Grams) -> float:
    """Return what the product of two vectors is at most.

    For each bit that only one of them has, one of its grams at least is not shared.
    """
    shared = (a.bits & b.bits).bit_count()
    return sqrt((a.sole + shared) * (b.sole + shared))


@lru_cache(maxsize=32)
def _counts(text: str) -> dict[int, int]:
    """Return how often each gram occurs in a text that is held against many."""
    return dict(zip(*_grams(text).counts, strict=True))


@lru_cache(maxsize=2048)
def _grams(text: str) -> _Grams:
    flat = f" {' '.join(words_of(text))} "
    grams = Counter(
        crc32(flat[at : at + size].encode()) & 0xFFFFF
        for size in (3, 4, 5)
        for at in range(len(flat) - size + 1)
    )
    counts = array("I", grams.keys()), array("I", grams.values())
    bits = 0
    for gram in grams:
        bits |= 1 << gram % _BITS
    square = sum(n * n for n in grams.values())
    return _Grams(counts, square, bits, square - bits.bit_count())
