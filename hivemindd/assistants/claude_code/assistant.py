"""Claude Code: where its transcripts lie, and where its sessions ran."""

from collections.abc import Iterable
from pathlib import Path

from hivemindd.assistants.base import Parser, Places, SessionFacts, SideFiles
from hivemindd.assistants.claude_code.folders import below_projects

_NO_TRANSCRIPTS = frozenset({"history.jsonl", "journal.jsonl"})


class ClaudeCode:
    """Reads the transcripts of Claude Code."""

    name = "claude-code"
    programs = frozenset({"claude", "claude-code"})

    def roots(self, places: Places) -> list[Path]:
        """Return the folder of projects in Claude Code's own folder."""
        own = places.env.get("CLAUDE_CONFIG_DIR")
        return [(Path(own) if own else places.home / ".claude") / "projects"]

    def is_transcript(self, path: Path) -> bool:
        """Tell sessions and subagents from what else lies below the projects.

        Sessions are `<slug>/<id>.jsonl`. Subagents are `<slug>/agent-<id>.jsonl` (2.0) or lie
        in `<slug>/<session>/subagents/`; those that write a compaction only copy history.
        """
        if path.suffix != ".jsonl" or path.name in _NO_TRANSCRIPTS:
            return False
        if path.name.startswith("agent-acompact-"):
            return False
        match below_projects(path):
            case (_, _):
                return True
            case (_, _, "subagents", *_, name):
                return name.startswith("agent-")
        return False

    def parser(self, path: Path, state: bytes, side: SideFiles) -> Parser:
        """Make the parser of one transcript."""
        # Who only asks where transcripts lie does not pay for what reads them.
        from hivemindd.assistants.claude_code.parser import ClaudeCodeParser  # noqa: PLC0415

        return ClaudeCodeParser(path, state, side)

    def locate(self, facts: SessionFacts, known: Iterable[str], places: Places) -> str | None:
        """Return the folder that the session was started in; every record names it."""
        del known, places
        return facts.cwd or None
