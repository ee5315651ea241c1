"""How to tell whether a transcript is still the file that was read before.

Device and inode alone are not enough: ext4 gives a freed inode to the next file, and
an editor's save or a rewrite keeps the path. A checksum of the bytes just before the
offset (fluent-bit's `offset_marker`) tells both: where it matches, reading goes on;
where it does not, the file is read from its beginning, and events that are known
already are recognised by their ids.
"""

from hashlib import blake2b

from hivemindd.capture.lines import ReadAt
from hivemindd.records import Checkpoint

MARKER_BYTES = 1024


def make_marker(read_at: ReadAt, offset: int) -> bytes:
    """Return the checksum of up to `MARKER_BYTES` bytes that end at the offset."""
    start = max(0, offset - MARKER_BYTES)
    before = read_at(start, offset - start)
    if len(before) != offset - start:
        return b""
    return blake2b(before, digest_size=8).digest()


def continues(checkpoint: Checkpoint, read_at: ReadAt) -> bool:
    """Tell whether the content before the checkpoint's offset is what it was."""
    if not checkpoint.offset:
        return True
    return make_marker(read_at, checkpoint.offset) == checkpoint.marker != b""
