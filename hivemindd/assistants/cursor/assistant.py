"""Cursor, the editor and its command line: what it writes under `~/.cursor/projects`.

The format is that of Cursor's own writer as of 2026. It records no tool results, no ids
and no folder, the time only beside a person's words, and it rewrites files in place.
"""

from collections.abc import Iterable
from pathlib import Path

from hivemindd.assistants.base import Parser, Places, SessionFacts, SideFiles
from hivemindd.assistants.cursor.data import data_folder

FOLDER = "agent-transcripts"
SUBAGENTS = "subagents"


class Cursor:
    """Reads the transcripts of the editor and of `cursor-agent`."""

    name = "cursor"
    programs = frozenset({"cursor-agent"})

    def roots(self, places: Places) -> list[Path]:
        """Return the folder of all projects."""
        return [data_folder(places) / "projects"]

    def is_transcript(self, path: Path) -> bool:
        """Know `<slug>/agent-transcripts/[<id>/[subagents/]]<id>.jsonl`, or `.txt`."""
        project, inside = _split(path)
        hidden = any(part.startswith(".") for part in (project, *inside))
        if not project or hidden or path.suffix not in {".jsonl", ".txt"}:
            return False
        match inside:
            case [_]:
                return True
            case [session, _]:
                return path.stem == session
            case [_, middle, _]:
                return middle == SUBAGENTS
        return False

    def parser(self, path: Path, state: bytes, side: SideFiles) -> Parser:
        """Make the parser that fits the file's suffix."""
        # Who only asks where transcripts lie does not pay for what reads them.
        from hivemindd.assistants.cursor.conversation import Origin  # noqa: PLC0415
        from hivemindd.assistants.cursor.parser import JsonParser  # noqa: PLC0415
        from hivemindd.assistants.cursor.txt import TxtParser  # noqa: PLC0415

        project, inside = _split(path)
        child = path.stem if SUBAGENTS in inside[1:-1] else ""
        origin = Origin(session=inside[0] if child else path.stem, slug=project, child=child)
        if path.suffix == ".txt":
            return TxtParser(origin, state, side)
        return JsonParser(origin, state)

    def locate(self, facts: SessionFacts, known: Iterable[str], places: Places) -> str | None:
        """Find the folder by the project's slug."""
        # Who only asks where transcripts lie does not pay for finding what they are of.
        from hivemindd.assistants.cursor import folder  # noqa: PLC0415

        return folder.locate(facts, known, places)


def _split(path: Path) -> tuple[str, list[str]]:
    """Return the project of a transcript and the path parts inside its folder."""
    parts = path.parts
    if FOLDER not in parts[1:]:
        return "", []
    at = len(parts) - 1 - parts[::-1].index(FOLDER)
    return parts[at - 1], list(parts[at + 1 :])
