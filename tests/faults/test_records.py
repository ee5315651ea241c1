"""What writers leave in transcripts that no format allows: its neighbours are all captured."""

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hivemindd.events import Prompt, ToolCall, ToolResult
from tests.children import Child
from tests.faults.writers import WRITERS, Taken, Writer, line
from tests.records import SESSION, ClaudeSession

OTHER = "5e551000-0000-4000-8000-000000000002"
each = pytest.mark.parametrize("assistant", WRITERS)


@pytest.fixture(name="project")
def _project(scratch_home: Path) -> Path:
    (scratch_home / "project").mkdir()
    return scratch_home / "project"


@pytest.fixture(name="taken")
def _taken(scratch_home: Path, tmp_path: Path) -> Taken:
    return Taken(scratch_home, tmp_path / "log")


@pytest.fixture(name="writer")
def _writer(assistant: str, scratch_home: Path, project: Path) -> Writer:
    return Writer(assistant, scratch_home, project)


@each
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 1.0])
def test_26_half_a_record_with_the_next_one_glued_to_it(
    writer: Writer, taken: Taken, share: float
) -> None:
    """The whole one is captured, the half is counted."""
    writer.say("one")
    torn = line(writer.record("torn"))[:-1]
    writer.write(torn[: max(1, int(len(torn) * share) - 1)])
    writer.say("two", "three")
    taken.take_in()

    assert taken.prompts(writer.session, writer.assistant) == ["one", "two", "three"]
    assert taken.tallies() == {(writer.assistant, "malformed line"): 1}


ODD = {
    "lone surrogate": (rb"two \ud83d", "two �", 0),
    "bad utf-8": (b"two \xff", "two �", 0),
    "raw nul": (b"two \0.", "two \0.", 0),
}


@each
@pytest.mark.parametrize("odd", ODD)
def test_27_text_that_is_no_text(writer: Writer, taken: Taken, odd: str) -> None:
    """What cannot be read of it is replaced, and all else is kept."""
    inside, expected, malformed = ODD[odd]
    writer.say("one")
    writer.write(line(writer.record("MARK")).replace(b"MARK", inside))
    writer.say("three")
    taken.take_in()

    assert taken.prompts(writer.session, writer.assistant) == ["one", expected, "three"]
    assert taken.tallies().get((writer.assistant, "malformed line"), 0) == malformed


@each
def test_27_what_json_does_not_have_around_a_record(writer: Writer, taken: Taken) -> None:
    """A byte order mark, NULs, NaN in a field that nobody reads."""
    writer.say("one")
    writer.write(b"\xef\xbb\xbf" + line(writer.record("two")))
    writer.write(b"\0" * 50 + line(writer.record("three")))
    odd = json.dumps({**writer.record("four"), "cost": float("nan")}).encode()
    writer.write(odd + b"\n")
    writer.say("five")
    taken.take_in()

    prompts = taken.prompts(writer.session, writer.assistant)
    assert prompts == ["one", "two", "three", "four", "five"]


@each
@pytest.mark.parametrize(
    "odd",
    [b"\0" * 4096, b'{"a":' * 100_000 + b"1" + b"}" * 100_000, b"[1,2]", b"null", b"\xff\xfe"],
    ids=["nuls", "deep", "list", "null", "bytes"],
)
def test_27_lines_that_hold_no_record(writer: Writer, taken: Taken, odd: bytes) -> None:
    """They are counted, and cost no neighbour."""
    writer.say("one")
    writer.write(odd + b"\n")
    writer.say("two")
    taken.take_in()

    assert taken.prompts(writer.session, writer.assistant) == ["one", "two"]
    assert taken.tallies() == {(writer.assistant, "malformed line"): 1}


@settings(max_examples=settings().max_examples // 3)
@given(st.sampled_from(WRITERS), st.lists(st.binary(max_size=60).map(lambda b: b + b"\n")))
def test_27_no_bytes_break_a_parser(assistant: str, odd: list[bytes]) -> None:
    """Whatever stands between two records, both are captured."""
    with TemporaryDirectory() as folder:
        home = Path(folder).resolve()
        (home / "project").mkdir()
        writer = Writer(assistant, home, home / "project")
        writer.say("one")
        for data in odd:
            writer.write(data)
        writer.say("two")
        taken = Taken(home, home / "log")
        taken.take_in()

        prompts = taken.prompts(writer.session, assistant)
        assert (prompts[0], prompts[-1]) == ("one", "two")


@each
def test_28_records_and_fields_that_nobody_knows(writer: Writer, taken: Taken) -> None:
    """A field more is nothing; a record of another kind is counted for `doctor`."""
    writer.say("one")
    writer.write(line({**writer.record("two"), "hologram": {"a": [1, {"b": None}]}}))
    unknown = writer.record("unknown")
    unknown.pop("role", None)
    writer.write(line({**unknown, "type": "hologram"}))
    writer.say("three")
    taken.take_in()

    assert taken.prompts(writer.session, writer.assistant) == ["one", "two", "three"]
    [((assistant, what), count)] = taken.tallies().items()
    assert (assistant, count) == (writer.assistant, 1)
    assert "hologram" in what


@each
@pytest.mark.parametrize("value", [None, 7, "x", [1], {"a": 1}, [], {}, True])
def test_28_fields_that_are_missing_or_of_a_wrong_type(
    writer: Writer, taken: Taken, value: object
) -> None:
    """Each field in turn: what can be read of the record is, its neighbours are whole."""
    writer.say("one")
    record = writer.record("odd")
    for name in record:
        left = {key: field for key, field in record.items() if key != name}
        writer.write(line({**left, name: value}) + line(left))
        for inner in record[name] if isinstance(record[name], dict) else ():
            writer.write(line({**left, name: {**record[name], inner: value}}))
    writer.say("two")
    taken.take_in()

    prompts = taken.prompts(writer.session, writer.assistant)
    assert (prompts[0], prompts[-1]) == ("one", "two")


def test_29_a_file_that_is_named_after_another_session(
    scratch_home: Path, project: Path, taken: Taken
) -> None:
    """The record says whose it is."""
    session = ClaudeSession(scratch_home, project)
    session.prompt("one")
    session.path.rename(session.path.with_name(f"{OTHER}.jsonl"))
    taken.take_in()

    assert taken.prompts(SESSION) == ["one"]
    assert taken.prompts(OTHER) == []


def test_30_one_session_in_the_folders_of_two_projects(
    scratch_home: Path, project: Path, taken: Taken
) -> None:
    """It is one session, of the workspace that its records name."""
    first, second = (ClaudeSession(scratch_home, project) for _ in range(2))
    second.path = second.path.parent.parent / "-other-project" / second.path.name
    second.written = 10
    first.prompt("one")
    second.prompt("two")
    taken.take_in()
    first.prompt("three")
    second.prompt("four")
    taken.take_in()

    assert sorted(taken.prompts(SESSION)) == ["four", "one", "three", "two"]
    [row] = taken.sessions()
    assert row.workspace == str(project)


def test_31_two_processes_that_append_to_one_file(
    scratch_home: Path, project: Path, taken: Taken
) -> None:
    """While it is read: each record once, in the order of the file, whatever its time says."""
    path = ClaudeSession(scratch_home, project).path
    path.parent.mkdir(parents=True)
    with (
        Child("tests.faults.appending", path, project, 0) as one,
        Child("tests.faults.appending", path, project, 5_000) as two,
    ):
        for child in (one, two):
            child.tell()

        looks = iter(range(30))
        taken.take_in(every=lambda: next(looks, None) is not None)
        for child in (one, two):
            assert child.wait() == 0
    taken.take_in()

    written = [json.loads(each)["message"]["content"] for each in path.read_bytes().splitlines()]
    assert len(written) == 600
    assert taken.prompts(SESSION) == written
    seqs = [event.seq for event in taken.events(SESSION)]
    assert seqs == sorted(seqs)


def test_32_history_that_is_there_more_than_once(
    scratch_home: Path, project: Path, taken: Taken
) -> None:
    """Resumed, forked, copied back by a compaction, read again from the start: each once."""
    session = ClaudeSession(scratch_home, project)
    session.prompt("one")
    session.prompt("two")
    history = session.path.read_bytes()
    assert taken.take_in() == 2

    session.write(history)
    session.path.with_name(f"{OTHER}.jsonl").write_bytes(history)
    assert taken.take_in() == 0
    session.path.write_bytes(history[: history.index(b"\n") + 1] + history)
    os.utime(session.path, (1, 1))
    assert taken.take_in() == 0
    assert taken.prompts(SESSION) == ["one", "two"]


def test_33_calls_without_an_answer_and_answers_without_a_call(
    scratch_home: Path, project: Path, taken: Taken
) -> None:
    """Both are kept as they are, each with the id of the other that is not there."""
    session = ClaudeSession(scratch_home, project)
    session.prompt("one")
    call = session.call("Bash", command="sleep 1000")
    session.result("toolu_of_nobody", "an answer")
    session.prompt("two")
    taken.take_in()

    kinds = [(type(event), getattr(event, "call", "")) for event in taken.events(SESSION)]
    assert kinds == [
        (Prompt, ""),
        (ToolCall, call),
        (ToolResult, "toolu_of_nobody"),
        (Prompt, ""),
    ]
