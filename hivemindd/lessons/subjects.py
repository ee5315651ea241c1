"""What corrections are about, and which of them are about the same thing.

People who say a thing three times say it in three ways: one names the thing, the next what the
agent did, the third only complains. Where wordings agree `relate` reads them; here the words of
a person and the deed of the agent are compared as a whole, rare words weighing most, together
with the meaning that the small model saw in the words. Five likenesses make one score by logistic
regression; `benchmarks/train_subjects.py` made the factors.

Only what the judge on this machine has read is compared so: a model that is asked names the
lessons itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product
from math import fsum, log, sqrt
from operator import mul

import msgspec

from hivemindd.lessons.moments import deed
from hivemindd.lessons.terms import GENERIC, LIGHT, terms
from hivemindd.records import Correction

LIKENESSES = ("all", "words", "deeds", "across", "meaning")
FACTORS = (4.83, 8.22, 2.77, 2.95, 3.57)
OFFSET = -4.32
FLOOR = -6.0
SAME = 0.0
SAID = 0.15
FEW, ONE_IN = 12, 25

_SMOOTHING = 8.0
_LIGHTER = 0.5


class Side(msgspec.Struct, frozen=True):
    """Some words and how much they weigh together."""

    words: frozenset[str]
    mass: float


class About(msgspec.Struct, frozen=True):
    """What one correction is about: a person's words, what the agent did, and both."""

    said: Side
    done: Side
    both: Side
    meaning: tuple[int, ...]


class Subjects:
    """Compares the corrections of one workspace."""

    def __init__(self, corrections: Iterable[Correction]) -> None:
        """Weigh each word by how few of these corrections hold it."""
        read = {
            each.id: (_words(each.reason), _words(deed(each.agent_output)), each)
            for each in corrections
        }
        held = Counter(word for said, done, _ in read.values() for word in said | done)
        most = len(read) + _SMOOTHING
        self._weights = {
            word: (log(most / (count + _SMOOTHING / 6)) * _lightness(word)) ** 2
            for word, count in held.items()
        }
        self._about = {
            name: About(self._side(said), self._side(done), self._side(said | done), _meaning(each))
            for name, (said, done, each) in read.items()
        }

    def likenesses(self, one: str, other: str) -> tuple[float, ...]:
        """Return how alike two corrections are, in the order of `LIKENESSES`, each from 0 to 1.

        Meanings may also be opposed, down to -1; where one is not known it is 0.
        """
        a, b = self._about[one], self._about[other]
        meaning = _cosine(a.meaning, b.meaning)
        if a.both.words.isdisjoint(b.both.words):
            return 0.0, 0.0, 0.0, 0.0, meaning
        return (
            self._alike(a.both, b.both),
            self._alike(a.said, b.said),
            self._alike(a.done, b.done),
            max(self._alike(a.said, b.done), self._alike(a.done, b.said)),
            meaning,
        )

    def score(self, one: str, other: str) -> float:
        """Return the logit of two corrections being about the same thing.

        That an agent did the same twice says nothing of what a person made of it.
        """
        likenesses = self.likenesses(one, other)
        _, words, _, across, meaning = likenesses
        if max(words, across, meaning) < SAID:
            return FLOOR
        return max(FLOOR, OFFSET + fsum(map(mul, FACTORS, likenesses)))

    def near(self, groups: Sequence[Sequence[str]]) -> Iterator[tuple[int, int]]:
        """Yield the places of two groups of corrections that share a word which not many hold."""
        most = max(FEW, len(self._about) // ONE_IN)
        holders: dict[str, set[int]] = defaultdict(set)
        for place, group in enumerate(groups):
            for name in group:
                for word in self._about[name].both.words:
                    holders[word].add(place)
        seen: set[tuple[int, int]] = set()
        for places in holders.values():
            if len(places) <= most:
                seen.update(combinations(sorted(places), 2))
        yield from sorted(seen)

    def mean(self, ones: Sequence[str], others: Sequence[str]) -> float:
        """Return the mean score of the pairs of two sets; neither is empty."""
        return sum(self.score(*pair) for pair in product(ones, others)) / (len(ones) * len(others))

    def _side(self, words: frozenset[str]) -> Side:
        return Side(words, sum(self._weights[word] for word in words))

    def _alike(self, one: Side, other: Side) -> float:
        """Return the cosine of two sides."""
        shared = sum(self._weights[word] for word in one.words & other.words)
        return float(shared / sqrt(one.mass * other.mass)) if shared else 0.0


def _words(text: str) -> frozenset[str]:
    return frozenset(term for term in terms(text) if not term.isdigit())


def _lightness(word: str) -> float:
    return _LIGHTER if word in GENERIC or word in LIGHT else 1.0


def _meaning(correction: Correction) -> tuple[int, ...]:
    """Return a meaning as the small model gave it: signed bytes."""
    packed = correction.verdict.meaning if correction.verdict else b""
    return tuple(memoryview(packed).cast("b"))


def _cosine(one: Sequence[int], other: Sequence[int]) -> float:
    """Return the cosine of two meanings, each about 127 long."""
    return sum(map(mul, one, other)) / (127 * 127) if one and other else 0.0
