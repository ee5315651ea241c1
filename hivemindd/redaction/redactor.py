"""Replace secrets by placeholders, before anything is stored, sent or published."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Literal

from hivemindd.redaction import announced, entropy, patterns, pem
from hivemindd.redaction.engine import (
    IS_FAST,
    Gate,
    OneByOne,
    OnePass,
    OneSet,
    Regex,
    Sieve,
    Starts,
    compile_re2,
)
from hivemindd.redaction.rules import Rule, placeholder
from hivemindd.redaction.unfolded import Unfolded

_NAMES = ("name", "key", "variable")
_KEYS = (
    (announced.PASSWORD_KEY, 6, entropy.is_named, "password"),
    (announced.PASS_KEY, 6, entropy.is_mixed, "password"),
    (announced.LOGIN_KEY, 6, entropy.is_login, "password"),
    (announced.PAIR_KEY, 8, entropy.is_login_pair, "basic-auth"),
    (announced.SECRET_KEY, 8, entropy.is_secret, "secret"),
)
_Marked = tuple[int, int, bytes]


class Redactor:
    """Find and replace secrets; `engine` "re" does without RE2, slower and with the same result."""

    def __init__(self, engine: Literal["auto", "re"] = "auto") -> None:
        """Compile the table of patterns."""
        fast = engine == "auto" and IS_FAST
        compiler: Callable[[bytes], Regex] = compile_re2 if fast else re.compile
        sieve = OneSet if fast else OneByOne
        # What has a form of its own goes first: a name that announces it would take no more
        # than its first line.
        rules = [Rule(pattern, compiler) for pattern in patterns.TABLE]
        parted = [[rule for rule in rules if rule.announced is each] for each in (False, True)]
        self._rounds = [_Round(part, sieve([rule.starts for rule in part])) for part in parted]
        self._gate: Gate = OnePass() if fast else Starts()
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
        data = path.encode("utf-8", "surrogatepass")
        if not (self.may_hold(data) or self.may_hold(data.replace(b"-", b"_"))):
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
        if not 6 <= len(secret) <= 1024 or re.search(rb"[\x00-\x20]", secret):
            return clean
        for names, least, judge, kind in _KEYS:
            if names.search(name) and len(secret) >= least and judge(secret, True):
                return placeholder(kind)
        return clean

    def _redact(self, data: bytes) -> bytes:
        if any(start in data.lower() for start in patterns.PEM_STARTS):
            mark = placeholder("private-key").encode()
            keys = pem.spans(data, list(self._pem.finditer(data)))
            data = _replace(data, ((*span, mark) for span in keys))
        for each in self._rounds:
            data = each.redact(data)
        return data


@cache
def shared() -> Redactor:
    """Return a redactor; it keeps nothing of what it reads, so one is enough."""
    return Redactor()


class _Round:
    """Some rules that are applied together, and which of them are worth it to a text."""

    def __init__(self, rules: Sequence[Rule], sieve: Sieve) -> None:
        self._rules = rules
        self._sieve = sieve

    def redact(self, data: bytes) -> bytes:
        """Redact first what is cut: the rules for what is whole would take a part of it."""
        return self._whole(self._cut(data))

    def _whole(self, data: bytes) -> bytes:
        """Redact what stands in one line."""
        worth = self._sieve.holds(data.lower())
        for number, rule in enumerate(self._rules):
            if number in worth:
                clean = _replace(data, ((*span, rule.mark) for span in rule.spans(data)))
                if clean is not data:
                    data, worth = clean, self._sieve.holds(clean.lower())
        return data

    def _cut(self, data: bytes) -> bytes:
        """Redact what a line end or an escape cuts in two."""
        view = Unfolded(data, wraps=self._rules[0].announced)
        if view.data == data:
            return data
        worth = self._sieve.holds(view.data.lower())
        found: list[_Marked] = []
        for number, rule in enumerate(self._rules):
            if number in worth:
                found += ((*span, rule.mark) for span in rule.cut_spans(data, view))
        # Of two that begin together the longer one holds the other.
        return _replace(data, sorted(found, key=lambda each: (each[0], -each[1])))


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
