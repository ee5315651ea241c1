"""Codex: where its rollouts lie, and whose they are.

Rollouts stand in `$CODEX_HOME/sessions/<year>/<month>/<day>/` and, archived, flat in
`$CODEX_HOME/archived_sessions/`; old ones may be compressed to `.jsonl.zst`. A thread
is one session wherever its file lies, and may have several files.
"""

from collections.abc import Iterable
from pathlib import Path

from hivemindd.assistants.base import Parser, Places, SessionFacts, SideFiles


class Codex:
    """The Codex CLI, its editor extensions and its desktop program; satisfies `Assistant`."""

    name = "codex"
    programs = frozenset({"codex"})

    def roots(self, places: Places) -> list[Path]:
        """Return the folders of live and archived rollouts."""
        home = places.env.get("CODEX_HOME", "")
        base = Path(home) if home else places.home / ".codex"
        return [base / "sessions", base / "archived_sessions"]

    def is_transcript(self, path: Path) -> bool:
        """Tell a rollout, compressed or not, from what else may lie there."""
        return path.name.startswith("rollout-") and path.name.endswith((".jsonl", ".jsonl.zst"))

    def parser(self, path: Path, state: bytes, side: SideFiles) -> Parser:
        """Make the parser of one rollout."""
        # Who only asks where transcripts lie does not pay for what reads them.
        from hivemindd.assistants.codex.parser import CodexParser  # noqa: PLC0415

        return CodexParser(path, state, side)

    def locate(self, facts: SessionFacts, known: Iterable[str], places: Places) -> str | None:  # noqa: ARG002 a rollout says where it ran
        """Return the folder that the thread was started in.

        For a subagent whose root thread has not been read yet, its own stands in for it.
        """
        return facts.cwd or next(iter(facts.paths), None)
