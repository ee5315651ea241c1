"""One kind of secret: what it looks like, with samples of it and of what it is not."""

from collections.abc import Callable

import msgspec


class Pattern(msgspec.Struct, frozen=True):
    """One kind of secret.

    `regex` needs no context at its ends, so that it also matches in the middle of raw
    msgpack; `alone` adds, for text, that no word runs into it. Every match begins with one
    of `starts`, in lower case. `check` has the last word on what the group captured, and is
    told whether that is sure to be a literal and not a name in code. What stands in `unless`, in
    lower case, says right before a match that it is none. `gate` is a part of
    `regex` that is cheaper to look for, where a long class comes first. `lined` says
    that a word with digits that ends its line is a secret too. What is `innocent` looks like it and
    stays as it is.
    """

    kind: str
    regex: bytes
    samples: tuple[str, ...]
    starts: tuple[bytes, ...]
    alone: bool = False
    check: Callable[[bytes, bool], bool] | None = None
    unless: tuple[bytes, ...] = ()
    gate: bytes = b""
    lined: bool = False
    innocent: tuple[str, ...] = ()


WORD = "[A-Za-z0-9]"
HEX = "[0-9a-f]"


def fill(length: int, chars: str = WORD) -> str:
    """Return `length` varied characters of a class that nobody takes for a real secret."""
    alphabet = "k7Qw2ZpX9vRb4TnM" if "A-Za-z" in chars else "0F1E2D3C4B5A6978"
    alphabet = alphabet.lower() if "a-f" in chars else alphabet
    return (alphabet * (length // len(alphabet) + 1))[:length]
