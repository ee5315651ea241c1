"""The whole text that an agent last left of each file, as far as the log holds it.

Told from whole files that were written or read, and the edits that followed. Where a step
is missing or does not fit, the text is not known, and that is said; nothing is guessed.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from hivemindd.events import AnyEvent, Edit, ToolCall, ToolResult, UserEdit
from hivemindd.lessons.hunks import apply, parse, whole

READ_LINES = 2_000
LINE_CHARS = 2_000
WHOLE_TOOLS = frozenset({"Write"})
PART_TOOLS = frozenset({"NotebookEdit", "EditNotebook"})
# They refuse to edit a file that is no longer what they read or wrote last.
CHECKING = frozenset({"claude-code"})

_CUT = re.compile(r"\n\[\.\.\. \d+ characters left out \.\.\.\]\n")
_NUMBERED = re.compile(r"\s*(\d{1,7})[\t\u2192]([^\n]*)")
_RENAMED = re.compile(r"rename from ([^\n]+)\nrename to [^\n]+\n")
_TAKEN_OUT = "\u00abredacted:"


class Written(msgspec.Struct, frozen=True):
    """A file that the agent wrote: its last edit, and its text or why that is not known.

    `since` is the id of the event from which on the whole text is certain: what ran after
    it may have changed the file unseen. `shown` is when (ms) all of it was last to be seen: the
    text of now is told from that.
    """

    path: str
    edit: Edit
    since: str = ""
    text: str = ""
    why: str = ""
    shown: int = 0


def written(events: Sequence[AnyEvent]) -> list[Written]:
    """Return every file that the agent wrote in a session, the last one first.

    `events` are all events of the session, those of its subagents too, in their order.
    """
    pen = _Pen(events)
    for event in events:
        pen.follow(event)
    return sorted(pen.files(), key=lambda each: (-each.edit.ts, each.path))


class _Pen:
    """Follows the texts of files through a session."""

    def __init__(self, events: Iterable[AnyEvent]) -> None:
        told = list(events)
        self._calls = {event.call: event for event in told if isinstance(event, ToolCall)}
        # In which order two transcripts wrote one file is not known.
        self._shared = {e.path for e in told if isinstance(e, Edit) and e.sidechain}
        self._since: dict[str, str] = {}
        self._shown: dict[str, int] = {}
        self._stale: set[str] = set()
        self._texts: dict[str, str] = {}
        self._why: dict[str, str] = {}
        self._last: dict[str, Edit] = {}

    def files(self) -> Iterator[Written]:
        """Yield what is known of each file in the end."""
        for path, edit in self._last.items():
            text = self._texts.get(path)
            why = self._why.get(path, "")
            if path in self._shared:
                why = "another agent wrote it too"
            elif text is None:
                why = why or "the log does not hold the whole file"
            shown = self._shown.get(path, 0)
            yield Written(path, edit, self._since.get(path, ""), text or "", why, shown)

    def follow(self, event: AnyEvent) -> None:
        """Take one event."""
        if isinstance(event, ToolResult):
            self._read(event)
        elif isinstance(event, UserEdit):
            self._changed(event)
        elif isinstance(event, Edit) and event.state == "applied" and not event.sidechain:
            self._edited(event)

    def _lose(self, path: str, why: str) -> None:
        self._texts.pop(path, None)
        self._why[path] = why

    def _know(self, path: str, text: str, since: str = "") -> None:
        """Keep a text; `since` is its event where that shows all of it."""
        self._texts[path] = text
        self._why.pop(path, None)
        self._stale.discard(path)
        if since:
            self._since[path] = since

    def _read(self, result: ToolResult) -> None:
        """Take a whole file that the agent read, which resets what was known of it."""
        call = self._calls.get(result.call)
        if call is None or call.name != "Read" or result.failed or result.sidechain:
            return
        path = call.input.get("file_path")
        if isinstance(path, str) and not {"offset", "limit", "pages"} & set(call.input):
            text = _numbered(result.output)
            if text is not None and path not in self._texts:
                self._know(path, text, result.id)
                self._shown[path] = result.ts

    def _changed(self, change: UserEdit) -> None:
        path = change.path
        if path not in self._texts or path not in self._last:
            return
        if change.source == "notice":
            told = [line[1:] for line in change.diff.split("\n")]
            known = set(self._texts[path].split("\n"))
            if not known.issuperset(line for line in told if line.strip()):
                self._stale.add(path)
            return
        text = None if change.full_chars else apply(self._texts[path], parse(change.diff))
        if text is None:
            self._lose(path, "a change by others in between does not fit")
        else:
            self._know(path, text)
            self._why[path] = "its transcript tells of the change by hand"

    def _edited(self, edit: Edit) -> None:
        """Take an edit of the agent: a whole file, or a change of a known one."""
        self._last[edit.path] = edit
        call = self._calls.get(edit.call)
        text = _given(call)
        part = call is not None and (call.name in PART_TOOLS or "old_string" in call.input)
        if text is None and edit.full_chars == 0 and not part:
            text = whole(edit.diff)
        if text is not None:
            self._know(edit.path, text, edit.id)
            self._shown[edit.path] = edit.ts
            return
        before = edit.path
        if renamed := _RENAMED.match(edit.diff):
            before = renamed[1]
        known = self._texts.pop(before, None) if before != edit.path else self._texts.get(before)
        if known is None:
            return
        doubtful = edit.full_chars or before in self._stale
        after = None if doubtful else _replaced(known, call, edit.diff)
        if after is None:
            self._lose(edit.path, "an edit in between does not fit what is known of it")
            return
        self._since.setdefault(edit.path, self._since.get(before, ""))
        self._shown[edit.path] = self._shown.get(before, 0)
        self._know(edit.path, after, edit.id if edit.assistant in CHECKING else "")


def _given(call: ToolCall | None) -> str | None:
    """Return the whole text that a call wrote, None when it wrote no whole one."""
    if call is None or call.name not in WHOLE_TOOLS:
        return None
    text = call.input.get("content", call.input.get("contents"))
    return text if isinstance(text, str) and not _CUT.search(text) else None


def _replaced(text: str, call: ToolCall | None, diff: str) -> str | None:
    """Return a text after an edit, None where its place in the text is not certain."""
    hunks = parse(diff)
    if not hunks:
        return None
    after = apply(text, hunks)
    if call is None or after is None:
        return after
    old, new = call.input.get("old_string"), call.input.get("new_string")
    if isinstance(old, str) and isinstance(new, str) and not _CUT.search(old + new):
        # A fragment in the middle of a line can look like a whole line elsewhere.
        return after if old and old in text and new in after else None
    return after


def _numbered(output: str) -> str | None:
    """Return the file that a numbered listing shows, None when it may not be all of it."""
    lines: list[str] = []
    for line in output.split("\n"):
        match = _NUMBERED.fullmatch(line)
        if match is None:
            if not line.strip() or line.startswith("<system-reminder>"):
                break
            return None
        if int(match[1]) != len(lines) + 1 or len(match[2]) >= LINE_CHARS:
            return None
        lines.append(match[2])
    rest = output.split("\n")[len(lines) :]
    strange = any(_NUMBERED.fullmatch(line) for line in rest)
    if not lines or len(lines) >= READ_LINES or strange or _CUT.search(output):
        return None
    return "\n".join(lines).removesuffix("\n") + "\n"


def holds_secret(text: str) -> bool:
    """Tell whether a secret was taken out of a text."""
    return _TAKEN_OUT in text
