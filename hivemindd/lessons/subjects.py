"""What corrections are about, and which of them are about the same thing.

People who say a thing three times say it in three ways: one names the thing, the next what the
agent did, the third only complains. Where wordings agree `relate` reads them; here the words of
a person and the deed of the agent are compared as a whole, what is rare in the workspace weighing
most, together with the meaning that the small model saw in the words. What all corrections of a
workspace mean together, which is what it works on, is taken off first. These likenesses make one
score by logistic regression, whose factors `benchmarks/train_subjects.py` fits.

Only what the judge on this machine has read is compared so: a model that is asked names the
lessons itself.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product
from math import fsum, hypot, log, sqrt
from operator import mul

import msgspec

from hivemindd.lessons.moments import deed
from hivemindd.lessons.terms import GENERIC, LIGHT, terms
from hivemindd.records import Correction

LIKENESSES = ("words", "across", "meaning", "deeds", "rarest", "pieces")
FACTORS = (5.56, 2.30, 8.51, -3.63, 3.21, 3.91)
OFFSET = -4.42
FLOOR = -6.0
SAME = 0.0
SAID = 0.15
MANY, FEW, ONE_IN = 120, 12, 25
SMOOTHING = 8.0  # as if there were so many more corrections, of which nothing is known

_LIGHTER = 0.5
_PIECE = 4
_RUN = re.compile(r"[^\W_]+")


class Side(msgspec.Struct, frozen=True):
    """Some words, or pieces of words, and how much they weigh together."""

    words: frozenset[str]
    mass: float


class About(msgspec.Struct, frozen=True):
    """What one correction is about: a person's words, what the agent did, and both."""

    said: Side
    done: Side
    pieces: Side
    meaning: tuple[float, ...]

    @property
    def words(self) -> frozenset[str]:
        """The words of both."""
        return self.said.words | self.done.words


class Subjects:
    """Compares the corrections of one workspace."""

    def __init__(self, corrections: Iterable[Correction]) -> None:
        """Weigh each word by how few of these corrections hold it."""
        read = {each.id: each for each in corrections}
        did = {name: deed(each.agent_output) for name, each in read.items()}
        said = {name: _words(each.reason) for name, each in read.items()}
        done = {name: _words(text) for name, text in did.items()}
        pieces = {name: _pieces(f"{each.reason}\n{did[name]}") for name, each in read.items()}
        self._weights = {
            word: weight * _lightness(word)
            for word, weight in _weights([said[name] | done[name] for name in read]).items()
        }
        self._most = max(self._weights.values(), default=1.0)
        self._rarity = _weights(pieces.values())
        meanings = _apart({name: _meaning(each) for name, each in read.items()})
        self._about = {
            name: About(
                _side(said[name], self._weights),
                _side(done[name], self._weights),
                _side(pieces[name], self._rarity),
                meanings[name],
            )
            for name in read
        }

    def likenesses(self, one: str, other: str) -> tuple[float, ...]:
        """Return how alike two corrections are, in the order of `LIKENESSES`, each from 0 to 1.

        Meanings may also be opposed, down to -1; where one is not known it is 0.
        """
        return *self._told(one, other), *self._shown(one, other)

    def score(self, one: str, other: str) -> float:
        """Return the logit of two corrections being about the same thing.

        That an agent did the same twice says nothing of what a person made of it.
        """
        told = self._told(one, other)
        if max(told) < SAID:
            return FLOOR
        likenesses = *told, *self._shown(one, other)
        return max(FLOOR, OFFSET + fsum(map(mul, FACTORS, likenesses)))

    def _told(self, one: str, other: str) -> tuple[float, float, float]:
        """Return how alike two corrections are in what a person said."""
        a, b = self._about[one], self._about[other]
        return (
            _alike(a.said, b.said, self._weights),
            max(_alike(a.said, b.done, self._weights), _alike(a.done, b.said, self._weights)),
            fsum(map(mul, a.meaning, b.meaning)),
        )

    def _shown(self, one: str, other: str) -> tuple[float, float, float]:
        """Return how alike they are in what the agent did, and in pieces of all words."""
        a, b = self._about[one], self._about[other]
        shared = a.done.words & b.done.words
        return (
            _alike(a.done, b.done, self._weights),
            max((self._weights[word] for word in shared), default=0.0) / self._most,
            _alike(a.pieces, b.pieces, self._rarity),
        )

    def near(self, groups: Sequence[Sequence[str]]) -> Iterator[tuple[int, int]]:
        """Yield the places of two groups of corrections that are worth comparing.

        Where there are many those are the ones that share a word which not many hold.
        """
        if len(groups) <= MANY:
            yield from combinations(range(len(groups)), 2)
            return
        most = max(FEW, len(self._about) // ONE_IN)
        holders: dict[str, set[int]] = defaultdict(set)
        for place, group in enumerate(groups):
            for name in group:
                for word in self._about[name].words:
                    holders[word].add(place)
        seen: set[tuple[int, int]] = set()
        for places in holders.values():
            if len(places) <= most:
                seen.update(combinations(sorted(places), 2))
        yield from sorted(seen)

    def mean(self, ones: Sequence[str], others: Sequence[str]) -> float:
        """Return the mean score of the pairs of two sets; neither is empty."""
        return sum(self.score(*pair) for pair in product(ones, others)) / (len(ones) * len(others))


def _words(text: str) -> frozenset[str]:
    return frozenset(term for term in terms(text) if not term.isdigit())


def _pieces(text: str) -> frozenset[str]:
    """Return the words of a text cut into pieces of four letters, begin and end marked."""
    marked = (f"<{word}>" for word in _RUN.findall(text.lower()))
    return frozenset(
        word[at : at + _PIECE] for word in marked for at in range(max(1, len(word) - _PIECE + 1))
    )


def _weights(sets: Iterable[frozenset[str]]) -> dict[str, float]:
    """Return how much each word weighs: the more, the fewer of the sets hold it."""
    sets = list(sets)
    held = Counter(word for words in sets for word in words)
    most = len(sets) + SMOOTHING
    return {word: log(most / (count + SMOOTHING / 6)) ** 2 for word, count in held.items()}


def _lightness(word: str) -> float:
    return _LIGHTER**2 if word in GENERIC or word in LIGHT else 1.0


def _side(words: frozenset[str], weights: Mapping[str, float]) -> Side:
    return Side(words, sum(weights[word] for word in words))


def _alike(one: Side, other: Side, weights: Mapping[str, float]) -> float:
    """Return the cosine of two sides."""
    shared = sum(weights[word] for word in one.words & other.words)
    return float(shared / sqrt(one.mass * other.mass)) if shared else 0.0


def _meaning(correction: Correction) -> tuple[int, ...]:
    """Return a meaning as the small model gave it: signed bytes."""
    packed = correction.verdict.meaning if correction.verdict else b""
    return tuple(memoryview(packed).cast("b"))


def _apart(meanings: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[float, ...]]:
    """Return meanings without what all have in common, each of length 1 where it is known.

    Where there are few, less of it is taken off: all of them may be of one lesson.
    """
    known = [meaning for meaning in meanings.values() if meaning]
    common = [sum(column) / (len(known) + SMOOTHING) for column in zip(*known, strict=False)]
    found = {}
    for name, meaning in meanings.items():
        apart = [each - mean for each, mean in zip(meaning, common, strict=False)]
        length = hypot(*apart) or 1.0
        found[name] = tuple(each / length for each in apart)
    return found
