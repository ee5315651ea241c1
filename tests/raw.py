"""What can be read from the bytes of a data file by somebody who does not ask LMDB."""

import re
from collections.abc import Iterator
from pathlib import Path

import zstandard

_FRAME = re.compile(re.escape(b"\x28\xb5\x2f\xfd"))


def raw_texts(folder: Path) -> Iterator[bytes]:
    """Yield the bytes of every file below a folder, and what its compressed frames hold.

    A frame that lies in a page that is free is found like any other.
    """
    for file in folder.rglob("*"):
        if file.is_file():
            data = file.read_bytes().rstrip(b"\0")
            yield data
            for match in _FRAME.finditer(data):
                try:
                    yield (
                        zstandard.ZstdDecompressor()
                        .decompressobj()
                        .decompress(data[match.start() :])
                    )
                except zstandard.ZstdError:
                    continue


def holds(folder: Path, words: str) -> bool:
    """Tell whether words can be read from any file below a folder."""
    return any(words.encode() in text for text in raw_texts(folder))
