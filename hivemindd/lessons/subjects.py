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
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product
from math import fsum, hypot, log, sqrt
from operator import mul

import msgspec

from hivemindd.lessons.moments import deed
from hivemindd.lessons.terms import GENERIC, LIGHT, terms
from hivemindd.records import Correction

LIKENESSES = ("words", "across", "meaning", "deeds", "rarest", "pieces")
FACTORS = (5.31, 1.73, 8.26, -0.49, 1.83, 4.00)
OFFSET = -4.02
FLOOR = -6.0
SAME = 0.0
SAID = 0.15
MANY, FEW, ONE_IN = 120, 12, 25
SMOOTHING = 8.0  # as if there were so many more corrections, of which nothing is known
USUAL = 32.0  # and so many more meanings, which are those of all workspaces together

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


class _Common:
    """What all meanings of a workspace have in common.

    Where there are few, less of it is taken off: all of them may be of one lesson. What the
    corrections of all workspaces have in common the small model has taken off before.
    """

    def __init__(self) -> None:
        self._sums: list[int] = []
        self._known = 0

    def add(self, meaning: Sequence[int]) -> None:
        """Take in a meaning, none where it is empty."""
        if meaning:
            self._known += 1
            before = self._sums or [0] * len(meaning)
            self._sums = [a + b for a, b in zip(before, meaning, strict=False)]

    def taken_off(self, meaning: Sequence[int]) -> tuple[float, ...]:
        """Return a meaning without it, of length 1 where it is known."""
        sums = (total / (self._known + USUAL) for total in self._sums)
        apart = [each - mean for each, mean in zip(meaning, sums, strict=False)]
        length = hypot(*apart) or 1.0
        return tuple(each / length for each in apart)


class Subjects:
    """Compares the corrections of one workspace."""

    def __init__(
        self, corrections: Iterable[Correction], among: Collection[str] | None = None
    ) -> None:
        """Weigh each word by how few of these corrections hold it.

        Those whose ids are in `among` can be compared, all where it is left out: of a year in
        a workspace most teach nothing, and only tell what is common.
        """
        read = {each.id: each for each in corrections}
        chosen = read.keys() if among is None else read.keys() & among
        self._count = len(read)
        holders, parts, common = Counter[str](), Counter[str](), _Common()
        for each in read.values():
            said, done, pieces = _read(each)
            holders.update(said | done)
            parts.update(pieces)
            common.add(_meaning(each))
        self._weights = {
            word: weight * _lightness(word)
            for word, weight in _weights(holders, self._count).items()
        }
        self._most = max(self._weights.values(), default=1.0)
        self._rarity = _weights(parts, self._count)
        self._about = {name: self._describe(read[name], common) for name in chosen}

    def _describe(self, correction: Correction, common: _Common) -> About:
        said, done, pieces = _read(correction)
        return About(
            _side(said, self._weights),
            _side(done, self._weights),
            _side(pieces, self._rarity),
            common.taken_off(_meaning(correction)),
        )

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
        most = max(FEW, self._count // ONE_IN)
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


def _read(correction: Correction) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the words of a person, those of what the agent did, and pieces of all of them."""
    did = deed(correction.agent_output)
    return _words(correction.reason), _words(did), _pieces(f"{correction.reason}\n{did}")


def _words(text: str) -> frozenset[str]:
    return frozenset(term for term in terms(text) if not term.isdigit())


def _pieces(text: str) -> frozenset[str]:
    """Return the words of a text cut into pieces of four letters, begin and end marked."""
    marked = (f"<{word}>" for word in _RUN.findall(text.lower()))
    return frozenset(
        word[at : at + _PIECE] for word in marked for at in range(max(1, len(word) - _PIECE + 1))
    )


def _weights(held: Mapping[str, int], count: int) -> dict[str, float]:
    """Return how much each word weighs: the more, the fewer of `count` texts hold it."""
    most = count + SMOOTHING
    return {word: log(most / (held[word] + SMOOTHING / 6)) ** 2 for word in held}


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
