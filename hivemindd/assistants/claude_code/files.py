"""Files that changed outside the agent, from Claude Code's checkpoints and reports.

At a person's prompt Claude Code saves every file that the agent has edited, when it is no
longer what it was, to `file-history/<session>/<name>@v<n>`. What the agent wrote last is read
again from the transcript; where the two differ, someone else was at work.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from hivemindd.assistants.base import SideFiles
from hivemindd.assistants.claude_code.edits import Change, decode_change, unified
from hivemindd.assistants.claude_code.memory import Base, Memory, checksum
from hivemindd.assistants.claude_code.records import (
    Backup,
    Snapshot,
    blocks_of,
    decode,
    milliseconds,
)

LIMIT = 1_048_576

# Both come from the transcript and become part of a path.
_BACKUP = re.compile(r"[0-9a-f]{8,64}@v[0-9]{1,9}")
_SESSION = re.compile(r"[0-9A-Za-z-]{1,64}")


class Files:
    """Compares what the agent wrote with what was there later."""

    def __init__(self, memory: Memory, side: SideFiles, history: Path | None) -> None:
        """Take the folder of checkpoints, None where the transcript has none beside it."""
        self._memory = memory
        self._side = side
        self._history = history

    def asked(self, call: str) -> dict[str, object]:
        """Return the input of an edit that was asked for earlier, empty when it is gone."""
        offset, length = self._memory.calls.pop(call, (0, 0))
        if not length:
            return {}
        for record in decode(self._side.read_at(offset, length))[0]:
            for block in blocks_of(record):
                if block.type == "tool_use" and block.id == call:
                    return block.input or {}
        return {}

    def changed_before(self, change: Change) -> str:
        """Return what others did to a file before the agent edited it again, as a diff."""
        base, found = self._memory.bases.get(change.file_path), change.before()
        if base is None or found is None or checksum(found) == base.checksum:
            return ""
        return self._difference(change.file_path, base, found)

    def wrote(self, change: Change, offset: int, length: int, ts: int) -> None:
        """Remember the record that holds what the agent left of a file."""
        after = change.after()
        if after is None:
            self._memory.bases.pop(change.file_path, None)
        else:
            base = Base(offset=offset, length=length, checksum=checksum(after), ts=ts)
            self._memory.saw_file(change.file_path, base)

    def changed_at(self, snapshot: Snapshot, session: str) -> Iterator[tuple[str, str]]:
        """Yield path and diff of the files that a checkpoint shows changed by others."""
        for tracked, backup in (snapshot.tracked_file_backups or {}).items():
            name = backup.backup_file_name
            if not self._memory.saw_version(tracked, backup.version or 0) or name is None:
                continue
            path = self._path(tracked, backup)
            base = self._memory.bases.get(path)
            saved = milliseconds(backup.backup_time or snapshot.timestamp)
            # Records arrive a little out of order: the agent may have gone on meanwhile.
            if base is None or saved < base.ts:
                continue
            place = f"{session}/{name}"
            found = self._backup(place)
            if found is None:
                continue
            fingerprint = checksum(found)
            if fingerprint != base.checksum and (diff := self._difference(path, base, found)):
                yield path, diff
            self._memory.saw_file(path, Base(backup=place, checksum=fingerprint, ts=saved))

    def _difference(self, path: str, base: Base, found: str) -> str:
        """Return how a file differs from what was known of it, in more than its line ends."""
        known = self._content(path, base)
        if known is None or _bare(known) == _bare(found):
            return ""
        return unified(known, found)

    def _content(self, path: str, base: Base) -> str | None:
        """Return the content that a base stands for, None when it is no longer there."""
        if base.backup:
            text = self._backup(base.backup)
            return text if text is not None and checksum(text) == base.checksum else None
        for record in decode(self._side.read_at(base.offset, base.length))[0]:
            change = decode_change(bytes(record.tool_use_result))
            if change is not None and change.file_path == path:
                text = change.after()
                if text is not None and checksum(text) == base.checksum:
                    return text
        return None

    def _backup(self, place: str) -> str | None:
        """Return a saved file as text, None when it is absent, too large or misnamed."""
        session, _, name = place.partition("/")
        if self._history is None or not (_SESSION.fullmatch(session) and _BACKUP.fullmatch(name)):
            return None
        data = self._side.read_file(self._history / session / name, LIMIT)
        return None if data is None else data.decode("utf-8", errors="replace")

    def _path(self, tracked: str, backup: Backup) -> str:
        """Return the absolute path of a file; checkpoints may name it from the folder."""
        if posixpath.isabs(tracked):
            return tracked
        folder = posixpath.join(self._memory.cwd, tracked)
        beside = posixpath.join(backup.real_parent_dir or "", posixpath.basename(tracked))
        return beside if beside in self._memory.bases else posixpath.normpath(folder)


def _bare(text: str) -> list[str]:
    """Return the lines of a file without what is invisible at their ends."""
    return [line.rstrip() for line in text.rstrip().split("\n")]
