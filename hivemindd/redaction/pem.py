"""Private keys between their marks, whole or cut off, however their lines are broken."""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

# Longer than any key in use: past it a stray BEGIN and a stray END do not belong together.
_LIMIT = 32_768
_RUN = re.compile(rb"[A-Za-z0-9+/=]{20,}")
_BREAK = rb"""(?:[ \t\r"',|>]|\n[+-]?|\\{1,4}[nrt]?|[0-9]{1,6}(?:\t|\xe2\x86\x92))*"""
_GAP = re.compile(
    rb"(?:%b[A-Z][A-Za-z-]{2,20}: [A-Za-z0-9 ,.()/-]{0,80})*%b(?:[A-Za-z0-9+/=]{1,19}%b)?"
    % (_BREAK, _BREAK, _BREAK)
)


class Match(Protocol):
    """What a search of any engine finds."""

    def span(self, group: int = 0, /) -> tuple[int, int]:
        """Return where a group lies, (-1, -1) when it took no part."""


def spans(data: bytes, marks: Sequence[Match]) -> Iterator[tuple[int, int]]:
    """Yield where private keys lie, also those whose first or last lines were cut off."""
    done, places = 0, [mark.span() for mark in marks]
    for index, (start, end) in enumerate(places):
        if start < done:
            continue
        following = places[index + 1] if index + 1 < len(places) else None
        if not _begins(data, start):
            before = places[index - 1][1] if index else 0
            first = _start(data, max(done, before, start - _LIMIT), start)
            span = (first, end) if first < start else None
        elif following and not _begins(data, following[0]) and following[0] - end <= _LIMIT:
            span = (start, following[1]) if _RUN.search(data[end : following[0]]) else None
        else:
            last = _stop(data, end, following[0] if following else len(data))
            span = (start, last) if last > end else None
        if span:
            yield span
            done = span[1]


def _begins(data: bytes, start: int) -> bool:
    return data.startswith(b"-----BEGIN", start)


def _stop(data: bytes, start: int, stop: int) -> int:
    """Return where the lines of a key that begin at `start` end."""
    for run in _RUN.finditer(data, start, min(stop, start + _LIMIT)):
        if run.start() - start > 400 or not _GAP.fullmatch(data, start, run.start()):
            break
        start = run.end()
    return start


def _start(data: bytes, start: int, stop: int) -> int:
    """Return where the lines of a key that end at `stop` start."""
    for run in reversed(list(_RUN.finditer(data, start, stop))):
        if stop - run.end() > 400 or not _GAP.fullmatch(data, run.end(), stop):
            break
        stop = run.start()
    return stop
