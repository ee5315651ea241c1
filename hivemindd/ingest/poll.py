"""One look at one transcript: what is new in it, and how far that takes us."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from hivemindd.assistants.base import Assistant, Parsed
from hivemindd.capture.checkpoint import continues, make_marker
from hivemindd.capture.lines import Lines, read_lines
from hivemindd.capture.source import ZSTD_SUFFIX, Source
from hivemindd.ingest.discover import sign
from hivemindd.records import Checkpoint

BUDGET = 1 << 19  # bytes of a look, of many short lines fewer
BRIEF = 1 << 17  # while somebody is at work: a live append waits for one look at a backfill
ATTEMPTS = 3
COMPRESSED_BUDGET = 64 << 20  # each look starts the decompression over, so it looks further


class UnreadableStateError(Exception):
    """What a parser was to go on with is damaged, or of another version."""


class Polled(msgspec.Struct):
    """What a look at a transcript brought.

    `more` says that the budget ended first; `waiting` that the file ends in something
    unfinished, which is worth another look once the file has been quiet.
    """

    checkpoint: Checkpoint
    parsed: Parsed
    oversized: int = 0
    more: bool = False
    waiting: bool = False


def logical_path(name: str) -> str:
    """Return the name under which a transcript is remembered, compressed or not."""
    return name.removesuffix(ZSTD_SUFFIX)


def poll(
    path: Path,
    assistant: Assistant,
    checkpoint: Checkpoint | None,
    *,
    named: Path | None = None,
    final: bool = False,
    budget: int = BUDGET,
    opened: Callable[[Path], Source] | None = None,
) -> Polled:
    """Read and parse what came after the checkpoint, from the beginning without one.

    `named` is the path that the assistant knows, where the folders are linked from elsewhere.
    `final` says that the file has been quiet long enough for what waits at its end. `opened`
    opens the transcript in place of `Source`.

    Raises:
        OSError: the file cannot be opened or read; nothing is lost, the next look may.
        UnreadableStateError: the transcript has to be read from its beginning.
    """
    if path.suffix == ZSTD_SUFFIX:
        budget = max(budget, COMPRESSED_BUDGET)
    with (opened or Source)(path) as source:
        state, lines, marker = _read(source, checkpoint, final=final, budget=budget)
        try:
            parser = assistant.parser(named or path, state, source)
        except (ValueError, RecursionError) as error:
            raise UnreadableStateError(f"{path}: {error}") from error
        parsed = parser.feed(_one_by_one(lines.records), final=final and not lines.more)
        parsed.malformed += lines.oversized
        device, inode, size, mtime_ns, ctime_ns = sign(source.status)
        moved = Checkpoint(
            path=str(path),
            assistant=assistant.name,
            device=device,
            inode=inode,
            # Whoever starts here anew must see that there is more to read.
            size=0 if lines.more else size,
            mtime_ns=mtime_ns,
            ctime_ns=ctime_ns,
            offset=lines.offset,
            marker=marker,
            skipping=lines.skipping,
            state=parser.state(),
        )
    return Polled(
        checkpoint=moved,
        parsed=parsed,
        oversized=lines.oversized,
        more=lines.more,
        waiting=not final and (bool(lines.rest) or path.suffix == ".txt"),
    )


def _read(
    source: Source, checkpoint: Checkpoint | None, *, final: bool, budget: int
) -> tuple[bytes, Lines, bytes]:
    """Return the parser's state, the lines that came after it and the marker at their end.

    All three must be of the same content: a file that is replaced in place between two
    reads would give half of each, and its first half would never be read. So who writes
    meanwhile is waited for; who still does after some attempts only appends.
    """
    for attempt in range(ATTEMPTS):
        if attempt:
            source.look()
        state, offset, skipping = b"", 0, False
        if checkpoint is not None and continues(checkpoint, source.read_at):
            state, offset, skipping = checkpoint.state, checkpoint.offset, checkpoint.skipping
        lines = read_lines(source.read_at, offset, skipping=skipping, budget=budget)
        if final and not lines.more:
            _take_rest(lines, source.path)
        marker = make_marker(source.read_at, lines.offset)
        if not source.is_changed():
            break
    return state, lines, marker


def _one_by_one(records: list[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Yield records in their order and let go of each: one may be large."""
    records.reverse()
    while records:
        yield records.pop()


def _take_rest(lines: Lines, path: Path) -> None:
    """Take an unterminated last line where it is whole; half a record stays where it is."""
    if not lines.rest or lines.skipping:
        return
    if path.suffix != ".txt":
        try:
            msgspec.json.decode(lines.rest, type=msgspec.Raw)
        except (ValueError, RecursionError):
            return
    lines.records.append((lines.offset, lines.rest))
    lines.offset += len(lines.rest)
    lines.rest = b""
