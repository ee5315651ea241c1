"""Recorded sessions of many versions: everything that people did in them, and nothing else."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hivemindd.assistants.base import Parsed, Places, SessionFacts
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.events import Denial, Event, Prompt, SkillUsed, UserEdit
from tests.assistants.claude_code.session import joined

CASES = Path(__file__).parents[2] / "transcripts" / "claude-code"


SCRIPT: dict[str, list[tuple[str, ...]]] = {
    "tui1": [("typed", "create calc.py with an add function")],
    "tui2": [
        ("typed", "create calc.py with an add function"),
        ("denial", "never use print in library code"),
        ("feedback", "never use print in library code"),
        ("comment", "good, but add a docstring next time"),
        ("typed", "add a comment"),
        ("user_edit", "notice"),
        ("user_edit", "file-history"),
        ("typed", "think for long"),
        ("interrupt", ""),
        ("typed", "ok go on"),
        ("typed", "clean the build"),
        ("denial", ""),
        ("typed", "never run rm -rf without asking"),
        ("typed", "ask me about style"),
        ("answer", "two spaces, never tabs"),
        ("typed", "keep the style rules"),
        ("typed", "after compaction"),
        ("rewind", ""),
        ("typed", "never run rm -rf without asking EVER"),
        ("typed", "after clear"),
    ],
    "tui3": [
        ("typed", "plan a http client"),
        ("denial", ""),
        ("denial", ""),
        ("typed", "use httpx not requests"),
        ("denial", "use aiohttp instead"),
        ("feedback", "use aiohttp instead"),
        ("typed", "run something slow"),
        ("queued", "QUEUED correction: use tabs"),
        ("typed", "anything new?"),
        ("typed", "look at @calc.txt"),
        ("typed", "p1"),
        ("typed", "with args here"),
        ("skill_used", "second"),
    ],
    "tui4": [("typed", "hello"), ("typed", "hello2")],
    "tui5": [("typed", "hello"), ("typed", "hello2")],
    "bg": [
        ("typed", "LAUNCHBG please"),
        ("typed", "write z"),
        ("rewind", ""),
        ("typed", "after code restore"),
    ],
    "basic": [],
    "drop": [],
    "fork": [],
    "p1": [],
    "resume": [],
    "slug": [],
    "strace": [],
}


OLD = [
    ("typed", "create calc.py"),
    ("denial", ""),
    ("typed", "never use print in library code"),
    ("typed", "add a comment"),
    ("typed", "think long"),
    ("interrupt", ""),
]


OUTSIDE = {
    "1.0.37": ["original-file"],
    "1.0.128": ["original-file"],
    "2.0.32": ["file-history"],
    "2.0.76": ["file-history"],
    "2.1.104": ["notice", "file-history"],
    "2.1.196": ["file-history", "notice"],
    "2.1.248": ["notice", "file-history"],
}


TYPES_ADDED = (
    "@@ -1,2 +1,2 @@\n-def add(a, b):\n+def add(a: int, b: int) -> int:\n     return a + b"
)


class Disk:
    """The bytes of a transcript, and the files beside it."""

    def __init__(self, data: bytes) -> None:
        """Keep the bytes."""
        self._data = data

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes of the transcript."""
        return self._data[offset : offset + length]

    def read_file(self, path: Path, limit: int) -> bytes | None:
        """Return a file that is there."""
        return path.read_bytes()[:limit] if path.is_file() else None


def transcripts(case: str) -> list[Path]:
    """Return the transcripts of a case, sessions first in the order of their times."""
    assistant = ClaudeCode()
    (root,) = assistant.roots(Places(home=CASES / case / "home"))
    found = [path for path in root.rglob("*.jsonl") if assistant.is_transcript(path)]
    return sorted(found, key=lambda path: (path.name.startswith("agent-"), path.name))


def read(path: Path) -> list[tuple[int, bytes]]:
    """Return the records of a file with their offsets."""
    return joined(path.read_bytes().removesuffix(b"\n").split(b"\n"))[1]


def parse(path: Path) -> Parsed:
    """Parse a file in one go."""
    parser = ClaudeCode().parser(path, b"", Disk(path.read_bytes()))
    return parser.feed(read(path), final=True)


def human(case: str) -> list[tuple[str, ...]]:
    """Return what people did in the transcripts of a case."""
    done: list[tuple[str, ...]] = []
    for path in transcripts(case):
        for event in parse(path).events:
            if event.author != "human":
                continue
            match event:
                case Prompt():
                    done.append((event.origin, event.text))
                case Denial():
                    done.append(("denial", event.feedback))
                case UserEdit():
                    done.append(("user_edit", event.source))
                case SkillUsed():
                    done.append(("skill_used", event.name))
                case _:
                    done.append((type(event).__name__.lower(), ""))
    return done


@pytest.mark.parametrize("case", SCRIPT)
def test_a_scripted_session_holds_what_the_person_did(case: str) -> None:
    """No word of the person is missing, none is added, nothing else counts as theirs."""
    assert human(case) == SCRIPT[case]


@pytest.mark.parametrize("version", OUTSIDE)
def test_all_versions_tell_the_same_story(version: str) -> None:
    """A refusal, a correction, an edit from outside and an interrupt are in each dialect."""
    done = human(f"ver-{version}")
    (path, *_) = transcripts(f"ver-{version}")
    edits = [event for event in parse(path).events if type(event) is UserEdit]

    assert [step for step in done if step[0] != "user_edit"] == OLD
    assert [edit.source for edit in edits] == OUTSIDE[version]
    assert {edit.diff for edit in edits if edit.source != "notice"} == {TYPES_ADDED}


def test_version_2_1_42_took_the_queued_prompt_back() -> None:
    """What was pulled back out of the queue was not said; the interrupt was meant."""
    assert [step for step in human("ver-2.1.42") if step[0] != "user_edit"] == [
        *OLD[:4],
        ("interrupt", ""),
        ("typed", "think long/exit"),
    ]


def test_a_persons_edit_is_an_exact_diff() -> None:
    """The checkpoint at the next prompt against what the agent wrote."""
    (path,) = (path for path in transcripts("tui2") if path.name.startswith("51af"))
    edits = [event for event in parse(path).events if type(event) is UserEdit]

    assert [(edit.path, edit.diff, edit.source) for edit in edits] == [
        (
            "/home/dev/work/tui2/calc.py",
            "+def add(a: int, b: int) -> int:\n+    return a + b",
            "notice",
        ),
        ("/home/dev/work/tui2/calc.py", TYPES_ADDED, "file-history"),
    ]


def test_a_fork_holds_the_same_events() -> None:
    """Records that a fork copied keep their ids; the session is the fork's."""
    origin = parse(next(path for path in transcripts("resume") if path.name.startswith("0221")))
    fork = parse(transcripts("fork")[0])
    copied, own = fork.events[:-2], fork.events[-2:]

    assert [event.id for event in copied] == [event.id for event in origin.events]
    assert not {event.id for event in own} & {event.id for event in origin.events}
    assert {event.session for event in fork.events} == {"0a467076-d506-47bb-9fff-0fa1dddb9310"}
    (facts,) = fork.facts.values()
    assert facts.parent == "02212c23-807b-4f81-a14a-98e69d55cfbb"


def test_a_file_that_grows_is_read_on() -> None:
    """What the second run of a resumed session adds comes out of the old state."""
    (path,) = (path for path in transcripts("resume") if path.name.startswith("0221"))
    records, side = read(path), Disk(path.read_bytes())
    first = ClaudeCode().parser(path, b"", side)
    before = first.feed(records[:17], final=True)
    after = ClaudeCode().parser(path, first.state(), side).feed(records[17:], final=True)

    assert [event.text for event in before.events if type(event) is Prompt] == ["first prompt"]
    assert [event.text for event in after.events if type(event) is Prompt] == ["second prompt"]
    assert before.events + after.events == parse(path).events


@settings(max_examples=60)
@given(st.data())
def test_a_restart_changes_nothing(data: st.DataObject) -> None:
    """Parsers that take over from each other at any records give the same events."""
    case = data.draw(
        st.sampled_from(sorted(path.name for path in CASES.iterdir() if path.is_dir()))
    )
    path = data.draw(st.sampled_from(transcripts(case)))
    records, side = read(path), Disk(path.read_bytes())
    cuts = data.draw(st.sets(st.integers(0, len(records))))
    events: list[Event] = []
    facts: dict[str, SessionFacts] = {}
    state, start = b"", 0
    for end in [*sorted(cuts), len(records)]:
        parser = ClaudeCode().parser(path, state, side)
        parsed = parser.feed(records[start:end], final=False)
        events += parsed.events
        facts |= parsed.facts
        state, start = parser.state(), end

    whole = parse(path)
    assert events == whole.events
    assert facts == whole.facts


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir() if path.is_dir()))
def test_nothing_in_a_real_session_is_unknown(case: str) -> None:
    """Each record type of the recorded versions is known, and no line is damaged."""
    for path in transcripts(case):
        parsed = parse(path)

        assert parsed.unknown == {}
        assert parsed.malformed == 0
        assert {event.sidechain for event in parsed.events} == {path.name.startswith("agent-")}


@given(st.data())
def test_no_damage_breaks_it(data: st.DataObject) -> None:
    """A transcript with bytes changed, cut out or put in still gives events that encode."""
    path = data.draw(st.sampled_from([*transcripts("tui2"), *transcripts("ver-2.1.42")]))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
    broken = bytes(content)
    _, records = joined(broken.split(b"\n"))
    parsed = ClaudeCode().parser(path, b"", Disk(broken)).feed(records, final=True)

    assert msgspec.msgpack.encode(parsed.events)
    assert msgspec.json.encode(parsed.events)
