"""What goes through the pipes between us and a process that works for us.

A frame is its length in 4 bytes, big-endian, and then MessagePack.
"""

from typing import IO, TypeVar

import msgspec

LENGTH_BYTES = 4
MOST_BYTES = 16 << 20

Frame = TypeVar("Frame")


def send(pipe: IO[bytes], frame: object) -> None:
    """Write one frame, which is a struct of `msgspec`.

    Raises:
        ValueError: it is too long, or holds what is no text; nothing was written.
    """
    body = msgspec.msgpack.encode(frame)
    if len(body) > MOST_BYTES:
        raise ValueError(f"a frame of {len(body)} bytes is too long")
    left = memoryview(len(body).to_bytes(LENGTH_BYTES, "big") + body)
    while left:
        left = left[pipe.write(left) :]
    pipe.flush()


def receive(pipe: IO[bytes], kind: type[Frame]) -> Frame | None:
    """Read one frame, None where the pipe has ended.

    Raises:
        ValueError: what came is no such frame.
    """
    head = _read(pipe, LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    length = int.from_bytes(head, "big")
    if length > MOST_BYTES:
        raise ValueError(f"a frame of {length} bytes is too long")
    body = _read(pipe, length)
    return None if len(body) < length else msgspec.msgpack.decode(body, type=kind)


def _read(pipe: IO[bytes], length: int) -> bytes:
    """Return so many bytes, fewer where the pipe ends; one without a buffer gives them in parts."""
    parts: list[bytes] = []
    while length and (part := pipe.read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
