"""Where rollouts of Codex lie, and what real ones must give."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hivemindd.assistants.base import Places, SessionFacts
from hivemindd.assistants.codex.assistant import Codex
from hivemindd.events import Edit, Event, Prompt, Reply, Rewind, ToolCall, ToolResult, TurnEnded
from tests.rollouts import NAME, Side, only, split

CASES = Path(__file__).parents[2] / "transcripts" / "codex"
ROLLOUTS = {
    path.relative_to(CASES).as_posix(): path for path in sorted(CASES.rglob("rollout-*.jsonl"))
}
MIGRATED = next(path for name, path in ROLLOUTS.items() if "before" in name and "07-47-34" in name)


def pieces(path: Path, data: bytes, ends: Sequence[int]) -> tuple[list[Event], int]:
    """Parse a rollout with a new parser from each end on; return the largest state too."""
    records, events, state, start, largest = split(data), list[Event](), b"", 0, 0
    for end in [*ends, len(records)]:
        parser = Codex().parser(path, state, Side(data))
        events += parser.feed(records[start:end], final=end == len(records)).events
        state, start = parser.state(), end
        largest = max(largest, len(state))
    return events, largest


class TestAssistant:
    """Where rollouts lie, and whose they are."""

    def test_roots(self) -> None:
        """Rollouts are looked for in CODEX_HOME, else in the home folder."""
        home = Path("/home/dev")

        assert Codex().roots(Places(home=home)) == [
            home / ".codex/sessions",
            home / ".codex/archived_sessions",
        ]
        assert Codex().roots(Places(home=home, env={"CODEX_HOME": "/c"})) == [
            Path("/c/sessions"),
            Path("/c/archived_sessions"),
        ]

    @pytest.mark.parametrize(
        ("name", "is_one"),
        [
            (NAME, True),
            (f"{NAME}.zst", True),
            (f"{NAME}.zst.tmp", False),
            ("history.jsonl", False),
            ("rollout-2026.json", False),
        ],
    )
    def test_is_transcript(self, name: str, *, is_one: bool) -> None:
        """Rollouts are known by their names, compressed ones too."""
        assert Codex().is_transcript(Path("/c/sessions/2026/11/21") / name) is is_one

    def test_locate(self) -> None:
        """A session ran where its thread was started, or else where its subagent was."""
        places = Places(home=Path("/home/dev"))

        assert Codex().locate(SessionFacts(cwd="/a", paths=["/b"]), [], places) == "/a"
        assert Codex().locate(SessionFacts(paths=["/b"]), [], places) == "/b"
        assert Codex().locate(SessionFacts(), ["/known"], places) is None


class TestFixtures:
    """What real rollouts must give, whatever their golden files say."""

    @pytest.mark.parametrize("name", ROLLOUTS)
    @settings(max_examples=8)
    @given(data=st.data())
    def test_restarts(self, name: str, data: st.DataObject) -> None:
        """A restart between any two records changes nothing, and little is remembered."""
        path = ROLLOUTS[name]
        content = path.read_bytes()
        count = len(split(content))
        ends = sorted(data.draw(st.lists(st.integers(0, count), max_size=6)))

        at_once, _ = pieces(path, content, [])
        in_pieces, largest = pieces(path, content, ends)

        assert in_pieces == at_once
        assert largest < 4096

    def test_rewriting_adds_nothing(self) -> None:
        """After a migration to the newer dialect every event is one that was there before."""

        def events(case: str) -> dict[str, Event]:
            found: dict[str, Event] = {}
            for path in sorted((CASES / case).rglob("rollout-*.jsonl")):
                for one in pieces(path, path.read_bytes(), [])[0]:
                    found[one.id] = one
            return found

        before, after = events("migrate-before"), events("migrate-after")
        gone = [before[key] for key in before.keys() - after.keys()]

        assert after.keys() <= before.keys()
        assert {type(one) for one in gone} == {
            Edit,
            Prompt,
            Reply,
            Rewind,
            ToolCall,
            ToolResult,
            TurnEnded,
        }
        assert [one.text for one in gone if isinstance(one, Prompt)] == ["MARK5 move file"]

    def test_nothing_is_unknown(self) -> None:
        """Every record that the clients wrote is known, read or left out on purpose."""
        for path in ROLLOUTS.values():
            content = path.read_bytes()
            parsed = Codex().parser(path, b"", Side(content)).feed(split(content), final=True)

            assert (parsed.unknown, parsed.malformed) == ({}, 0), path

    @settings(max_examples=100)
    @given(st.data())
    def test_any_change_of_a_real_rollout(self, data: st.DataObject) -> None:
        """Cut and overwritten lines of a real rollout never raise, and spoil no others."""
        records = split(MIGRATED.read_bytes())
        number = data.draw(st.integers(1, len(records) - 1))
        place, original = records[number]
        start = data.draw(st.integers(0, len(original)))
        end = data.draw(st.integers(start, len(original)))
        junk = data.draw(st.binary(max_size=12)).replace(b"\n", b"")
        records[number] = (place, original[:start] + junk + original[end:])

        parsed = Codex().parser(MIGRATED, b"", Side(b"")).feed(records, final=True)

        assert len(only(parsed, Prompt)) >= 3
