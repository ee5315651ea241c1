"""Replace secrets by placeholders, before anything is stored, sent or published."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, Protocol

from hivemindd import entropy, patterns

try:
    import re2
except ImportError:
    re2 = None

# Longer than any key in use: past it a stray BEGIN and a stray END do not belong together.
_PEM_LIMIT = 32_768
_PEM_RUN = re.compile(rb"[A-Za-z0-9+/=]{20,}")
_PEM_BREAK = rb"""(?:[ \t\r"',|>]|\n[+-]?|\\{1,4}[nrt]?|[0-9]{1,6}(?:\t|\xe2\x86\x92))*"""
_PEM_GAP = re.compile(
    rb"(?:%b[A-Z][A-Za-z-]{2,20}: [A-Za-z0-9 ,.()/-]{0,80})*%b(?:[A-Za-z0-9+/=]{1,19}%b)?"
    % (_PEM_BREAK, _PEM_BREAK, _PEM_BREAK)
)
# What may stand before a token that has to stand alone: the end of a word, of a JSON or
# URL escape, or of a terminal colour.
_ALONE = rb"(?:\b|_|\\[nrtbf]|%%[0-9A-Fa-f]{2}|\x1b\[[0-9;]{0,12}m)(%b)"

# What a bare value goes on with: `&` belongs to it unless it begins the next parameter.
_REST = re.compile(rb"""(?:&[^&=\s"'`\\<>;,()]{0,64})+(?=[\s"'`\\<>;,()]|\Z)""")


class _Match(Protocol):
    def span(self, group: int = 0, /) -> tuple[int, int]: ...


class _Regex(Protocol):
    @property
    def groups(self) -> int: ...
    def search(self, data: bytes, /) -> _Match | None: ...
    def finditer(self, data: bytes, /) -> Iterator[_Match]: ...


class _Rule:
    """One row of the table, compiled for text."""

    def __init__(self, pattern: patterns.Pattern, compiler: Callable[[bytes], _Regex]) -> None:
        self.mark = placeholder(pattern.kind).encode()
        self.starts = pattern.starts
        self.check = pattern.check
        self.regex = compiler(_ALONE % pattern.regex if pattern.alone else pattern.regex)

    def spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield where the secrets of this kind lie."""
        for match in self.regex.finditer(data):
            spans = [match.span(group) for group in range(1, self.regex.groups + 1)]
            start, end = next((span for span in spans if span[0] >= 0), match.span())
            if self.check is None:
                yield start, end
                continue
            # `NAME=value` is a literal too, unless what follows shows an argument in code.
            literal = len(spans) < 2 or spans[-1][0] < 0
            bare = data[start - 1 : start] == b"=" and data[end : end + 1] not in (
                b",",
                b"(",
                b")",
                b"[",
            )
            if self.check(data[start:end], literal or bare):
                rest = None if literal else _REST.match(data, end)
                yield start, rest.end() if rest else end


class Redactor:
    """Find and replace secrets; `engine` "re" does without RE2, slower and with the same result."""

    def __init__(self, engine: Literal["auto", "re"] = "auto") -> None:
        """Compile the table of patterns."""
        fast = engine == "auto" and re2 is not None
        compiler = _compile_re2 if fast else re.compile
        self._rules = [_Rule(pattern, compiler) for pattern in patterns.TABLE]
        gates = [(row.starts, row.gate or row.regex) for row in patterns.TABLE]
        gates.append((patterns.PEM_STARTS, patterns.PEM_MARK))
        gates.append((patterns.PAIR_STARTS, patterns.PAIR))
        self._gate: _Gate = _OnePass([regex for _, regex in gates]) if fast else _Starts(gates)
        self._pem = compiler(patterns.PEM_MARK)

    def may_hold(self, data: bytes) -> bool:
        """Tell, in one pass over raw bytes, whether any string in them may hold a secret.

        `data` may be msgpack or UTF-8. False means that `text` and `value` change nothing.
        """
        return self._gate.may_hold(data)

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

        A string that lies under a telling key ("api_key") is judged with that key.
        """
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.value(key): self._keyed(key, item) for key, item in value.items()}
        return value

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
        low = data.lower()
        if any(start in low for start in patterns.PEM_STARTS):
            mark = placeholder("private-key").encode()
            data = _replace(data, _pem_spans(data, list(self._pem.finditer(data))), mark)
            low = data.lower()
        for rule in self._rules:
            if not any(start in low for start in rule.starts):
                continue
            clean = _replace(data, rule.spans(data), rule.mark)
            if clean is not data:
                data, low = clean, clean.lower()
        return data


def placeholder(kind: str) -> str:
    """Return what stands in place of a secret of `kind`."""
    return f"\u00abredacted:{kind}\u00bb"


class _Gate(Protocol):
    def may_hold(self, data: bytes) -> bool: ...


class _OnePass:
    """All patterns as one automaton."""

    def __init__(self, regexes: Sequence[bytes]) -> None:
        self._regex = _compile_re2(b"|".join(regexes), gate=True)

    def may_hold(self, data: bytes) -> bool:
        return self._regex.search(data) is not None


class _Starts:
    """Plain substrings first, and a regex only where one of its substrings starts."""

    def __init__(self, gates: Iterable[tuple[tuple[bytes, ...], bytes]]) -> None:
        self._regexes: dict[bytes, list[re.Pattern[bytes]]] = {}
        for starts, regex in gates:
            for start in starts:
                self._regexes.setdefault(start, []).append(re.compile(regex))

    def may_hold(self, data: bytes) -> bool:
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
    options.max_mem = (64 if gate else 8) << 20
    options.log_errors = False
    compiled: _Regex = re2.compile(regex, options)
    return compiled


def _replace(data: bytes, spans: Iterable[tuple[int, int]], mark: bytes) -> bytes:
    """Return `data` with each span replaced, or `data` itself when there is none."""
    pieces: list[bytes] = []
    done = 0
    for start, end in spans:
        pieces += (data[done:start], mark)
        done = end
    return b"".join((*pieces, data[done:])) if pieces else data


def _pem_spans(data: bytes, marks: list[_Match]) -> Iterator[tuple[int, int]]:
    """Yield where private keys lie, also those whose first or last lines were cut off."""
    done, places = 0, [mark.span() for mark in marks]
    for index, (start, end) in enumerate(places):
        if start < done:
            continue
        following = places[index + 1] if index + 1 < len(places) else None
        if not _begins(data, start):
            before = places[index - 1][1] if index else 0
            first = _pem_start(data, max(done, before, start - _PEM_LIMIT), start)
            span = (first, end) if first < start else None
        elif following and not _begins(data, following[0]) and following[0] - end <= _PEM_LIMIT:
            span = (start, following[1]) if _PEM_RUN.search(data[end : following[0]]) else None
        else:
            last = _pem_stop(data, end, following[0] if following else len(data))
            span = (start, last) if last > end else None
        if span:
            yield span
            done = span[1]


def _begins(data: bytes, start: int) -> bool:
    return data.startswith(b"-----BEGIN", start)


def _pem_stop(data: bytes, start: int, stop: int) -> int:
    """Return where the lines of a key that begin at `start` end."""
    for run in _PEM_RUN.finditer(data, start, min(stop, start + _PEM_LIMIT)):
        if run.start() - start > 400 or not _PEM_GAP.fullmatch(data, start, run.start()):
            break
        start = run.end()
    return start


def _pem_start(data: bytes, start: int, stop: int) -> int:
    """Return where the lines of a key that end at `stop` start."""
    for run in reversed(list(_PEM_RUN.finditer(data, start, stop))):
        if stop - run.end() > 400 or not _PEM_GAP.fullmatch(data, run.end(), stop):
            break
        stop = run.start()
    return stop
