"""Transcripts as targets: each parser alone, and the whole way into a log."""

import itertools
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from hivemindd.assistants.base import Assistant, Parsed, Places
from hivemindd.assistants.registry import ASSISTANTS, by_name
from hivemindd.capture.lines import read_lines
from hivemindd.clock import SystemClock
from hivemindd.events import AnyEvent
from hivemindd.ingest.batch import Batch
from hivemindd.ingest.clean import Cleaner
from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.poll import Polled
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from hivemindd.paths import make_private
from hivemindd.records import Checkpoint
from hivemindd.redaction.redactor import shared

SESSION = "0198f000-0000-7000-8000-000000000001"
PATHS = {
    "claude-code": f".claude/projects/-home-dev-shop/{SESSION}.jsonl",
    "codex": f".codex/sessions/2026/11/21/rollout-2026-11-21T07-40-00-{SESSION}.jsonl",
    "cursor": f".cursor/projects/home-dev-shop/agent-transcripts/{SESSION}/{SESSION}.jsonl",
    "cursor-txt": f".cursor/projects/home-dev-shop/agent-transcripts/{SESSION}/{SESSION}.txt",
}
STATE_BYTES = 1 << 18  # of what a parser remembers: more than a few KB, never what a line holds

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(AnyEvent)


class Memory:
    """Some bytes as a transcript, and as every file beside it."""

    def __init__(self, data: bytes) -> None:
        """Keep the bytes."""
        self._data = data

    def read_at(self, offset: int, length: int) -> bytes:
        """Return a part of them."""
        return self._data[offset : offset + length]

    def read_file(self, path: Path, limit: int) -> bytes | None:
        """Return the beginning of them, whatever file is asked for."""
        del path
        return self._data[: min(limit, 2_000)]


def parser(name: str) -> Callable[[bytes], None]:
    """Return the target that parses, in one go and with a restart between any two records."""
    path = Path("/home/dev", PATHS[name])
    assistant = by_name(name.removesuffix("-txt"))

    def check(data: bytes) -> None:
        once, _ = _feed(assistant, path, data, pieces=1)
        pieces, state = _feed(assistant, path, data, pieces=1_000)
        for event in once.events:
            assert _decoder.decode(_encoder.encode(event)) == event
            assert event.ts >= 0
        assert pieces.events == once.events
        assert len(state) <= STATE_BYTES
        row = Checkpoint(
            path=str(path), assistant=assistant.name, device=1, inode=1, size=1, mtime_ns=1
        )
        row = msgspec.structs.replace(row, state=state)
        Batch().add("name", Cleaner(shared(), BlockCodec()).clean(Polled(row, once)), 1)

    return check


def _feed(assistant: Assistant, path: Path, data: bytes, *, pieces: int) -> tuple[Parsed, bytes]:
    """Parse in so many pieces at most, each by a new parser; return all events, and the state."""
    memory, whole, state = Memory(data), Parsed(), b""
    records = read_lines(memory.read_at, 0, budget=sys.maxsize).records
    size = max(1, -(-len(records) // pieces))
    for start in range(0, max(1, len(records)), size):
        part = records[start : start + size]
        made = assistant.parser(path, state, memory)
        parsed = made.feed(part, final=start + size >= len(records))
        whole.events += parsed.events
        whole.facts |= parsed.facts
        whole.unknown |= parsed.unknown
        whole.malformed += parsed.malformed
        whole.notes += parsed.notes
        state = made.state()
    return whole, state


def state(data: bytes) -> None:
    """Go on from a state that has been damaged, or say that it cannot be read."""
    for name, path in PATHS.items():
        assistant = by_name(name.removesuffix("-txt"))
        memory = Memory(b"")
        try:
            made = assistant.parser(Path("/home/dev", path), data, memory)
        except (ValueError, RecursionError):
            continue  # the transcript is read from its beginning
        made.feed([], final=True)
        made.state()


class Whole:
    """The way of a transcript from its folder into the log, restarted after each case."""

    def __init__(self, folder: Path) -> None:
        """Name a scratch folder."""
        self._folder = folder
        self._numbers = itertools.count()
        self._log: Log | None = None

    def check(self, data: bytes) -> None:
        """Write a transcript, which its first byte tells the kind of, and take it in."""
        name = tuple(PATHS)[data[0] % len(PATHS)] if data else "codex"
        home = self._folder / f"home{next(self._numbers)}"
        file = home / PATHS[name]
        file.parent.mkdir(parents=True)
        file.write_bytes(data[1:])
        for _ in range(2):
            ingest = self._start(home)
            ingest.scan()
            ingest.drain(threading.Event(), final=True)
            assert ingest.failures == 0
            assert ingest.is_done
        assert ingest.events == 0, "what is known was stored again"
        file.unlink()

    def _start(self, home: Path) -> Ingest:
        if self._log is None:
            folder = self._folder / "log"
            make_private(folder)
            self._log = open_log(folder)
        return Ingest(self._log, ASSISTANTS, Places(home), SystemClock(), every_n_turns=3)
