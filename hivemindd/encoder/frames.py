"""What goes through the pipes between us and the process that runs the network.

A frame is its length in 4 bytes, big-endian, and then MessagePack.
"""

from typing import IO, TypeVar

import msgspec

LENGTH_BYTES = 4
MOST_BYTES = 16 << 20

Frame = TypeVar("Frame")


class Question(msgspec.Struct, frozen=True):
    """Pairs of texts that are to be scored."""

    texts: list[tuple[str, str]]


class Answer(msgspec.Struct, frozen=True):
    """Scores for each pair of texts, or why there are none."""

    scores: list[list[float]] = []
    fault: str = ""


def send(pipe: IO[bytes], frame: Question | Answer) -> None:
    """Write one frame."""
    body = msgspec.msgpack.encode(frame)
    pipe.write(len(body).to_bytes(LENGTH_BYTES, "big") + body)
    pipe.flush()


def receive(pipe: IO[bytes], kind: type[Frame]) -> Frame | None:
    """Read one frame, None where the pipe has ended.

    Raises:
        ValueError: what came is no such frame.
    """
    head = pipe.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    length = int.from_bytes(head, "big")
    if length > MOST_BYTES:
        raise ValueError(f"a frame of {length} bytes is too long")
    body = pipe.read(length)
    return None if len(body) < length else msgspec.msgpack.decode(body, type=kind)
