"""What goes through the pipes between us and a process that works for us.

A frame is its length in 4 bytes, big-endian, and then MessagePack.
"""

import select
import time
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


def is_ready(pipe: IO[bytes], seconds: float) -> bool:
    """Tell whether there is something to read, or the end, within so many seconds."""
    # `select` would refuse a descriptor beyond 1,023.
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def receive(pipe: IO[bytes], kind: type[Frame], *, within: float | None = None) -> Frame | None:
    """Read one frame, None where the pipe has ended; `within` some seconds the pipe has no buffer.

    Raises:
        TimeoutError: the frame was not whole by then.
        ValueError: what came is no such frame.
    """
    until = None if within is None else time.monotonic() + within
    head = _read(pipe, LENGTH_BYTES, until)
    if len(head) < LENGTH_BYTES:
        return None
    length = int.from_bytes(head, "big")
    if length > MOST_BYTES:
        raise ValueError(f"a frame of {length} bytes is too long")
    body = _read(pipe, length, until)
    return None if len(body) < length else msgspec.msgpack.decode(body, type=kind)


def _read(pipe: IO[bytes], length: int, until: float | None) -> bytes:
    """Return so many bytes, fewer where the pipe ends; one without a buffer gives them in parts."""
    parts: list[bytes] = []
    while length:
        if until is not None and not is_ready(pipe, max(0.0, until - time.monotonic())):
            raise TimeoutError("an answer stopped in its middle")
        if not (part := pipe.read(length)):
            break
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
