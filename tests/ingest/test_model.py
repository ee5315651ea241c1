"""Transcripts under every treatment that files get, against a model of what must arrive.

The model is the definition: what stands in a transcript as a whole line when it is looked
at has arrived from then on, and it has arrived once, whatever happens before and after.
"""

import os
import re
import shutil
import threading
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hivemindd.assistants.base import Places
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.clock import SystemClock
from hivemindd.events import Prompt
from hivemindd.ingest.loop import Ingest
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, read
from hivemindd.log.store import open_log
from hivemindd.log.tables import SESSIONS
from tests.records import ClaudeSession

TOKEN = re.compile(rb"token-\d+-end")
FILES = st.integers(0, 2)
COUNTS = st.integers(1, 4)


class Transcripts(RuleBasedStateMachine):
    """Three transcripts, one log, and everything that can happen between two looks."""

    def __init__(self) -> None:
        """Make a home for this run alone."""
        super().__init__()
        self.folder = TemporaryDirectory()
        self.home = Path(self.folder.name).resolve()
        self.project = self.home / "project"
        self.project.mkdir()
        self.sessions = [
            ClaudeSession(self.home, self.project, f"5e55100{number}-0000-4000-8000-000000000000")
            for number in range(3)
        ]
        self.paths = [session.path for session in self.sessions]
        self.paths[0].parent.mkdir(parents=True)
        self.unfinished = [b"", b"", b""]
        self.tokens = 0
        self.ticks = 0
        self.arrived: set[bytes] = set()
        self.log = open_log(self.home / "log", map_size=1 << 20)
        self.ingest = self._start()

    def _start(self) -> Ingest:
        return Ingest(self.log, [ClaudeCode()], Places(self.home), SystemClock(), every_n_turns=20)

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.log.close()
        self.folder.cleanup()

    def _record(self, file: int) -> bytes:
        """Return a new record with a token of its own, as a line."""
        self.tokens += 1
        message = {"role": "user", "content": f"token-{self.tokens}-end"}
        return self.sessions[file].line("user", message, origin={"kind": "human"})

    def _records(self, file: int, count: int) -> bytes:
        return b"".join(self._record(file) for _ in range(count))

    def _touched(self, path: Path) -> None:
        """Let the clock of the files go on: its ticks are coarse, and tests are fast."""
        self.ticks += 1
        time = 1_790_000_000_000_000_000 + self.ticks * 1_000_000
        os.utime(path, ns=(time, time))

    def _write(self, path: Path, data: bytes, mode: str) -> None:
        with path.open(mode) as file:
            file.write(data)
        self._touched(path)

    def _close_line(self, file: int) -> bytes:
        """Return what ends a torn line, where one stands at the end of a file."""
        path = self.paths[file]
        torn = path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size
        return b"\n" if torn else b""

    @initialize()
    def begin(self) -> None:
        """Start with one record each."""
        for file in range(3):
            self._write(self.paths[file], self._record(file), "ab")

    @rule(file=FILES, count=COUNTS)
    def append(self, file: int, count: int) -> None:
        """Append whole records, after the rest of a half-written one."""
        rest, self.unfinished[file] = self.unfinished[file], b""
        data = (rest or self._close_line(file)) + self._records(file, count)
        self._write(self.paths[file], data, "ab")

    @precondition(lambda self: not all(self.unfinished))
    @rule(file=FILES, share=st.floats(0.01, 1))
    def append_half(self, file: int, share: float) -> None:
        """Append the beginning of a record: up to all of it but the newline."""
        if self.unfinished[file]:
            return
        record = self._record(file)
        cut = min(len(record) - 1, int(len(record) * share) + 1)
        self.unfinished[file] = record[cut:]
        self._write(self.paths[file], self._close_line(file) + record[:cut], "ab")

    @rule(file=FILES)
    def save_by_renaming(self, file: int) -> None:
        """Write the same content to a new file and put it in the place of the old."""
        path = self.paths[file]
        if path.exists():
            shutil.copyfile(path, path.with_suffix(".tmp"))
            self._touched(path.with_suffix(".tmp"))
            path.with_suffix(".tmp").rename(path)

    @rule(file=FILES, count=COUNTS)
    def delete_and_make_again(self, file: int, count: int) -> None:
        """Remove the file and begin another of the same name, maybe with the same inode."""
        self.paths[file].unlink(missing_ok=True)
        self.unfinished[file] = b""
        self._write(self.paths[file], self._records(file, count), "xb")

    @rule(file=FILES)
    def delete(self, file: int) -> None:
        """Remove the file."""
        self.paths[file].unlink(missing_ok=True)
        self.unfinished[file] = b""

    @rule(file=FILES, share=st.sampled_from([0.0, 0.3, 0.7, 0.99]))
    def truncate(self, file: int, share: float) -> None:
        """Cut the file, anywhere."""
        path = self.paths[file]
        if path.exists():
            os.truncate(path, int(path.stat().st_size * share))
            self._touched(path)
            self.unfinished[file] = b""

    @rule(file=FILES, count=COUNTS)
    def rewrite_longer(self, file: int, count: int) -> None:
        """Replace the content in place by something else that is longer."""
        path = self.paths[file]
        before = path.read_bytes().count(b"\n") if path.exists() else 0
        self.unfinished[file] = b""
        self._write(path, self._records(file, before + count), "wb")

    @rule(file=FILES, count=COUNTS)
    def rewrite_with_a_new_head(self, file: int, count: int) -> None:
        """Put records before those that are there, as a compaction does."""
        path = self.paths[file]
        old = path.read_bytes() if path.exists() else b""
        self._write(path, self._records(file, count) + old, "wb")

    @rule(file=FILES, other=FILES)
    def fork(self, file: int, other: int) -> None:
        """Copy the history of one transcript into another, as resuming does."""
        source, target = self.paths[file], self.paths[other]
        if source.exists() and file != other:
            self.unfinished[other] = b""
            whole = source.read_bytes()
            self._write(target, whole[: whole.rfind(b"\n") + 1], "wb")

    @rule(file=FILES, folder=st.sampled_from(["-project", "-moved", "-else"]))
    def move(self, file: int, folder: str) -> None:
        """Move the file to another project."""
        path = self.paths[file]
        target = path.parent.parent / folder / path.name
        target.parent.mkdir(exist_ok=True)
        if path.exists():
            path.rename(target)
        self.paths[file] = target

    @rule(file=FILES, other=FILES)
    def swap(self, file: int, other: int) -> None:
        """Exchange the names of two files."""
        first, second = self.paths[file], self.paths[other]
        if first.exists() and second.exists() and file != other:
            third = first.with_suffix(".tmp")
            first.rename(third)
            second.rename(first)
            third.rename(second)
            self.unfinished[file], self.unfinished[other] = (
                self.unfinished[other],
                self.unfinished[file],
            )

    @rule(file=FILES)
    def link(self, file: int) -> None:
        """Give the file a second name, and a link that must not be followed."""
        path = self.paths[file]
        if path.exists():
            name = path.with_name(f"5e5510{self.tokens:02x}-1111-4000-8000-{self.ticks:012d}.jsonl")
            name.unlink(missing_ok=True)
            name.hardlink_to(path)
            name.with_name(f"a{name.name[1:]}").unlink(missing_ok=True)
            name.with_name(f"a{name.name[1:]}").symlink_to(path)

    @rule()
    def restart(self) -> None:
        """Close everything and begin again from the log."""
        self.log.close()
        self.log = open_log(self.home / "log", map_size=1 << 20)
        self.ingest = self._start()

    @rule(final=st.booleans())
    def look(self, *, final: bool) -> None:
        """Scan all folders; when files are quiet, a last line needs no newline."""
        self.ingest.scan()
        self.ingest.drain(threading.Event(), final=final)
        for path in self.home.rglob("*.jsonl"):
            if not path.is_symlink():
                self._expect(path)
        self._check()

    @rule(file=FILES)
    def look_at_one(self, file: int) -> None:
        """Follow a hint to one file."""
        self.ingest.hint([self.paths[file]])
        self.ingest.drain(threading.Event())
        if self.paths[file].exists():
            self._expect(self.paths[file])
        self._check()

    def _expect(self, path: Path) -> None:
        for line in path.read_bytes().split(b"\n")[:-1]:
            if line.endswith(b"}"):
                self.arrived.update(TOKEN.findall(line))

    def _check(self) -> None:
        """Compare the log with the model: nothing missing, nothing twice."""
        with self.log.read() as txn:
            packed = [data for row in SESSIONS.rows(txn) for data in blocks(txn, row)]
        texts = [event.text for _, event in read(packed, BlockCodec()) if isinstance(event, Prompt)]
        counts = Counter(text.encode() for text in texts)

        assert self.arrived - counts.keys() == set(), "lost"
        assert {text: count for text, count in counts.items() if count > 1} == {}, "twice"

    @invariant()
    def descriptors_are_closed(self) -> None:
        """No transcript stays open between two looks."""
        opened = Path("/dev/fd").iterdir()
        assert not [file for file in opened if os.path.realpath(file).endswith(".jsonl")]


def test_everything_arrives_once() -> None:
    """Nothing that was there when it was looked at is lost, and nothing comes twice."""
    run_state_machine_as_test(
        Transcripts, settings=settings(max_examples=60, stateful_step_count=30)
    )
