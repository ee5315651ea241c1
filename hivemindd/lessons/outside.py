"""Changes of files that no transcript shows: what the agent left against what is there now.

The files are read through `Files`, so that nothing here touches a disk.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from hivemindd.assistants.claude_code.edits import unified
from hivemindd.events import AnyEvent
from hivemindd.lessons.hand_edits import MOST_FILES, Change
from hivemindd.lessons.written import Written, holds_secret, written
from hivemindd.records import Session

MOST_READ = 50
DISK_AFTER_MS = 2 * 3_600_000
COMMIT_AFTER_MS = 24 * 3_600_000
CLOCK_MS = 2_000  # by which the time of a file may lie before that of its event


class Look(msgspec.Struct, frozen=True):
    """A text of a file that was found later, and when it came to be, in ms.

    `doubt` is why a person may not have made it what it is.
    """

    text: str
    ts: int
    source: Literal["disk", "commit"]
    doubt: str = ""


class Found(msgspec.Struct, frozen=True):
    """The changes, and by path why others were passed over."""

    changes: list[Change]
    skipped: dict[str, str]


class Files(Protocol):
    """Where files can be looked at."""

    def look(self, wanted: Mapping[str, int]) -> Mapping[str, Sequence[Look] | str]:
        """Return, by path, what there is of files since a time (ms), or why nothing.

        The next commit comes before what lies on the disk.
        """


def find(
    session: Session,
    events: Sequence[AnyEvent],
    files: Files,
    *,
    redact: Callable[[str], str],
    others: Sequence[tuple[int, int]] = (),
    unseen: Sequence[tuple[int, int]] = (),
) -> Found:
    """Return what became of the files that the agent wrote, after it wrote them last.

    `others` are the spans of time (ms) in which other sessions ran in the same workspace,
    `unseen` those of which nothing is to be known: a text that may tell of one is left alone.
    What is found is redacted as the log is, so that both can be compared.
    """
    skipped: dict[str, str] = {}
    known: dict[str, Written] = {}
    for each in written(events):
        if each.why:
            skipped[each.path] = each.why
        elif holds_secret(each.text):
            skipped[each.path] = "it holds a secret"
        elif len(known) >= MOST_READ:
            skipped[each.path] = f"more than {MOST_READ} files were written"
        else:
            known[each.path] = each
    found = files.look({path: each.edit.ts for path, each in known.items()}) if known else {}
    changes = []
    for path, looks in found.items():
        if isinstance(looks, str):
            skipped[path] = looks
            continue
        left = known[path]
        seen = [look for look in looks if not _meets(unseen, left.shown, look.ts)]
        if not seen:
            skipped[path] = "it may have changed while nothing was captured"
            continue
        change = _difference(left, seen, session, redact, others)
        if isinstance(change, str):
            skipped[path] = change
        else:
            changes.append(change)
    if len(changes) > MOST_FILES:
        skipped |= {each.path: "too many files changed at once" for each in changes}
        changes = []
    return Found(changes, skipped)


def _difference(
    left: Written,
    looks: Sequence[Look],
    session: Session,
    redact: Callable[[str], str],
    others: Sequence[tuple[int, int]],
) -> Change | str:
    """Return the first of the later texts that differs, those without a doubt before others."""
    differing = []
    for look in looks:
        text = redact(look.text)
        if _bare(text) != _bare(left.text):
            doubt = look.doubt or _doubt(left, look, session, others)
            differing.append(msgspec.structs.replace(look, text=text, doubt=doubt))
    if not differing:
        return "it is as the agent left it"
    look = min(differing, key=lambda each: bool(each.doubt))
    if holds_secret(look.text):
        return "it holds a secret"
    if look.ts < left.edit.ts - CLOCK_MS:
        return "it is older than what the agent wrote"
    return Change(
        left.path,
        unified(left.text, look.text),
        look.source,
        look.ts,
        agent=left.edit.id,
        since=left.since,
        before=left.text,
        after=look.text,
        doubt=look.doubt,
    )


def _doubt(left: Written, look: Look, session: Session, others: Sequence[tuple[int, int]]) -> str:
    limit = DISK_AFTER_MS if look.source == "disk" else COMMIT_AFTER_MS
    if look.ts > session.last_event + limit:
        return "it changed long after the session"
    if _meets(others, left.edit.ts, look.ts):
        return "another session was at work in the same workspace"
    return ""


def _meets(spans: Sequence[tuple[int, int]], since: int, until: int) -> bool:
    """Tell whether one of some spans of time has a moment with another in common."""
    return any(start <= until and end >= since for start, end in spans)


def _bare(text: str) -> list[str]:
    """Return the lines of a text without what is invisible at their ends."""
    return [line.rstrip() for line in text.rstrip().split("\n")]
