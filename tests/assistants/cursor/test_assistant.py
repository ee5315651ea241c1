"""Where Cursor's transcripts lie, and what is none of them."""

from pathlib import Path

import pytest

from hivemindd.assistants.base import Places, SessionFacts
from hivemindd.assistants.cursor.assistant import Cursor

ROOT = "/home/me/.cursor/projects"


def test_roots() -> None:
    """Projects lie in the home folder, or where the environment says."""
    home = Path("/home/me")
    env = {"CURSOR_DATA_DIR": "/data"}

    assert Cursor().roots(Places(home=home)) == [Path(ROOT)]
    assert Cursor().roots(Places(home=home, env=env)) == [Path("/data/projects")]


@pytest.mark.parametrize(
    "path",
    [
        "p/agent-transcripts/s/s.jsonl",
        "p/agent-transcripts/s/s.txt",
        "p/agent-transcripts/s.jsonl",
        "p/agent-transcripts/s.txt",
        "p/agent-transcripts/s/subagents/c.jsonl",
        "agent-transcripts/agent-transcripts/s.jsonl",
    ],
)
def test_is_transcript(path: str) -> None:
    """All layouts that Cursor has had are known."""
    assert Cursor().is_transcript(Path(ROOT, path))


@pytest.mark.parametrize(
    "path",
    [
        "p/mcp-auth.json",
        "p/mcps/server/auth.jsonl",
        "p/terminals/1.txt",
        "p/agent-tools/a.txt",
        "p/worker.log",
        "p/agent-transcripts/s/s.json",
        "p/agent-transcripts/s/other.jsonl",
        "p/agent-transcripts/s/notes/c.jsonl",
        "p/agent-transcripts/s/subagents/deep/c.jsonl",
        "p/agent-transcripts/.hidden/.hidden.jsonl",
        ".agent-data-cleanup-2026-01-10/agent-transcripts/s.jsonl",
        "agent-transcripts",
        "p/agent-transcripts",
    ],
)
def test_is_no_transcript(path: str) -> None:
    """Other files of the same folders are left alone."""
    assert not Cursor().is_transcript(Path(ROOT, path))


def test_locate(tmp_path: Path) -> None:
    """The folder of a session is found by the slug of its project."""
    facts = SessionFacts(slug="p-my-app")

    assert Cursor().locate(facts, ["/p/my_app"], Places(home=tmp_path)) == "/p/my_app"
