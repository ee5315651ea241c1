"""Whole lines, whatever the bytes, the chunks, the budget and the moments of looking."""

import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from hivemindd.capture.lines import READ_BYTES, SHORT, Lines, ReadAt, read_lines

BYTES = st.binary(max_size=60) | st.lists(
    st.sampled_from([b"a", b"bc", b"\n", b"\r", b"\0", b"\xff", "\u00e4".encode()]), max_size=60
).map(b"".join)


def reader(data: bytes, chunk: int = READ_BYTES) -> ReadAt:
    """Return a file of some bytes that gives at most `chunk` of them at once."""

    def read_at(offset: int, length: int) -> bytes:
        return data[offset : offset + min(length, chunk)]

    return read_at


def expect(data: bytes, max_line: int) -> tuple[list[tuple[int, bytes]], int, bytes]:
    """Return the records, the number of over-long lines and the unfinished rest, by definition."""
    records, oversized, at = [], 0, 0
    *whole, rest = data.split(b"\n")
    for line in whole:
        if len(line) > max_line:
            oversized += 1
        elif line not in {b"", b"\r"}:
            records.append((at, line))
        at += len(line) + 1
    if len(rest) > max_line:
        return records, oversized + 1, b""
    return records, oversized, rest


@settings(max_examples=400)
@given(
    st.lists(BYTES, max_size=6),
    st.integers(1, 9),
    st.integers(1, 40),
    st.integers(0, 30),
)
def test_a_growing_file_is_read_once(
    appends: list[bytes], chunk: int, budget: int, max_line: int
) -> None:
    """Every line comes once, at its offset, however the file grows and the reads fall.

    Between two looks only `offset` and `skipping` are kept, as over a restart.
    """
    data, lines = b"", Lines(offset=0)
    records: list[tuple[int, bytes]] = []
    oversized = 0
    for append in [*appends, b""]:
        data += append
        more = True
        while more:
            before = lines
            lines = read_lines(
                reader(data, chunk),
                lines.offset,
                skipping=lines.skipping,
                budget=budget,
                max_line=max_line,
            )
            more = lines.more
            assert not more or (lines.offset, lines.skipping) != (before.offset, before.skipping)
            records += lines.records
            oversized += lines.oversized

    assert (records, oversized, lines.rest) == expect(data, max_line)
    assert data[: lines.offset].endswith(b"\n") or lines.skipping or lines.offset == 0


@given(st.lists(BYTES, max_size=3), st.integers(1, 200))
def test_lines_do_not_depend_on_where_reads_end(parts: list[bytes], chunk: int) -> None:
    """A character, a CRLF or a line that lies across two reads comes as a whole."""
    data = b"\n".join(parts)

    assert read_lines(reader(data, chunk), 0).records == read_lines(reader(data), 0).records


def test_a_line_across_many_reads_is_whole() -> None:
    """Also when it is longer than what is read at once."""
    line = b"\xc3\xa4" * READ_BYTES
    data = b"first\n" + line + b"\nlast\n"

    lines = read_lines(reader(data), 0, budget=len(data))

    assert [record for _, record in lines.records] == [b"first", line, b"last"]
    assert lines.offset == len(data)


def test_an_unfinished_line_waits() -> None:
    """It is shown as the rest, and the offset stays before it."""
    lines = read_lines(reader(b'{"a":1}\n{"b":'), 0)

    assert lines.records == [(0, b'{"a":1}')]
    assert (lines.offset, lines.rest, lines.more) == (8, b'{"b":', False)


def test_empty_lines_are_left_out() -> None:
    """An empty line says nothing, with either ending; a CRLF record keeps its CR."""
    lines = read_lines(reader(b"\n\r\na\r\n\n\n \nb\n"), 0)

    assert lines.records == [(3, b"a\r"), (8, b" "), (10, b"b")]


def test_the_budget_ends_a_look_at_a_line() -> None:
    """A large file is read in turns; each turn goes on where the last one ended."""
    data = b"".join(b"%07d\n" % number for number in range(100_000))
    lines, turns, records = Lines(offset=0, more=True), 0, 0
    while lines.more:
        lines = read_lines(reader(data), lines.offset, budget=READ_BYTES)
        turns += 1
        records += len(lines.records)

    assert records == 100_000
    assert turns >= len(data) // (2 * READ_BYTES)


def test_short_lines_take_as_much_as_longer_ones() -> None:
    """Each has to be parsed: thousands of them would hold up everybody else."""
    data = b"a\n" * 10_000

    lines = read_lines(reader(data), 0, budget=100 * SHORT)

    assert (len(lines.records), lines.offset, lines.more) == (100, 200, True)


def test_a_first_line_larger_than_the_budget_is_read() -> None:
    """Else a look would never get past it."""
    line = b"x" * (3 * READ_BYTES)

    lines = read_lines(reader(line + b"\nnext\n"), 0, budget=1)

    assert next(record for _, record in lines.records) == line


def test_an_over_long_line_is_passed_over() -> None:
    """It is counted once; its neighbours come; later looks go on inside it."""
    start, end = b"a\n" + b"x" * 5000, b"x" * 5000 + b"\nb\n"

    first = read_lines(reader(start), 0, max_line=4096)
    assert ([record for _, record in first.records], first.oversized) == ([b"a"], 1)
    assert (first.skipping, first.offset, first.rest) == (True, len(start), b"")

    again = read_lines(reader(start), first.offset, skipping=True, max_line=4096)
    assert (again.records, again.oversized, again.skipping) == ([], 0, True)

    last = read_lines(reader(start + end), again.offset, skipping=True, max_line=4096)
    assert last.records == [(len(start) + len(end) - 2, b"b")]
    assert (last.oversized, last.skipping) == (0, False)


def test_a_line_of_just_the_limit_is_kept() -> None:
    """One byte more is too long, wherever the reads end."""
    data = b"x" * 4096 + b"\n" + b"y" * 4097 + b"\n"
    for chunk in (1000, 4096, 4097, READ_BYTES):
        lines = read_lines(reader(data, chunk), 0, max_line=4096)

        assert [(at, len(line)) for at, line in lines.records] == [(0, 4096)]
        assert lines.oversized == 1


def test_a_line_without_end_takes_bounded_memory() -> None:
    """64 MB without a newline are passed over in about the space of the longest line."""
    max_line, size = 1 << 20, 64 << 20

    def read_at(offset: int, length: int) -> bytes:
        return b"x" * min(length, size - offset)

    tracemalloc.start()
    try:
        lines = read_lines(read_at, 0, budget=size, max_line=max_line)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (lines.oversized, lines.offset, lines.skipping) == (1, size, True)
    assert peak < 2 * max_line + 4 * READ_BYTES


def test_a_run_of_zeros_is_a_line_like_any_other() -> None:
    """What a power loss leaves at the end of a file ends with the next newline."""
    lines = read_lines(reader(b"a\n" + bytes(100) + b"\nb\n"), 0)

    assert [record for _, record in lines.records] == [b"a", bytes(100), b"b"]
