"""Is it still the file that was read before?"""

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hivemindd.capture.checkpoint import MARKER_BYTES, continues, make_marker
from hivemindd.capture.source import Source
from hivemindd.records import Checkpoint


def mark(path: Path, offset: int | None = None) -> Checkpoint:
    """Return the checkpoint of a file that was read up to an offset, by default to its end."""
    with Source(path) as source:
        at = source.status.st_size if offset is None else offset
        return Checkpoint(
            path=str(path),
            assistant="codex",
            device=source.status.st_dev,
            inode=source.status.st_ino,
            size=source.status.st_size,
            mtime_ns=source.status.st_mtime_ns,
            offset=at,
            marker=make_marker(source.read_at, at),
        )


def still(checkpoint: Checkpoint, path: Path) -> bool:
    """Tell whether a file goes on where the checkpoint stands."""
    with Source(path) as source:
        return continues(checkpoint, source.read_at)


def write(folder: Path, data: bytes, name: str = "t.jsonl") -> Path:
    """Write a file."""
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_file_that_grew_goes_on(tmp_path: Path) -> None:
    """An append changes nothing before the offset."""
    path = write(tmp_path, b"one\n")
    checkpoint = mark(path)
    with path.open("ab") as file:
        file.write(b"two\n")

    assert still(checkpoint, path)


def test_a_file_of_which_nothing_was_read_goes_on(tmp_path: Path) -> None:
    """There is nothing that could have changed."""
    checkpoint = mark(write(tmp_path, b"half a li"), 0)

    assert still(checkpoint, write(tmp_path, b"something else\n"))
    assert still(checkpoint, write(tmp_path, b""))


def test_a_truncated_file_begins_anew(tmp_path: Path) -> None:
    """To nothing, or to less than was read."""
    path = write(tmp_path, b"one\ntwo\n")
    checkpoint = mark(path)

    for length in (0, 1, 4, 7):
        os.truncate(path, length)
        assert not still(checkpoint, path)


def test_a_file_rewritten_longer_begins_anew(tmp_path: Path) -> None:
    """Its size alone would not tell."""
    path = write(tmp_path, b"one\ntwo\n")
    checkpoint = mark(path)
    path.write_bytes(b"three\nfour\nfive\n")

    assert not still(checkpoint, path)


def test_another_file_with_the_same_inode_begins_anew(tmp_path: Path) -> None:
    """A freed inode is given to the next file: only the content tells."""
    path = write(tmp_path, b"one\ntwo\n")
    checkpoint = mark(path)
    path.unlink()
    write(tmp_path, b"three\nfour\nfive\n")

    assert not still(checkpoint, path)


def test_a_file_saved_by_renaming_goes_on(tmp_path: Path) -> None:
    """A new inode with the same content is the same transcript."""
    path = write(tmp_path, b"one\ntwo\n")
    checkpoint = mark(path)
    write(tmp_path, b"one\ntwo\nthree\n", "t.jsonl.tmp").rename(path)

    assert path.stat().st_ino != checkpoint.inode
    assert still(checkpoint, path)


def test_a_shared_header_is_not_the_same_file(tmp_path: Path) -> None:
    """A fork copies the beginning; what counts is what stands before the offset."""
    header = b"header " * 1000 + b"\n"
    checkpoint = mark(write(tmp_path, header + b"one\n"))

    assert not still(checkpoint, write(tmp_path, header + b"two\nthree\n", "fork.jsonl"))


def test_a_file_that_shrinks_while_it_is_read_has_no_marker(tmp_path: Path) -> None:
    """The next look then begins anew, since nothing vouches for the offset."""
    path = write(tmp_path, b"one\n")
    checkpoint = mark(path, 100)

    assert checkpoint.marker == b""
    path.write_bytes(b"x" * 200)
    assert not still(checkpoint, path)


@given(st.binary(min_size=1, max_size=3 * MARKER_BYTES), st.data())
def test_any_change_just_before_the_offset_is_seen(content: bytes, data: st.DataObject) -> None:
    """One bit in the bytes that the marker covers is enough; bytes after it do not count."""
    offset = data.draw(st.integers(1, len(content)))
    changed = data.draw(st.integers(max(0, offset - MARKER_BYTES), offset - 1))
    other = bytearray(content)
    other[changed] ^= 1
    marker = make_marker(lambda at, length: content[at : at + length], offset)

    assert marker != make_marker(lambda at, length: bytes(other[at : at + length]), offset)
    assert marker == make_marker(lambda at, length: content[:offset][at : at + length], offset)
