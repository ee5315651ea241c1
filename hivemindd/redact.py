"""Replace secrets by placeholders, before anything is stored, sent or published."""

import re
import string
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import takewhile
from typing import Any, Literal, Protocol

from hivemindd import entropy, patterns, pem
from hivemindd.unfolded import (
    Unfolded,
    end_of_secret,
    is_mixed,
    over_folds,
    pieces,
    without_cuts,
    without_escapes,
)

try:
    import re2
except ImportError:
    re2 = None

# What may stand before a token that has to stand alone: the end of a word, of a JSON or
# URL escape, or of a terminal colour.
_ALONE = rb"(?:\b|_|\\[nrtbf]|%%[0-9A-Fa-f]{2}|\x1b\[[0-9;]{0,12}m)(%b)"

# What a bare value goes on with: `&` belongs to it unless it begins the next parameter.
_REST = re.compile(rb"""(?:&[^&=\s"'`\\<>;,()]{0,64})+(?=[\s"'`\\<>;,()]|\Z)""")


MARK = "\u00abredacted:"
"""How each placeholder begins."""

_Span = tuple[int, int]
_Marked = tuple[int, int, bytes]


class _Regex(Protocol):
    @property
    def groups(self) -> int: ...
    def match(self, data: bytes, place: int = 0, /) -> pem.Match | None: ...
    def search(self, data: bytes, /) -> pem.Match | None: ...
    def finditer(self, data: bytes, /) -> Iterator[pem.Match]: ...


_ARGUMENT = frozenset({b",", b"(", b")", b"["})
_QUOTES = frozenset({b'"', b"'", b"`"})
_NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_.]*")
_BEFORE = 16
_NAMES = ("name", "key", "variable")
_MARK_END = "\u00bb".encode()
_GREEDY = re.compile(rb"(\{[0-9]+,[0-9]*\})(?!\?)")
_DIGITS = frozenset(string.digits.encode())
_LETTERS = frozenset(string.ascii_letters.encode())


class _Rule:
    """One row of the table, compiled for text."""

    def __init__(self, pattern: patterns.Pattern, compiler: Callable[[bytes], _Regex]) -> None:
        self.mark = placeholder(pattern.kind).encode()
        self.starts = pattern.starts
        self.announced = pattern.check is not None
        self._check = pattern.check
        self._alone = pattern.alone
        self._unless = pattern.unless
        self._longer = b",}" in pattern.regex
        self._regex = compiler(_ALONE % pattern.regex if pattern.alone else pattern.regex)
        self._whole = self._shortest = self._regex
        if not self.announced:
            self._shortest = compiler(_GREEDY.sub(rb"\1?", pattern.regex))
            self._whole = compiler(pattern.regex) if pattern.alone else self._regex

    def spans(self, data: bytes) -> Iterator[_Span]:
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

    def cut_spans(self, data: bytes, view: Unfolded) -> Iterator[_Span]:
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

    def _cut_tokens(self, data: bytes, view: Unfolded) -> Iterator[_Span]:
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

    def _accepts(self, match: pem.Match, data: bytes, start: int, end: int) -> bool:
        before = data[max(0, match.span()[0] - _BEFORE) : match.span()[0]].lower()
        after = data[end : end + 1]
        if before.endswith(self._unless) or (after == b"(" and _NAME.fullmatch(data, start, end)):
            return False
        # `NAME=value` is a literal too, unless what follows shows an argument in code.
        bare = data[start - 1 : start] == b"=" and after not in _ARGUMENT
        literal = self._is_quoted(match) or bare
        return self._check is not None and self._check(data[start:end], literal)

    def _is_quoted(self, match: pem.Match) -> bool:
        groups = self._regex.groups
        return groups < 2 or match.span(groups)[0] < 0


class Redactor:
    """Find and replace secrets; `engine` "re" does without RE2, slower and with the same result."""

    def __init__(self, engine: Literal["auto", "re"] = "auto") -> None:
        """Compile the table of patterns."""
        fast = engine == "auto" and re2 is not None
        compiler = _compile_re2 if fast else re.compile
        self._rules = [_Rule(pattern, compiler) for pattern in patterns.TABLE]
        self._gate: _Gate = _OnePass() if fast else _Starts()
        self._pem = compiler(patterns.PEM_MARK)

    def may_hold(self, data: bytes) -> bool:
        """Tell, in one pass over raw bytes, whether any string in them may hold a secret.

        `data` may be msgpack or UTF-8. False means that `text` and `value` change nothing.
        """
        if self._gate.may_hold(data):
            return True
        return b"\\u" in data and self._gate.may_hold(without_escapes(data))

    def text(self, text: str) -> str:
        """Return `text` with each secret replaced by «redacted:kind»; twice is as good as once."""
        data = text.encode("utf-8", "surrogatepass")
        if not self.may_hold(data):
            return text
        # Each round leaves fewer bytes outside placeholders, so this ends.
        while (clean := self._redact(data)) != data:
            data = clean
        return data.decode("utf-8", "surrogatepass")

    def value(self, value: Any) -> Any:
        """Return a JSON-like value with `text` applied to each string in it, keys too.

        A string that lies under a telling key ("api_key") is judged with that key, and so is
        one that such an option or name stands before.
        """
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            before = ["", *(item if _is_option(item) else "" for item in value)]
            return [self._keyed(key, item) for key, item in zip(before, value, strict=False)]
        if isinstance(value, dict):
            named = next((value[key] for key in _NAMES if isinstance(value.get(key), str)), "")
            return {
                self.value(key): self._keyed(named if key == "value" else key, item)
                for key, item in value.items()
            }
        return value

    def path(self, path: str) -> str:
        """Return a path, with secrets replaced also where a name spells `_` as `-`.

        So assistants do when they name a folder after another one.
        """
        if not (self.may_hold(path.encode("utf-8", "surrogatepass")) or "-" in path):
            return path
        return "/".join(map(self._part, path.split("/")))

    def _part(self, name: str) -> str:
        for spelled in (name, name.replace("-", "_")):
            if (clean := self.text(spelled)) != spelled:
                return clean
        return name

    def _keyed(self, key: Any, item: Any) -> Any:
        clean = self.value(item)
        if not (isinstance(key, str) and isinstance(clean, str) and clean == item):
            return clean
        name, secret = key.encode("utf-8", "surrogatepass"), clean.encode("utf-8", "surrogatepass")
        if not 8 <= len(secret) <= 1024 or re.search(rb"[\x00-\x20]", secret):
            return clean
        if patterns.PASSWORD_KEY.search(name) and entropy.is_password(secret, literal=True):
            return placeholder("password")
        if patterns.SECRET_KEY.search(name) and entropy.is_secret(secret, literal=True):
            return placeholder("secret")
        return clean

    def _redact(self, data: bytes) -> bytes:
        if any(start in data.lower() for start in patterns.PEM_STARTS):
            mark = placeholder("private-key").encode()
            keys = pem.spans(data, list(self._pem.finditer(data)))
            data = _replace(data, ((*span, mark) for span in keys))
        # What has a form of its own goes first: a name that announces it would take no more
        # than its first line. What is cut goes before what is whole for the same reason.
        for announced in (False, True):
            rules = [rule for rule in self._rules if rule.announced == announced]
            data = _redact_whole(_redact_cut(data, rules, wraps=announced), rules)
        return data


@cache
def shared() -> Redactor:
    """Return a redactor; it keeps nothing of what it reads, so one is enough."""
    return Redactor()


def placeholder(kind: str) -> str:
    """Return what stands in place of a secret of `kind`."""
    return f"{MARK}{kind}\u00bb"


class _Gate(Protocol):
    def may_hold(self, data: bytes) -> bool: ...


class _OnePass:
    """All patterns as one automaton."""

    def __init__(self) -> None:
        rows = [
            over_folds(row.gate or row.regex, literals=row.check is None) for row in patterns.TABLE
        ]
        regex = b"|".join((*rows, patterns.PEM_MARK, patterns.PAIR))
        self._regex = _compile_re2(regex, gate=True)

    def may_hold(self, data: bytes) -> bool:
        return self._regex.search(data) is not None


class _Starts:
    """Plain substrings first, and a regex only where one of its substrings starts."""

    def __init__(self) -> None:
        self._regexes: dict[bytes, list[re.Pattern[bytes]]] = {}
        gates = [(row.starts, row.gate or row.regex) for row in patterns.TABLE]
        gates.append((patterns.PEM_STARTS, patterns.PEM_MARK))
        gates.append((patterns.PAIR_STARTS, patterns.PAIR))
        for starts, regex in gates:
            for start in starts:
                self._regexes.setdefault(start, []).append(re.compile(regex))

    def may_hold(self, data: bytes) -> bool:
        return self._finds(data) or self._finds(without_cuts(data))

    def _finds(self, data: bytes) -> bool:
        low = data.lower()
        for start, regexes in self._regexes.items():
            place = low.find(start)
            while place >= 0:
                if any(regex.match(data, place) for regex in regexes):
                    return True
                place = low.find(start, place + 1)
        return False


def _compile_re2(regex: bytes, *, gate: bool = False) -> _Regex:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = gate
    options.max_mem = (24 if gate else 8) << 20
    options.log_errors = False
    compiled: _Regex = re2.compile(regex, options)
    return compiled


def _redact_whole(data: bytes, rules: Iterable[_Rule]) -> bytes:
    """Redact what stands in one line."""
    low = data.lower()
    for rule in rules:
        if any(start in low for start in rule.starts):
            clean = _replace(data, ((*span, rule.mark) for span in rule.spans(data)))
            if clean is not data:
                data, low = clean, clean.lower()
    return data


def _redact_cut(data: bytes, rules: Iterable[_Rule], *, wraps: bool) -> bytes:
    """Redact what a line end or an escape cuts in two."""
    view = Unfolded(data, wraps=wraps)
    if view.data == data:
        return data
    low = view.data.lower()
    found: list[_Marked] = []
    for rule in rules:
        if any(start in low for start in rule.starts):
            found += ((*span, rule.mark) for span in rule.cut_spans(data, view))
    return _replace(data, sorted(found))


def _replace(data: bytes, spans: Iterable[_Marked]) -> bytes:
    """Return `data` with each span replaced, or `data` itself when there is none."""
    pieces: list[bytes] = []
    done = 0
    for start, end, mark in spans:
        if start >= done:
            pieces += (data[done:start], mark)
            done = end
    return b"".join((*pieces, data[done:])) if pieces else data


def _is_option(item: Any) -> bool:
    return isinstance(item, str) and item.startswith("-")


def _secret(match: pem.Match, groups: int) -> _Span:
    """Return where the secret lies in a match: its group, or all of it."""
    spans = [match.span(group) for group in range(1, groups + 1)]
    return next((span for span in spans if span[0] >= 0), match.span())
