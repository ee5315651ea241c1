"""The engine that searches: RE2 where it is installed, else the standard library.

Both find the same; RE2 does so in one pass over the text, whatever stands in it.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Protocol

from hivemindd.redaction import announced, patterns
from hivemindd.redaction.pem import Match
from hivemindd.redaction.unfolded import NUMBERED, around_escapes, over_folds, without_cuts

try:
    import re2
except ImportError:
    re2 = None

IS_FAST = re2 is not None
_RULE_MEMORY, _GATE_MEMORY = 8 << 20, 24 << 20


class Regex(Protocol):
    """A compiled regex of either engine."""

    @property
    def groups(self) -> int:
        """The number of its groups."""

    def match(self, data: bytes, place: int = 0, /) -> Match | None:
        """Return the match that begins at a place."""

    def search(self, data: bytes, /) -> Match | None:
        """Return the first match."""

    def finditer(self, data: bytes, /) -> Iterator[Match]:
        """Yield all matches, none within another."""


class Gate(Protocol):
    """Tells cheaply whether a closer look is worth it."""

    def may_hold(self, data: bytes) -> bool:
        """Tell whether there may be a secret in some bytes."""


class OnePass:
    """All patterns as one automaton."""

    def __init__(self) -> None:
        """Join the table."""
        rows = [
            over_folds(row.gate or row.regex, literals=row.check is None) for row in patterns.TABLE
        ]
        regex = b"|".join((*rows, patterns.PEM_MARK, announced.PAIR))
        self._regex = compile_re2(regex, gate=True)
        self._numbered = compile_re2(NUMBERED, gate=True)

    def may_hold(self, data: bytes) -> bool:
        """Tell whether there may be a secret in some bytes."""
        if self._regex.search(data):
            return True
        # What begins with two plain bytes is found ten times as fast as by Python.
        return bool(self._numbered.search(data) and self._regex.search(around_escapes(data)))


class Starts:
    """Plain substrings first, and a regex only where one of its substrings starts."""

    def __init__(self) -> None:
        """Compile the table."""
        self._regexes: dict[bytes, list[re.Pattern[bytes]]] = {}
        gates = [(row.starts, row.gate or row.regex) for row in patterns.TABLE]
        gates.append((patterns.PEM_STARTS, patterns.PEM_MARK))
        gates.append((announced.PAIR_STARTS, announced.PAIR))
        for starts, regex in gates:
            for start in starts:
                self._regexes.setdefault(start, []).append(re.compile(regex))

    def may_hold(self, data: bytes) -> bool:
        """Tell whether there may be a secret in some bytes."""
        if self._finds(data) or self._finds(without_cuts(data)):
            return True
        return b"\\u" in data and self._finds(around_escapes(data))

    def _finds(self, data: bytes) -> bool:
        low = data.lower()
        for start, regexes in self._regexes.items():
            place = low.find(start)
            while place >= 0:
                if any(regex.match(data, place) for regex in regexes):
                    return True
                place = low.find(start, place + 1)
        return False


class Sieve(Protocol):
    """Tells which rows of substrings have one in some bytes."""

    def holds(self, data: bytes) -> Collection[int]:
        """Return the places of the rows of which a substring is in `data`."""


class OneSet:
    """All substrings as one automaton: one pass, however many rows there are."""

    def __init__(self, rows: Sequence[Sequence[bytes]]) -> None:
        """Join the rows."""
        self._set = re2.Set.SearchSet(_options(_RULE_MEMORY))
        for row in rows:
            self._set.Add(b"|".join(map(re2.escape, row)))
        self._set.Compile()

    def holds(self, data: bytes) -> Collection[int]:
        """Return the places of the rows of which a substring is in `data`."""
        return frozenset(self._set.Match(data) or ())


class OneByOne:
    """Each substring looked for by itself."""

    def __init__(self, rows: Sequence[Sequence[bytes]]) -> None:
        """Take the rows."""
        self._rows = rows

    def holds(self, data: bytes) -> Collection[int]:
        """Return the places of the rows of which a substring is in `data`."""
        return [n for n, row in enumerate(self._rows) if any(each in data for each in row)]


def compile_re2(regex: bytes, *, gate: bool = False) -> Regex:
    """Compile a regex with RE2; that of a gate has no groups and may use more memory."""
    options = _options(_GATE_MEMORY if gate else _RULE_MEMORY)
    options.never_capture = gate
    compiled: Regex = re2.compile(regex, options)
    return compiled


def _options(memory: int) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = memory
    options.log_errors = False
    return options
