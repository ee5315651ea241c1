r"""Text without the line ends and escapes that cut a secret in two.

A terminal wraps what is too long, a diff puts a sign before each line, and JSON within a
string spells characters as `\u0067` and line ends as `\n`. Here they are undone, and each
place in what is left leads back to where it came from.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable

# What a diff, a quote or a listing puts before the next line.
_AFTER = rb"[+>|]?[ \t]{0,80}(?:[0-9]{1,6}(?:\t|\xe2\x86\x92)[ \t]?)?"
# Line ends, real or escaped. Each begins with a plain byte, here and below: so `re` looks for
# those alone, and five times as fast.
_ENDS = (rb"\r\n", rb"\n", rb"\\\\{0,15}(?:\r?\n|(?:r\\{1,16})?n)")
_FOLD = re.compile(b"|".join(end + _AFTER for end in _ENDS))
# A character by its number: no control character, no half of a pair.
_NUMBER = rb"u((?:00[2-7A-Fa-f]|0[1-9A-Fa-f][0-9A-Fa-f]|[1-9A-CEFa-cef][0-9A-Fa-f]{2})[0-9A-Fa-f])"
NUMBERED = rb"\\" + _NUMBER
_NUMBERED = re.compile(NUMBERED)
_ESCAPE = re.compile(rb"\\\\{0,15}" + _NUMBER)
_QUOTE = rb"\\\\{0,15}(?=[\"'])()"
_CUT = re.compile(b"|".join((_ESCAPE.pattern, _FOLD.pattern, _QUOTE)))
# What a fold is made of, and more: enough where a regex is only asked whether anything may be
# there. Every range of bytes and every repetition takes memory for each of a thousand places.
_OVER = rb"(?:[\r\n\\][\\nr\t-\r +>|0-9\x86-\xe2]*)?"
_ATOM = re.compile(
    rb"\{([0-9]+)(?:,[0-9]*)?\}|(\(\?[a-z]*:|[()|?*+])|(\\(?:x[0-9a-f]{2}|.)|\[(?:\\.|[^\]\\])*\]|.)",
    re.DOTALL,
)
_ENOUGH = 9  # with 8, `task-checkpoints` would hold what begins a key
# What may be the rest of a token: not the name of the next setting.
_PIECE = re.compile(
    rb"""[A-Za-z0-9_+/.~-]++(?:={1,2}(?=["'`\\]?[\s,;)\]}]|["'`]?\Z)|(?![=:]|\\{1,16}u[0-9A-Fa-f]{4}))""",
)
# What begins many a line without being one: "sha256", the short hash of a commit.
_SHORT = re.compile(rb".{1,7}|[0-9a-f]{1,11}")
_MIXED = re.compile(rb"[0-9][A-Za-z]|[A-Za-z][0-9]|[a-z][A-Z].*[a-z][A-Z]")

# What is announced by a name is looked for over the ends of such lines only: shorter ones
# were not wrapped, they end there.
_WIDE = 40
# A token that is whole already goes on over the ends of such lines.
_NARROW = 20
_WIDEST = 512
_LONGEST = 4_096


class Unfolded:
    """Some bytes without cuts; with `wraps` only without those that a screen makes."""

    def __init__(self, data: bytes, *, wraps: bool = False) -> None:
        """Undo the cuts of `data`."""
        pieces: list[bytes] = []
        self._places, self._origins = [0], [0]
        self._ends: dict[int, int] = {}
        self._folds: list[int] = []
        size = done = 0
        for cut in _CUT.finditer(data):
            start, end = cut.span()
            folded = cut[1] is None and cut[2] is None
            if wraps and folded and not _is_wrap(data, start, end):
                continue
            char = _char(cut)
            pieces += (data[done:start], char)
            size += start - done
            if char:
                self._leads(size, start)
                size += len(char)
                self._ends[size - 1] = end
            elif folded:
                self._folds.append(size)
            self._leads(size, end)
            done = end
        self.data = b"".join((*pieces, data[done:]))

    def _leads(self, place: int, origin: int) -> None:
        self._places.append(place)
        self._origins.append(origin)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return where the bytes from `start` to `end` came from."""
        last = end - 1
        return self._origin(start), self._ends.get(last, self._origin(last) + 1)

    def _origin(self, place: int) -> int:
        index = bisect_right(self._places, place) - 1
        return self._origins[index] + place - self._places[index]

    def line(self, start: int, end: int) -> bytes:
        """Return what is there from `start` to the end of the line that `end` lies in."""
        index = bisect_left(self._folds, end)
        stop = self._folds[index] if index < len(self._folds) else len(self.data)
        return self.data[start : min(stop, end + _LONGEST)]

    def begins_line(self, place: int) -> bool:
        """Tell whether a line began at a place."""
        index = bisect_left(self._folds, place)
        return self._folds[index : index + 1] == [place]

    def stands_alone(self, start: int) -> bool:
        """Tell whether no word runs into `start`, where a line may have begun."""
        index = bisect_right(self._places, start) - 1
        return self._places[index] == start or not self.data[start - 1 : start].isalnum()


def around_escapes(data: bytes) -> bytes:
    """Return what stands near escapes in `data`, with the characters that they stand for."""
    spans: list[tuple[int, int]] = []
    for found in _NUMBERED.finditer(data):
        start, end = max(0, found.start() - _WIDEST), found.end() + _WIDEST
        if spans and start <= spans[-1][1]:
            start, _ = spans.pop()
        spans.append((start, end))
    return b"\0".join(_ESCAPE.sub(_char, data[start:end]) for start, end in spans)


def without_cuts(data: bytes) -> bytes:
    """Return `data` as one line, with neither escapes nor escaped quotes."""
    return _CUT.sub(_char, data)


def over_folds(regex: bytes, *, literals: bool) -> bytes:
    """Return a small regex that finds at least what `regex` does, over any line ends in it.

    Without `literals` only over those that stand where characters may vary.
    """

    def loosen(part: re.Match[bytes]) -> bytes:
        times, between, atom = part.groups()
        if times:
            return b"{%d,}" % min(int(times), _ENOUGH)
        if between or not (literals or atom.startswith(b"[")):
            return between or atom
        return b"(?:%b%b)" % (atom, _OVER)

    return _ATOM.sub(loosen, regex)


def end_of_secret(
    data: bytes, end: int, begins: Callable[[bytes, int], object], *, announced: bool
) -> int:
    """Return where a secret ends whose line does at `end`: it may go on in the next ones.

    `begins` tells whether another one begins at a place. What only a name announces goes on
    in a long line alone.
    """
    width = end - _line(data, end)
    while width >= (_WIDE if announced else _NARROW) and (fold := _FOLD.match(data, end)):
        piece = _PIECE.match(data, fold.end())
        if piece is None or len(piece[0]) > width or not _MIXED.search(piece[0]):
            break
        if begins(data, piece.start()):
            break
        if _SHORT.fullmatch(piece[0]) and data[piece.end() : piece.end() + 1] in {b" ", b"\t"}:
            break
        end = piece.end()
    return end


def pieces(data: bytes) -> list[tuple[int, int]]:
    """Return where the parts lie that line ends cut `data` into."""
    folds = [fold.span() for fold in _FOLD.finditer(data)]
    starts, ends = [0, *(end for _, end in folds)], [*(start for start, _ in folds), len(data)]
    return list(zip(starts, ends, strict=True))


def is_mixed(piece: bytes) -> bool:
    """Tell whether a part of a line looks like one of a token, and not like a word."""
    return _MIXED.search(piece) is not None


def _char(cut: re.Match[bytes]) -> bytes:
    """Return what a cut stands for: a character, or nothing."""
    return chr(int(cut[1], 16)).encode() if cut[1] else b""


def _is_wrap(data: bytes, start: int, end: int) -> bool:
    """Tell whether a line end may be that of a screen, in the middle of a word."""
    around = data[start - 1 : start] + data[end : end + 1]
    return start - _line(data, start) >= _WIDE and end - start <= 2 and not around.split()[1:]


def _line(data: bytes, place: int) -> int:
    """Return where the line of a place begins, as far back as matters."""
    first = max(0, place - _WIDEST)
    escaped = data.rfind(b"\\n", first, place)
    return max(first, data.rfind(b"\n", first, place) + 1, escaped + 2 if escaped >= 0 else 0)
