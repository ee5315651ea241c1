"""Where Claude Code keeps its transcripts, and where its sessions ran."""

from pathlib import Path

import pytest

from hivemindd.assistants.base import Places, SessionFacts
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from tests.assistants.claude_code.session import HOME


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        ("-home-dev-work/40681fc2-91aa-441c-afde-2618e51ead08.jsonl", True),
        ("-home-dev-work/agent-806cfa26.jsonl", True),
        ("-home-dev-work/s1/subagents/agent-a3c7.jsonl", True),
        ("-home-dev-work/s1/subagents/workflows/wf_1/agent-a3c7.jsonl", True),
        ("-home-dev-work/s1/subagents/agent-acompact-a3c7.jsonl", False),
        ("-home-dev-work/s1/subagents/workflows/wf_1/journal.jsonl", False),
        ("-home-dev-work/s1/subagents/agent-a3c7.meta.json", False),
        ("-home-dev-work/s1/tool-results/out.jsonl", False),
        ("-home-dev-work/memory/notes.jsonl", False),
        ("-home-dev-work/history.jsonl", False),
        ("stray.jsonl", False),
    ],
)
def test_transcripts_are_known_by_their_paths(below: str, expected: bool) -> None:  # noqa: FBT001
    """Sessions and subagents of all layouts, and nothing that lies beside them."""
    assert ClaudeCode().is_transcript(HOME / ".claude/projects" / below) is expected


def test_the_folder_can_be_moved() -> None:
    """`CLAUDE_CONFIG_DIR` stands in for `~/.claude`."""
    assistant = ClaudeCode()

    assert assistant.roots(Places(home=HOME)) == [HOME / ".claude/projects"]
    assert assistant.roots(Places(home=HOME, env={"CLAUDE_CONFIG_DIR": "/x"})) == [
        Path("/x/projects")
    ]


def test_a_session_is_where_its_records_say() -> None:
    """The name of the project's folder cannot be turned back into a path."""
    assistant, places = ClaudeCode(), Places(home=HOME)

    assert assistant.locate(SessionFacts(cwd="/a"), [], places) == "/a"
    assert assistant.locate(SessionFacts(slug="-a"), ["/a"], places) is None
