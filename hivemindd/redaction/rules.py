"""One row of the table of patterns, compiled to find secrets in text, cut ones too."""

import re
import string
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import takewhile

from hivemindd.redaction.engine import Regex
from hivemindd.redaction.entropy import ends_line
from hivemindd.redaction.pattern import Pattern
from hivemindd.redaction.pem import Match
from hivemindd.redaction.unfolded import Unfolded, end_of_secret, is_mixed, pieces

Span = tuple[int, int]

MARK = "\u00abredacted:"
"""How each placeholder begins."""

# What may stand before a token that has to stand alone: the end of a word, of a JSON or
# URL escape, or of a terminal colour.
_ALONE = rb"(?:\b|_|\\[nrtbf]|%%[0-9A-Fa-f]{2}|\x1b\[[0-9;]{0,12}m)(%b)"

# What a bare value goes on with: `&` belongs to it unless it begins the next parameter.
_REST = re.compile(rb"""(?:&[^&=\s"'`\\<>;,()]{0,64})+(?=[\s"'`\\<>;,()]|\Z)""")

_ARGUMENT = frozenset({b",", b"(", b")", b"["})
_QUOTES = frozenset({b'"', b"'", b"`"})
_NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_.]*")
_BEFORE = 16
_MARK_END = "\u00bb".encode()
_GREEDY = re.compile(rb"(\{[0-9]+,[0-9]*\})(?!\?)")
_DIGITS = frozenset(string.digits.encode())
_LETTERS = frozenset(string.ascii_letters.encode())


class Rule:
    """One row of the table, compiled for text when it is first needed: most never are."""

    def __init__(self, pattern: Pattern, compiler: Callable[[bytes], Regex]) -> None:
        """Take a row, and what compiles regexes."""
        self.mark = placeholder(pattern.kind).encode()
        self.starts = pattern.starts
        self.announced = pattern.check is not None
        self._check = pattern.check
        self._alone = pattern.alone
        self._unless = pattern.unless
        self._lined = pattern.lined
        self._longer = b",}" in pattern.regex
        self._pattern = pattern.regex
        self._compile = compiler

    @cached_property
    def _regex(self) -> Regex:
        """The row as it is, or where it stands alone."""
        return self._compile(_ALONE % self._pattern if self._alone else self._pattern)

    @cached_property
    def _shortest(self) -> Regex:
        """Its shortest match, where a row has a form of its own."""
        return self._regex if self.announced else self._compile(_GREEDY.sub(rb"\1?", self._pattern))

    @cached_property
    def _whole(self) -> Regex:
        """The same with its longest match, wherever it stands."""
        free = self._alone and not self.announced
        return self._compile(self._pattern) if free else self._regex

    def spans(self, data: bytes) -> Iterator[Span]:
        """Yield where the secrets of this kind lie, by what stands in one line."""
        done = 0
        for match in self._regex.finditer(data):
            start, end = _secret(match, self._regex.groups)
            if start < done or (self._alone and data.startswith(_MARK_END, start - 2)):
                continue  # what runs on from a secret does not stand alone
            if self._check is None:
                end = self._end(data, end)
            elif self._accepts(match, data, start, end):
                rest = None if self._is_quoted(match) else _REST.match(data, end)
                end = self._end(data, rest.end() if rest else end)
            else:
                continue
            yield start, end
            done = end

    def cut_spans(self, data: bytes, view: Unfolded) -> Iterator[Span]:
        """Yield where secrets of this kind lie in `data` that only `view` shows whole."""
        if self._check is None:
            yield from self._cut_tokens(data, view)
            return
        for span in self.spans(view.data):
            if not view.begins_line(span[0]):
                start, end = view.origin(*span)
                end = self._end_of_value(data, start, end)
                if end > start:
                    yield start, end

    def _cut_tokens(self, data: bytes, view: Unfolded) -> Iterator[Span]:
        done = 0
        for match in self._shortest.finditer(view.data):
            first, last = match.span()
            start, end = view.origin(*_secret(match, self._shortest.groups))
            around = view.origin(first, last)
            if around[0] < done or around[1] - around[0] == last - first:
                continue  # nothing cuts it
            if _DIGITS.isdisjoint(view.data[first:last]):
                continue  # words, one on each line
            runs_on = view.data.startswith(_MARK_END, first - 2) or not view.stands_alone(first)
            if self._alone and runs_on:
                continue
            whole = self._whole.match(view.line(first, last))
            if whole:
                end = view.origin(first, first + whole.span()[1])[1]
            done = self._end(data, end)
            yield start, done

    def _end(self, data: bytes, end: int) -> int:
        """Return where a secret ends that reaches the end of its line, and may go on."""
        if self._longer and data[end : end + 1] in {b"\r", b"\n", b"\\"}:
            return end_of_secret(data, end, self._shortest.match, announced=self.announced)
        return end

    def _end_of_value(self, data: bytes, start: int, end: int) -> int:
        """Return where a value ends that may be cut, `start` where what is left is none."""
        cut = data[start:end]
        places = pieces(cut)
        if len(places) == 1:
            return end
        if data[end : end + 1] not in _QUOTES:
            joins = not _LETTERS.isdisjoint(cut[slice(*places[0])])
            more = takewhile(lambda place: joins and is_mixed(cut[slice(*place)]), places[1:])
            places = [places[0], *more]
            if len(places) == 1 and b"\\u" not in cut[slice(*places[0])]:
                return start  # what stands in one line is found there
        value = b"".join(cut[slice(*place)] for place in places)
        return start + places[-1][1] if self._check and self._check(value, True) else start

    def _accepts(self, match: Match, data: bytes, start: int, end: int) -> bool:
        before = data[max(0, match.span()[0] - _BEFORE) : match.span()[0]].lower()
        after = data[end : end + 1]
        if before.endswith(self._unless) or (after == b"(" and _NAME.fullmatch(data, start, end)):
            return False
        # `NAME=value` is a literal too, unless what follows shows an argument in code.
        bare = data[start - 1 : start] == b"=" and after not in _ARGUMENT
        literal = self._is_quoted(match) or bare
        literal = literal or (self._lined and ends_line(data[start:end], data[end : end + 2]))
        return self._check is not None and self._check(data[start:end], literal)

    def _is_quoted(self, match: Match) -> bool:
        groups = self._regex.groups
        return groups < 2 or match.span(groups)[0] < 0


def placeholder(kind: str) -> str:
    """Return what stands in place of a secret of `kind`."""
    return f"{MARK}{kind}\u00bb"


def _secret(match: Match, groups: int) -> Span:
    """Return where the secret lies in a match: its group, or all of it."""
    spans = [match.span(group) for group in range(1, groups + 1)]
    return next((span for span in spans if span[0] >= 0), match.span())
