"""What is opened as a transcript, and what is not."""

import errno
import os
import random
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from hivemindd.capture.lines import read_lines
from hivemindd.capture.source import AHEAD, NotRegularError, Source, open_regular, read_small

LINES = b"".join(b'{"line":%d}\n' % number for number in range(5000))


def descriptors() -> int:
    """Return how many files this process has open."""
    return len(list(Path("/dev/fd").iterdir()))


def make_socket(path: Path) -> None:
    """Leave a socket file behind."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


class TestOpen:
    """Only regular files, and only by their own name."""

    @pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, make_socket])
    def test_only_a_regular_file_is_a_transcript(
        self, tmp_path: Path, make: Callable[[Path], None]
    ) -> None:
        """A pipe, a folder or a socket of that name is refused, and never waited for."""
        path = tmp_path / "t.jsonl"
        make(path)
        before = descriptors()

        with pytest.raises(OSError, match=r"regular|No such device"):
            Source(path)

        assert descriptors() == before

    def test_a_device_is_refused(self) -> None:
        """It is not read from, however endless."""
        with pytest.raises(NotRegularError):
            open_regular(Path("/dev/zero"))

    def test_a_link_is_not_followed(self, tmp_path: Path) -> None:
        """Not to a file, not to itself, not to nothing."""
        (tmp_path / "secret").write_bytes(LINES)
        for target in ("secret", "t.jsonl", "nothing"):
            link = tmp_path / "t.jsonl"
            link.unlink(missing_ok=True)
            link.symlink_to(target)

            with pytest.raises(OSError, match="symbolic links") as caught:
                Source(link)
            assert caught.value.errno == errno.ELOOP

    def test_a_file_that_is_gone_is_gone(self, tmp_path: Path) -> None:
        """The error says so, for the caller to tell from others."""
        with pytest.raises(FileNotFoundError):
            Source(tmp_path / "t.jsonl")

    @pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
    def test_a_file_that_may_not_be_read_is_refused(self, tmp_path: Path) -> None:
        """And read as soon as it may."""
        path = tmp_path / "t.jsonl"
        path.write_bytes(LINES)
        path.chmod(0)
        with pytest.raises(PermissionError):
            Source(path)

        path.chmod(0o600)
        with Source(path) as source:
            assert source.read_at(0, 10) == LINES[:10]

    def test_no_file_stays_open(self, tmp_path: Path) -> None:
        """Thousands of transcripts take no descriptor between two looks."""
        path = tmp_path / "t.jsonl"
        path.write_bytes(LINES)
        before = descriptors()
        with Source(path) as source:
            assert descriptors() == before + 1
            assert source.read_at(0, 1) == b"{"

        assert descriptors() == before

    def test_the_writer_is_not_disturbed(self, tmp_path: Path) -> None:
        """While we read, the file can be appended to, truncated and removed."""
        path = tmp_path / "t.jsonl"
        path.write_bytes(b"one\n")
        with Source(path) as source:
            with path.open("ab") as writer:
                writer.write(b"two\n")
            assert source.read_at(0, 100) == b"one\ntwo\n"
            os.truncate(path, 0)
            source.look()
            assert source.read_at(0, 100) == b""
            path.unlink()
            assert source.read_at(0, 100) == b""

    @pytest.mark.parametrize("size", [0, 1, AHEAD - 1, AHEAD, AHEAD + 1, 3 * AHEAD])
    def test_it_reads_what_is_there_at_any_offset(self, tmp_path: Path, size: int) -> None:
        """However much of it was read along with what was asked for before."""
        path = tmp_path / "t.jsonl"
        content = random.Random(size).randbytes(size)
        path.write_bytes(content)
        chance = random.Random(0)
        with Source(path) as source:
            for _ in range(300):
                offset = chance.randrange(size + 2)
                length = chance.choice([0, 1, 100, AHEAD, size + 1])
                assert source.read_at(offset, length) == content[offset : offset + length]

    def test_what_came_while_it_was_read_can_be_read_again(self, tmp_path: Path) -> None:
        """A parser goes back to what a look has brought, however long the file was before."""
        path = tmp_path / "t.jsonl"
        content = random.Random(0).randbytes(3 * AHEAD)
        path.write_bytes(content[: AHEAD + 10])
        with Source(path) as source:
            path.write_bytes(content)
            assert source.read_at(AHEAD, len(content)) == content[AHEAD:]
            assert source.read_at(100, 10) == content[100:110]
            assert source.read_at(AHEAD, 1000) == content[AHEAD : AHEAD + 1000]

    def test_what_it_has_read_stays_as_it_was(self, tmp_path: Path) -> None:
        """Until it is told to look: half of one content and half of another is nothing."""
        path = tmp_path / "t.jsonl"
        path.write_bytes(b"one\ntwo\n")
        with Source(path) as source:
            assert source.read_at(0, 4) == b"one\n"
            path.write_bytes(b"six\nten\nall\n")
            assert source.is_changed()
            assert source.read_at(4, 100) == b"two\n"
            source.look()
            assert source.read_at(4, 100) == b"ten\nall\n"


class TestCompressed:
    """Transcripts that their assistant has compressed."""

    @pytest.fixture(name="path")
    def _path(self, tmp_path: Path) -> Path:
        return tmp_path / "t.jsonl.zst"

    def test_it_reads_like_the_original(self, path: Path) -> None:
        """At any offset, forwards and backwards."""
        path.write_bytes(zstandard.compress(LINES))
        chance = random.Random(0)
        with Source(path) as source:
            for _ in range(200):
                offset, length = chance.randrange(len(LINES) + 100), chance.randrange(1, 20_000)
                assert source.read_at(offset, length) == LINES[offset : offset + length]

    def test_many_frames_are_one_file(self, path: Path) -> None:
        """A file that is appended to gets a frame an append."""
        frames = [LINES[at : at + 7001] for at in range(0, len(LINES), 7001)]
        path.write_bytes(b"".join(map(zstandard.compress, frames)))

        with Source(path) as source:
            lines = read_lines(source.read_at, 0)

        assert b"\n".join([record for _, record in lines.records]) + b"\n" == LINES

    @pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
    def test_a_truncated_file_gives_what_it_holds(self, path: Path, share: float) -> None:
        """Only whole lines, and the rest when the rest is there."""
        frame = zstandard.ZstdCompressor(write_content_size=False).compress(LINES * 50)
        path.write_bytes(frame[: int(len(frame) * share)])

        with Source(path) as source:
            data = source.read_at(0, len(LINES) * 50)
            lines = read_lines(source.read_at, 0, budget=1 << 30)

        assert (LINES * 50).startswith(data)
        assert lines.offset == data.rfind(b"\n") + 1

    def test_a_damaged_file_is_an_error(self, path: Path) -> None:
        """One that the caller handles like any file that cannot be read."""
        path.write_bytes(b"this is no zstd\n" * 100)

        with Source(path) as source, pytest.raises(OSError, match="damaged zstd"):
            source.read_at(0, 100)


class TestSmallFiles:
    """Files beside a transcript."""

    def test_a_small_file_is_read(self, tmp_path: Path) -> None:
        """Up to its limit, and not at all beyond."""
        path = tmp_path / "note"
        path.write_bytes(b"12345")

        assert read_small(path, 5) == b"12345"
        assert read_small(path, 4) is None

    def test_what_is_no_file_is_nothing(self, tmp_path: Path) -> None:
        """Absent, a link, a pipe: nothing is read, nothing is raised."""
        (tmp_path / "link").symlink_to("/etc/hostname")
        os.mkfifo(tmp_path / "pipe")

        for name in ("absent", "link", "pipe", "."):
            assert read_small(tmp_path / name, 100) is None

    def test_a_transcript_lends_its_eyes(self, tmp_path: Path) -> None:
        """A parser reads what lies beside its file through the source."""
        (tmp_path / "t.jsonl").write_bytes(LINES)
        (tmp_path / "note").write_bytes(b"12345")

        with Source(tmp_path / "t.jsonl") as source:
            assert source.read_file(tmp_path / "note", 100) == b"12345"
            assert source.read_file(tmp_path / "absent", 100) is None
