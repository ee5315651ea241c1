"""Every transcript under tests/transcripts, parsed and compared with its golden file.

A case is `tests/transcripts/<assistant>/<case>/home`, a home folder as the assistant
left it, with `<case>/golden.jsonl` beside it: for every transcript one header line, then
one line an event. `pytest --update-golden` rewrites them; read the diff before you keep it.
"""

import difflib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from hivemindd.assistants.base import Assistant, Parsed, Places, SessionFacts
from hivemindd.assistants.registry import by_name
from hivemindd.capture.lines import read_lines
from hivemindd.capture.source import Source
from hivemindd.events import AnyEvent, Event

TRANSCRIPTS = Path(__file__).parent.parent / "transcripts"
HOMES = sorted(TRANSCRIPTS.glob("*/*/home"))
EVERY_RECORD = 200
SOME_SPLITS = 12

each_case = pytest.mark.parametrize("home", HOMES, ids=lambda home: "/".join(home.parts[-3:-1]))


class Transcript(NamedTuple):
    """One file of a case; `records` are pairs of byte offset and line without newline."""

    assistant: Assistant
    relative: str
    path: Path
    records: list[tuple[int, bytes]]

    def parse(self, ends: list[int]) -> Parsed:
        """Feed the records up to each end to a fresh parser that takes over the state."""
        whole = Parsed()
        state = b""
        start = 0
        with Source(self.path) as source:
            for end in ends:
                parser = self.assistant.parser(self.path, state, source)
                merge(whole, parser.feed(self.records[start:end], final=end == ends[-1]))
                state = parser.state()
                start = end
        return whole

    def at_once(self) -> Parsed:
        """Parse the whole file in one go."""
        return self.parse([len(self.records)])

    def piecewise(self) -> Parsed:
        """Parse record by record, a long file in some uneven pieces."""
        count = len(self.records)
        pieces = count if count <= EVERY_RECORD else SOME_SPLITS
        ends = [number * count // pieces for number in range(1, pieces + 1)]
        return self.parse(ends or [0])


def merge(whole: Parsed, part: Parsed) -> None:
    """Add what a feed brought: facts that say something replace, paths and counts add up."""
    whole.events += part.events
    whole.malformed += part.malformed
    whole.notes += [note for note in part.notes if note not in whole.notes]
    for key, count in part.unknown.items():
        whole.unknown[key] = whole.unknown.get(key, 0) + count
    for session, news in part.facts.items():
        facts = whole.facts.setdefault(session, SessionFacts())
        for field in news.__struct_fields__:
            value = getattr(news, field)
            if field == "paths":
                facts.paths += [path for path in value if path not in facts.paths]
            elif value:
                setattr(facts, field, value)


def transcripts(home: Path) -> list[Transcript]:
    """Return the transcripts of a case in the order of their paths."""
    assistant = by_name(home.parts[-3])
    found = {
        path
        for root in assistant.roots(Places(home=home))
        for path in root.rglob("*")
        if path.is_file() and assistant.is_transcript(path)
    }
    return [read(assistant, path, home) for path in sorted(found)]


def read(assistant: Assistant, path: Path, home: Path) -> Transcript:
    """Read the records of one transcript, with a last line that lacks only its newline."""
    with Source(path) as source:
        lines = read_lines(source.read_at, 0, budget=sys.maxsize)
    records = lines.records
    if lines.rest and (path.suffix == ".txt" or is_json(lines.rest)):
        records.append((lines.offset, lines.rest))
    return Transcript(assistant, path.relative_to(home).as_posix(), path, records)


def is_json(line: bytes) -> bool:
    """Tell whether a line is a whole record."""
    try:
        msgspec.json.decode(line)
    except (ValueError, RecursionError):
        return False
    return True


def plain(parsed: Parsed) -> dict[str, object]:
    """Return all that is not an event in a stable order."""
    return {
        "facts": {session: parsed.facts[session] for session in sorted(parsed.facts)},
        "unknown": [[*key, count] for key, count in sorted(parsed.unknown.items())],
        "malformed": parsed.malformed,
        "notes": parsed.notes,
    }


def lines(home: Path) -> list[str]:
    """Return the lines that the golden file of a case should have."""
    written = []
    for transcript in transcripts(home):
        parsed = transcript.at_once()
        written.append(json({"transcript": transcript.relative} | plain(parsed)))
        written += [json(event) for event in parsed.events]
    return written


def json(value: object) -> str:
    """Return the JSON of a value in one line."""
    return msgspec.json.encode(value).decode()


def diffstat(name: str, before: list[str], after: list[str]) -> str:
    """Say how many lines came and went."""
    diff = list(difflib.ndiff(before, after))
    added, removed = (sum(line.startswith(sign) for line in diff) for sign in ("+ ", "- "))
    return f"{name}: +{added} -{removed}"


@each_case
def test_golden(
    home: Path, *, update_golden: bool, record_property: Callable[[str, object], None]
) -> None:
    """A case gives exactly the facts and events that its golden file holds."""
    golden = home.parent / "golden.jsonl"
    before = golden.read_text("utf-8").split("\n")[:-1] if golden.exists() else []
    after = lines(home)
    if update_golden and before != after:
        golden.write_text("".join(f"{line}\n" for line in after), "utf-8")
        name = golden.relative_to(TRANSCRIPTS).as_posix()
        record_property("golden", diffstat(name, before, after))
        return

    assert after == before
    assert after, "a case without transcripts"


@each_case
def test_restart_between_records(home: Path) -> None:
    """A parser made from the state of the one before it changes nothing."""
    for transcript in transcripts(home):
        at_once, piecewise = transcript.at_once(), transcript.piecewise()

        assert piecewise.events == at_once.events, transcript.relative
        assert plain(piecewise) == plain(at_once), transcript.relative


@each_case
def test_ids_are_unique(home: Path) -> None:
    """Events that share an id are the same event, read from two places."""
    seen: dict[str, Event] = {}
    for transcript in transcripts(home):
        for event in transcript.at_once().events:
            first = seen.setdefault(event.id, event)

            assert msgspec.structs.replace(event, seq=first.seq) == first, transcript.relative


@each_case
def test_golden_lines_are_events(home: Path) -> None:
    """A golden file decodes into the event union, and each event stays as it is."""
    for line in (home.parent / "golden.jsonl").read_text("utf-8").split("\n")[:-1]:
        if not line.startswith('{"transcript":'):
            event = msgspec.json.decode(line, type=AnyEvent)

            assert json(event) == line


def test_every_case_has_its_golden_file() -> None:
    """No case is without a golden file, and no golden file without a case."""
    goldens = {path.parent for path in TRANSCRIPTS.glob("*/*/golden.jsonl")}

    assert {home.parent for home in HOMES} == goldens
    assert {path for path in TRANSCRIPTS.glob("*/*") if path.is_dir()} == goldens
