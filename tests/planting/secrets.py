"""Every secret of the table in every form that a transcript may give it, and what is left of it.

All samples are made of a few alphabets, so that a short list of fragments tells whether any
part of any of them is somewhere.
"""

import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import zstandard

from hivemindd.redaction import patterns
from hivemindd.redaction.pattern import Pattern

_FRAGMENT = 8
_STEP = 4
_ZSTD = b"\x28\xb5\x2f\xfd"
_FRAME = 1 << 20

KEY_BODY = [
    f"MIIEk{number:02d}Q7hVx4Tn9RbZ2pXwK7mLq8JfD3sYc6GtN1vHa5UeWo0yPiB" for number in range(9)
]
KEY = "\n".join(
    ["-----BEGIN RSA " + "PRIVATE KEY-----", *KEY_BODY, "-----END RSA " + "PRIVATE KEY-----"]
)


def secret_of(row: Pattern, sample: str) -> tuple[int, int]:
    """Return where the secret lies in a sample, in characters."""
    data = sample.encode()
    found = re.search(row.regex, data)
    assert found
    spans = [found.span(group) for group in range(1, found.re.groups + 1)]
    start, end = next((span for span in spans if span[0] >= 0), found.span())
    return len(data[:start].decode()), len(data[:end].decode())


def _samples() -> Iterator[tuple[Pattern, str]]:
    for row in patterns.TABLE:
        if not row.regex.startswith(rb"\xc2\xab"):  # what stands beside a placeholder
            yield from ((row, sample) for sample in row.samples)


SAMPLES = tuple(_samples())


def plain() -> str:
    """Return all samples, one a line, and a private key."""
    return "\n".join([*(f"see {sample} there" for _, sample in SAMPLES), KEY])


def nested() -> str:
    """Return them as JSON within JSON, with characters spelled out."""
    spelled = [re.sub("[kTZ0c]", lambda char: f"\\u{ord(char[0]):04x}", s) for _, s in SAMPLES]
    inner = json.dumps({"output": plain()})
    return json.dumps({"result": inner, "spelled": "\n".join(spelled)})


def wrapped() -> str:
    """Return them cut in their middle, by a screen of eighty columns."""
    lines = []
    for row, sample in SAMPLES:
        start, end = secret_of(row, sample)
        if "\n" in sample:
            continue
        at = start + (end - start) // 2
        lines.append(f"{'x' * (79 - at)} {sample[:at]}\n{sample[at:]} there")
    return "\n".join(lines)


def in_diff() -> str:
    """Return them as the new lines of a change."""
    return "@@ -0,0 +1,9 @@\n" + "\n".join(f"+{line}" for line in plain().splitlines())


FORMS = (plain, nested, wrapped, in_diff)


def structured() -> dict[str, object]:
    """Return secrets that are announced by what stands beside them in JSON."""
    return {
        "password": "Tr0ub4dor3x9",
        "smtp_pass": "Tr0ub4dor3x9",
        "env": {"API_KEY": "k7Qw2ZpX9vRb4TnM", "nested": [{"client_secret": "k7Qw2ZpX9vRb4Tn"}]},
        "variables": [{"name": "DB_PASSWORD", "value": "Tr0ub4dor3x9"}],
        "args": ["psql", "--password", "Tr0ub4dor3x9", "--api-token", "k7Qw2ZpX9vRb4TnM"],
    }


def _fragments() -> Iterator[str]:
    for row, sample in SAMPLES:
        start, end = secret_of(row, sample)
        secret = sample[start:end]
        for at in range(0, max(1, len(secret) - _FRAGMENT + 1), _STEP):
            fragment = secret[at : at + _FRAGMENT]
            if {char.isdigit() for char in fragment} == {True, False}:  # no name, no number
                yield fragment
    yield from (line[10:40] for line in KEY_BODY)
    yield "Tr0ub4dor"


FRAGMENTS = sorted({each.encode() for each in _fragments()})


def found_in(data: bytes) -> list[str]:
    """Return what is left of secrets in some bytes, with what is around it."""
    places = [data.find(each) for each in FRAGMENTS]
    return [ascii(data[max(0, at - 60) : at + 30]) for at in places if at >= 0]


def texts_of(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file, and what lies compressed anywhere in it."""
    data = path.read_bytes()
    yield data
    place = data.find(_ZSTD)
    while place >= 0:
        try:
            inner = zstandard.ZstdDecompressor().decompressobj()
            yield inner.decompress(data[place : place + _FRAME])
        except zstandard.ZstdError:
            pass
        place = data.find(_ZSTD, place + 1)


def escaped(line: bytes) -> bytes:
    r"""Write a line of JSON with some of the letters in its secrets as `\u....`."""
    for part in (b"k7Qw", b"Tr0u", b"0f1e", b"0F1E", b"Sup3", b"c0rr", b"MIIE"):
        line = line.replace(part, b"\\u%04x%b" % (part[0], part[1:]))
    return line


def mixed(name: str) -> int:
    """Return a number that a name always has, to choose by it."""
    return zlib.crc32(name.encode())
