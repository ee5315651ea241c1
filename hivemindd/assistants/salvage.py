"""What a damaged line of JSON still holds.

A writer that is killed, or two that share a file, leave lines that no strict decoder
takes: half a record with the next one glued to it, lone surrogates, NULs, NaN. The
strict decoder stays the common path; a parser comes here when it has refused a line.
"""

import json
from collections.abc import Iterator
from typing import Any

TRIES = 128


def decode_loosely(line: bytes) -> tuple[list[dict[str, Any]], bool]:
    """Return the records that a line holds, and whether a part of it had to be dropped.

    Mostly one record comes back. Two do where the newline between them was never
    written, none where nothing can be read. Bytes that are no UTF-8 and lone surrogates
    become U+FFFD, NaN and the infinities become None, a byte order mark and NULs are
    skipped. From behind a torn record only such are taken as reach the end of the line
    and do not stand where a value of the torn one would (unless they open with the same
    key), so that an object inside it is not mistaken for a record. The work is bounded by
    `TRIES` attempts. Never raises.
    """
    text = line.decode("utf-8", errors="replace").strip("\ufeff\0 \t\r\n")
    if not text:
        return [], bool(line.strip())
    records, end = _chain(text, 0)
    if end == len(text):
        return records, False
    for start in _openings(text):
        suffix, reached = _chain(text, start)
        if reached == len(text):
            return suffix, True
    return records, True


def _chain(text: str, at: int) -> tuple[list[dict[str, Any]], int]:
    """Decode objects that follow one another; say where the last good one ends."""
    records: list[dict[str, Any]] = []
    while at < len(text):
        try:
            value, end = _DECODER.raw_decode(text, at)
            if not isinstance(value, dict):
                break
            records.append(_encodable(value))
        except (ValueError, RecursionError):
            break
        at = end
        while at < len(text) and text[at] in "\0 \t\r\n":
            at += 1
    return records, at


def _openings(text: str) -> Iterator[int]:
    """Yield where a record may begin: first where one opens like the line itself does."""
    key = text.find('":', 0, 80)
    tries = 0
    for needle in (text[: key + 2], '{"') if key > 0 else ('{"',):
        at = text.find(needle, 1)
        while at > 0 and tries < TRIES:
            if len(needle) > 2 or text[at - 1] not in "[:,":
                tries += 1
                yield at
            at = text.find(needle, at + 1)


def _encodable(value: Any) -> Any:
    """Replace what UTF-8 cannot hold inside a decoded value."""
    if isinstance(value, str):
        if value.isascii():
            return value
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return value


def _nothing(_: str) -> None:
    """Stand in for a number that JSON does not have."""


_DECODER = json.JSONDecoder(strict=False, parse_constant=_nothing)
