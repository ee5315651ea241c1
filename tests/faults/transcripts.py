"""Transcripts under every treatment that files get, against a model of what must arrive.

The model is the definition: what stands in a transcript as a whole line when it is looked
at has arrived from then on, and it has arrived once, whatever happens before and after.
"""

import json
import os
import re
import shutil
import threading
from collections import Counter
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from hivemindd.capture.lines import READ_BYTES
from hivemindd.events import Prompt
from hivemindd.ingest.poll import BUDGET
from hivemindd.ingest.reader import WORTH
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, read
from hivemindd.log.opening import open_log
from hivemindd.log.tables import SESSIONS
from tests.faults.seams import SEAMS, Seams, die_at
from tests.records import ClaudeSession

WIDE = "\u20ac\U0001f600"  # three and four bytes, as JSON.stringify leaves them
TOKEN = re.compile(rf"token-\d{{6}}-{WIDE}-end".encode())
IDENTITY = re.compile(rb'"uuid":"[^"]{36}"')
FILES = st.integers(0, 2)
COUNTS = st.integers(1, 4)
TEARS = {"character": "\u20ac".encode()[1:], "newline": b"\n", "crlf": b"\r\n"}


class Transcripts(RuleBasedStateMachine):
    """Three transcripts, one log, and everything that can happen between two looks."""

    worth = WORTH

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
        self.wide = 0
        self.identities = 0
        self.ticks = 0
        self.never = threading.Event()
        self.arrived: set[bytes] = set()
        self.seams = Seams(self.worth)
        self._open()

    def _open(self) -> None:
        self.log = open_log(self.home / "log", map_size=1 << 20)
        self.ingest = self.seams.ingest(self.log, self.home)

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.log.close()
        self.folder.cleanup()

    def _record(self, file: int, padding: str = "") -> bytes:
        """Return a new record with a token of its own, as a line of raw UTF-8."""
        self.tokens += 1
        message = {"role": "user", "content": f"token-{self.tokens:06}-{WIDE}-end"}
        line = self.sessions[file].line("user", message, origin={"kind": "human"})
        record = {"padding": padding, **json.loads(line)}
        return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

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

    @precondition(lambda self: not all(self.unfinished))
    @rule(file=FILES, tear=st.sampled_from(sorted(TEARS)))
    def tear(self, file: int, tear: str) -> None:
        """Append a record up to the middle of a character, or of what ends a line."""
        if self.unfinished[file]:
            return
        record = self._record(file)
        if tear == "crlf":
            record = record[:-1] + b"\r\n"
        cut = record.index(TEARS[tear]) + (tear == "crlf")
        self.unfinished[file] = record[cut:]
        self._write(self.paths[file], self._close_line(file) + record[:cut], "ab")

    @precondition(lambda self: self.wide < 2)
    @rule(file=FILES, edge=st.sampled_from([READ_BYTES, BUDGET]), shift=st.integers(0, 2))
    def append_wide(self, file: int, edge: int, shift: int) -> None:
        """Append a record in which what is read at once ends within a character."""
        self.wide += 1
        rest, self.unfinished[file] = self.unfinished[file], b""
        padding = "x" * shift + "\u20ac" * (edge // 3)
        data = (rest or self._close_line(file)) + self._record(file, padding)
        self._write(self.paths[file], data + self._record(file), "ab")

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

    @rule(file=FILES)
    def rewrite_unnoticed(self, file: int) -> None:
        """Replace the content in place by as much, and set the time of the change back."""
        path = self.paths[file]
        if not path.exists():
            return
        before = path.stat()
        with path.open("r+b") as opened:
            opened.write(self._others(path.read_bytes()))
        while path.stat().st_ctime_ns == before.st_ctime_ns:  # its clock has coarse ticks
            path.touch()
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def _others(self, content: bytes) -> bytes:
        """Return as many bytes with other records in them."""

        def token(_: re.Match[bytes]) -> bytes:
            self.tokens += 1
            return f"token-{self.tokens:06}-{WIDE}-end".encode()

        def identity(_: re.Match[bytes]) -> bytes:
            self.identities += 1
            return f'"uuid":"{self.identities:036}"'.encode()

        return IDENTITY.sub(identity, TOKEN.sub(token, content))

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

    @rule(file=FILES)
    def rename(self, file: int) -> None:
        """Give the file another name in its folder."""
        path = self.paths[file]
        self.paths[file] = path.with_name(f"5e5510{self.ticks:02x}-2222{path.name[13:]}")
        self.ticks += 1
        if path.exists():
            path.rename(self.paths[file])

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
        self._open()

    @rule(seam=st.sampled_from(SEAMS), nth=COUNTS)
    def kill(self, seam: str, nth: int) -> None:
        """Look in a process that is killed at some point, or is not, and begin again."""
        self.log.close()
        done = die_at(self.home, seam, nth)
        self._open()
        if done:
            self._expect_all()
        self._check()

    @rule(final=st.booleans())
    def look(self, *, final: bool) -> None:
        """Scan all folders; when files are quiet, a last line needs no newline."""
        self.ingest.scan()
        self.ingest.drain(threading.Event(), final=final)
        self._expect_all()
        self._check()

    @rule(
        file=FILES,
        seam=st.sampled_from(SEAMS),
        nth=COUNTS,
        treatment=st.sampled_from(
            ["delete", "rewrite_unnoticed", "save_by_renaming", "rename", "truncate", "replace"]
        ),
    )
    def look_meanwhile(self, file: int, seam: str, nth: int, treatment: str) -> None:
        """Look while a file is treated between list, stat, open, read and commit.

        What the look brings of it is open; the next one has to bring what is there then.
        """
        treatments = {
            "truncate": lambda: self.truncate(file, 0.7),
            "replace": lambda: self.rewrite_longer(file, 2),
        }
        self.seams.arm(
            seam, nth, treatments.get(treatment) or partial(getattr(self, treatment), file)
        )
        try:
            self.ingest.scan()
            self.ingest.drain(threading.Event())
        finally:
            self.seams.disarm()
        self._check()

    @rule(file=FILES)
    def look_at_one(self, file: int) -> None:
        """Follow a hint to one file."""
        self.ingest.hint([self.paths[file]])
        self.ingest.drain(threading.Event())
        if self.paths[file].exists():
            self._expect(self.paths[file])
        self._check()

    def _expect_all(self) -> None:
        for path in self.home.rglob("*.jsonl"):
            if not path.is_symlink():
                self._expect(path)

    def _expect(self, path: Path) -> None:
        for line in path.read_bytes().split(b"\n")[:-1]:
            if line.rstrip(b"\r").endswith(b"}"):
                self.arrived.update(TOKEN.findall(line))

    def _check(self) -> None:
        """Compare the log with the model: nothing missing, nothing twice."""
        assert self.ingest.failures == 0
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
