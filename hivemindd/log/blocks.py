"""Blocks: events as they lie in the log, MessagePack in one zstd frame per block.

Events of a session compress about twice as well together as alone, so a small last
block is merged with what comes next instead of standing beside it.
"""

from collections.abc import Sequence
from typing import TypeVar

import msgspec
import zstandard

from hivemindd.events import AnyEvent, Event
from hivemindd.log.datafile import DamagedLogError

Decoded = TypeVar("Decoded")

BLOCK_EVENTS = 64
BLOCK_BYTES = 262_144
MERGE_BYTES = 4_096
_LEVEL = 1


class Block(msgspec.Struct, frozen=True, array_like=True):
    """Some consecutive events of one transcript, each already encoded."""

    path: str
    events: list[msgspec.Raw]


class _Decoded(msgspec.Struct, frozen=True, array_like=True):
    path: str
    events: list[AnyEvent]


class BlockCodec:
    """Packs and unpacks blocks; one per thread, since a zstd context is not shared."""

    def __init__(self) -> None:
        """Make the encoder, the decoders and the zstd contexts."""
        self._encoder = msgspec.msgpack.Encoder()
        self._raw = msgspec.msgpack.Decoder(Block)
        self._typed = msgspec.msgpack.Decoder(_Decoded)
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
        self._decompressor = zstandard.ZstdDecompressor()

    def encode_event(self, event: Event) -> bytes:
        """Return one event as MessagePack."""
        return self._encoder.encode(event)

    def pack(self, path: str, events: Sequence[bytes]) -> bytes:
        """Return the block of some encoded events of one transcript."""
        block = Block(path, [msgspec.Raw(event) for event in events])
        return self._compressor.compress(self._encoder.encode(block))

    def unpack(self, data: bytes) -> Block:
        """Return the block with its events still encoded.

        Raises:
            DamagedLogError: it is not what was packed.
        """
        return self._decode(self._raw, data)

    def read(self, data: bytes) -> tuple[str, list[AnyEvent]]:
        """Return the transcript's path and its events.

        Raises:
            DamagedLogError: it is not what was packed.
        """
        block = self._decode(self._typed, data)
        return block.path, block.events

    def _decode(self, decoder: "msgspec.msgpack.Decoder[Decoded]", data: bytes) -> Decoded:
        try:
            return decoder.decode(self._decompressor.decompress(data))
        except (zstandard.ZstdError, ValueError, RecursionError, MemoryError) as error:
            raise DamagedLogError(f"a block of events cannot be read: {error}") from error


def split(events: Sequence[bytes]) -> list[list[bytes]]:
    """Divide encoded events into blocks of bounded count and size, in order."""
    parts: list[list[bytes]] = []
    size = BLOCK_BYTES
    for event in events:
        if not parts or len(parts[-1]) >= BLOCK_EVENTS or size + len(event) > BLOCK_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(event)
        size += len(event)
    return parts
