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
