"""A matcher that backtracks as the standard library does, and counts its steps.

Neither RE2 nor `re` tell how much they worked. Here a regex is unrolled into instructions,
tried from every place in the library's order, and every instruction that is carried out counts.
"""

import importlib
import re
import string
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

_parser: Any = importlib.import_module("re._parser")
_WORD = frozenset((string.ascii_letters + string.digits + "_").encode())
_SPACE = frozenset(string.whitespace.encode())
_DIGIT = frozenset(string.digits.encode())
_ALL = frozenset(range(256))
_CATEGORIES = {
    "CATEGORY_WORD": _WORD,
    "CATEGORY_SPACE": _SPACE,
    "CATEGORY_DIGIT": _DIGIT,
    "CATEGORY_NOT_SPACE": _ALL - _SPACE,
}


class _Byte(msgspec.Struct, frozen=True):
    """Take one byte of a set."""

    among: frozenset[int]


class _Fork(msgspec.Struct, frozen=True):
    """Go on here; where that fails, try there."""

    here: int
    there: int


class _Edge(msgspec.Struct, frozen=True):
    """Hold only at the edge of a word."""


_Step = _Byte | _Fork | _Edge


class Program:
    """A regex as instructions; `steps` counts those that were carried out."""

    def __init__(self, regex: bytes) -> None:
        """Unroll a regex; what it may hold is what the patterns of secrets do."""
        self.steps = 0
        self._code: list[_Step] = []
        self._sequence(_parser.parse(regex), ignoring_case=False)

    def spans(self, data: bytes) -> list[tuple[int, int]]:
        """Return where the regex matches, as `re.finditer` does."""
        found: list[tuple[int, int]] = []
        place = 0
        while place <= len(data):
            end = self._match(data, place)
            if end >= 0:
                found.append((place, end))
            place = end if end > place else place + 1
        return found

    def _match(self, data: bytes, start: int) -> int:
        """Return where a match at `start` ends, -1 where there is none."""
        stack = [(0, start)]
        code, size = self._code, len(data)
        while stack:
            at, place = stack.pop()
            while at < len(code):
                self.steps += 1
                step = code[at]
                if isinstance(step, _Byte):
                    if place >= size or data[place] not in step.among:
                        break
                    at, place = at + 1, place + 1
                elif isinstance(step, _Fork):
                    if step.here != step.there:
                        stack.append((step.there, place))
                    at = step.here
                elif (place > 0 and data[place - 1] in _WORD) != (
                    place < size and data[place] in _WORD
                ):
                    at += 1
                else:
                    break
            else:
                return place
        return -1

    def _sequence(self, tree: Any, *, ignoring_case: bool) -> None:
        for operation, given in tree:
            self._emit(str(operation), given, ignoring_case=ignoring_case)

    def _emit(self, operation: str, given: Any, *, ignoring_case: bool) -> None:
        if operation in {"LITERAL", "NOT_LITERAL", "ANY", "IN"}:
            among = _among(operation, given)
            self._code.append(_Byte(_any_case(among) if ignoring_case else among))
        elif operation in {"MAX_REPEAT", "MIN_REPEAT"}:
            least, most, inner = given
            self._repeat(
                least,
                most,
                lambda: self._sequence(inner, ignoring_case=ignoring_case),
                lazily=operation == "MIN_REPEAT",
            )
        elif operation == "SUBPATTERN":
            _, added, _, inner = given
            self._sequence(inner, ignoring_case=ignoring_case or bool(added & re.IGNORECASE))
        elif operation == "BRANCH":
            self._branch(given[1], ignoring_case=ignoring_case)
        elif operation == "AT" and str(given) == "AT_BOUNDARY":
            self._code.append(_Edge())
        else:
            raise AssertionError(f"not known to this matcher: {operation} {given}")

    def _repeat(
        self, least: int, most: int, emit: Callable[[], None], *, lazily: bool = False
    ) -> None:
        for _ in range(least):
            emit()
        if most == _parser.MAXREPEAT:
            fork = self._reserve()
            emit()
            self._code.append(_Fork(fork, fork))
            self._fork(fork, lazily=lazily)
            return
        forks = []
        for _ in range(most - least):
            forks.append(self._reserve())
            emit()
        for fork in forks:
            self._fork(fork, lazily=lazily)

    def _fork(self, place: int, *, lazily: bool) -> None:
        """Go on with what follows `place`, or past all that there is by now; or in reverse."""
        ways = (place + 1, len(self._code))
        self._code[place] = _Fork(*(reversed(ways) if lazily else ways))

    def _branch(self, choices: Any, *, ignoring_case: bool) -> None:
        jumps = []
        for number, choice in enumerate(choices):
            fork = self._reserve() if number < len(choices) - 1 else -1
            self._sequence(choice, ignoring_case=ignoring_case)
            if fork >= 0:
                jumps.append(self._reserve())
                self._code[fork] = _Fork(fork + 1, len(self._code))
        for jump in jumps:
            self._code[jump] = _Fork(len(self._code), len(self._code))

    def _reserve(self) -> int:
        self._code.append(_Edge())
        return len(self._code) - 1


def _among(operation: str, given: Any) -> frozenset[int]:
    if operation == "LITERAL":
        return frozenset({given})
    if operation == "NOT_LITERAL":
        return _ALL - {given}
    if operation == "ANY":
        return _ALL - {10}
    taken = frozenset(_members(given))
    return _ALL - taken if str(given[0][0]) == "NEGATE" else taken


def _members(given: Any) -> Iterator[int]:
    for kind, value in given:
        if str(kind) == "LITERAL":
            yield value
        elif str(kind) == "RANGE":
            yield from range(value[0], value[1] + 1)
        elif str(kind) == "CATEGORY":
            yield from _CATEGORIES[str(value)]


def _any_case(among: frozenset[int]) -> frozenset[int]:
    text = bytes(byte for byte in among if byte < 128)
    return among | set(text.lower()) | set(text.upper())
