"""Damage to what a program wrote: to its structure where it is JSON, and to its bytes."""

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

NODES = 400  # of a record, at most: what lies behind is as good as what lies before
PUMPED = 200_000


class Pairs(list[tuple[str, Any]]):
    """A JSON object that may hold a key twice."""


class Text(str):
    """JSON as it is to be written, whether or not it is any."""

    __slots__ = ()


ODD = (
    *("null", "true", "0", "-1", "1e999", "-0.0", "NaN", "[]", "{}", '""', '"0"', "1.5", "[null]"),
    *("18446744073709551616", "-9223372036854775809", "9" * 40, "9" * 5_000, "1" + "0" * 400),
    *(r'"\ud800"', r'"\udfff\ud800"', r'"\u0000"', '"\u202e\u2028\U0001f600"', '"\x7f\x1b[31m"'),
    *('"/"', '"../../etc"', '"' + "x" * 5_000 + '"', '"' + "/a" * 2_000 + '"', '[{"a":[{}]}]'),
    *('"0001-01-01T00:00:00+23:59"', '"9999-12-31T23:59:59-23:59"', '"1969-12-31T23:59:59Z"'),
    *('{"type":"text","text":1}', '[{"type":"text","text":"x"}]', '{"":{"":""}}', "[[[]]]"),
)
"""Values that stand where others belong."""

_CHUNKS = (
    *(b"\n", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"{", b'{"', b"}", b"[", b"]", b'"', b"\\"),
    *(b"\\ud800", b" ", b"\t", b"<", b"<system-reminder>", b"</user_query>", b"*** Begin Patch\n"),
    *(b"*** Update File: a\n", b"@@\n", b"+\n", b"/SKILL.md", b"- a: b\n", b"a/", b"**/", b"="),
)


def mutate(data: bytes, rng: Random) -> bytes:
    """Return some lines with up to four of them, or their order, or their bytes changed."""
    lines = data.split(b"\n")
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(lines))
        change = rng.choice(_CHANGES)
        lines[at : at + 1] = change(lines[at], rng)
        lines = lines or [b""]
    return b"\n".join(lines)


def _restructure(line: bytes, rng: Random) -> list[bytes]:
    """Change a record in one to three places."""
    try:
        value = json.loads(line, object_pairs_hook=Pairs)
        for _ in range(rng.randint(1, 3)):
            if places := list(_places(value)):
                holder, at = rng.choice(places)
                rng.choice(_EDITS)(holder, at, rng)
        return [write(value).encode("utf-8", "surrogatepass")]
    except (ValueError, RecursionError):
        return _scar(line, rng)


def _places(value: Any) -> Iterator[tuple[list[Any], int]]:
    """Yield (list or object, index) of what a value holds, the outermost first."""
    todo = [value] if isinstance(value, list) else []
    count = 0
    while todo and count < NODES:
        holder = todo.pop(0)
        for at in range(len(holder)):
            inner = _value(holder, at)
            yield holder, at
            count += 1
            if isinstance(inner, list):
                todo.append(inner)


def _value(holder: list[Any], at: int) -> Any:
    return holder[at][1] if isinstance(holder, Pairs) else holder[at]


def _put(holder: list[Any], at: int, value: Any) -> None:
    holder[at] = (holder[at][0], value) if isinstance(holder, Pairs) else value


def _drop(holder: list[Any], at: int, _: Random) -> None:
    del holder[at]


def _rename(holder: list[Any], at: int, rng: Random) -> None:
    if isinstance(holder, Pairs):
        names = ["", "type", "id", "content", holder[rng.randrange(len(holder))][0]]
        holder[at] = (rng.choice(names), holder[at][1])


def _double(holder: list[Any], at: int, rng: Random) -> None:
    """Give a key a second value, or an item a twin."""
    twin = holder[at]
    holder.insert(rng.randint(0, len(holder)), twin)
    if rng.random() < 0.5:
        _put(holder, at, Text(rng.choice(ODD)))


def _retype(holder: list[Any], at: int, rng: Random) -> None:
    _put(holder, at, Text(rng.choice(ODD)))


def _swap(holder: list[Any], at: int, rng: Random) -> None:
    other = rng.randrange(len(holder))
    one, two = _value(holder, at), _value(holder, other)
    _put(holder, at, two)
    _put(holder, other, one)


def _bury(holder: list[Any], at: int, rng: Random) -> None:
    """Put a value deep into lists or objects."""
    depth = rng.choice((2, 30, 40, 200, 480, 900, 960, 1_100, 20_000))
    inner = write(_value(holder, at))
    left, right = rng.choice((("[", "]"), ('{"a":', "}"), ('[{"content":', "}]")))
    _put(holder, at, Text(left * depth + inner + right * depth))


def _swell(holder: list[Any], at: int, rng: Random) -> None:
    """Repeat a piece of a text many times."""
    value = _value(holder, at)
    piece = str(value)[:20] if isinstance(value, str) and value else "\n"
    piece = rng.choice((piece, piece[:1], *(each.decode("utf-8", "replace") for each in _CHUNKS)))
    count = rng.randint(1, PUMPED // max(1, len(piece)))
    _put(holder, at, rng.choice(("", piece)) + piece * count + rng.choice(("", piece[:1], "x")))


def _inside(holder: list[Any], at: int, rng: Random) -> None:
    """Change the JSON that a text holds, such as the arguments of a call."""
    value = _value(holder, at)
    if isinstance(value, str) and value[:1] in {"{", "["}:
        (line,) = _restructure(value.encode("utf-8", "surrogatepass"), rng)
        _put(holder, at, line.decode("utf-8", "replace"))
    else:
        _retype(holder, at, rng)


_EDITS: tuple[Callable[[list[Any], int, Random], None], ...] = (
    *(_drop, _rename, _double, _retype, _retype, _swap, _bury, _swell, _inside, _inside),
)


def _scar(line: bytes, rng: Random) -> list[bytes]:
    """Cut bytes out, put some in, or repeat a few of them."""
    start = rng.randint(0, len(line))
    end = rng.randint(start, min(len(line), start + 40))
    piece = rng.choice((b"", rng.choice(_CHUNKS), line[start:end] * rng.randint(2, 9)))
    if rng.random() < 0.1:
        piece = (piece or line[start:end] or b" ")[:12]
        piece *= rng.randint(1, PUMPED // len(piece))
    return [line[:start] + piece + line[end:]]


def _cut(line: bytes, rng: Random) -> list[bytes]:
    """Lose the end of a line, with its newline or without."""
    return [line[: rng.randint(0, len(line))], *([b""] if rng.random() < 0.5 else [])]


def _glue(line: bytes, rng: Random) -> list[bytes]:
    """Put a torn piece of a line before the whole of it."""
    return [line[: rng.randint(0, len(line))] + line]


def _again(line: bytes, _: Random) -> list[bytes]:
    return [line, line]


def _lose(_line: bytes, _: Random) -> list[bytes]:
    return []


_CHANGES: tuple[Callable[[bytes, Random], list[bytes]], ...] = (
    *(_restructure, _restructure, _restructure, _restructure, _scar, _cut, _glue, _again, _lose),
)


def write(value: Any) -> str:
    """Return a value as JSON in one line, with what is odd in it as it is."""
    match value:
        case Text():
            return str(value)
        case Pairs():
            return "{" + ",".join(f"{json.dumps(key)}:{write(each)}" for key, each in value) + "}"
        case list():
            return "[" + ",".join(map(write, value)) + "]"
        case _:
            return json.dumps(value)
