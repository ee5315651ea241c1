"""Which changes of files a person made, and beside which of their words."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import accumulate, takewhile

import msgspec

from hivemindd.events import (
    AnyEvent,
    Edit,
    Reply,
    Rewind,
    Thought,
    ToolCall,
    UserEdit,
)
from hivemindd.lessons.authorship import Trace, Verdict, judge, names
from hivemindd.lessons.hunks import changed_lines
from hivemindd.records import DiffSource

MOST_FILES = 5


class Change(msgspec.Struct, frozen=True):
    """A file that is no longer what the agent left: how, and how that is known.

    `event` is the id of the event that tells of it, empty where no transcript does; then
    `agent` is the edit that it changes, `since` the event after which anything may have
    changed the file, and `before` and `after` are the whole texts. `doubt` is why it may
    be no person's.
    """

    path: str
    diff: str
    source: DiffSource
    ts: int
    event: str = ""
    seq: int = 0
    agent: str = ""
    since: str = ""
    before: str | None = None
    after: str | None = None
    doubt: str = ""


class HandEdit(msgspec.Struct, frozen=True):
    """A change made by hand to what the agent wrote; `at` is its place among the events."""

    at: int
    change: Change
    agent: Edit
    verdict: Verdict

    @property
    def id(self) -> str:
        """The event that tells of it, or else the file and the edit that it changes."""
        return self.change.event or f"{self.agent.id}\0{self.change.path}"

    @property
    def ts(self) -> int:
        """When it was seen, in ms."""
        return self.change.ts

    @property
    def seq(self) -> int:
        """Where in the transcript it is told, or else the agent's edit."""
        return self.change.seq if self.change.event else self.agent.seq

    @property
    def keys(self) -> tuple[str, str]:
        """Two names of the change: by the edit that it changes, and by its own lines.

        Whatever trace it is found by, and however often, one of them is the same.
        """
        lines = "\0".join("\n".join(side) for side in changed_lines(self.change.diff))
        return (
            _digest(f"edit\0{self.change.path}\0{self.agent.id}"),
            _digest(f"lines\0{self.change.path}\0{lines}"),
        )


class HandEdits:
    """The changes of one session, each once, however many traces it left.

    The assistant's remark, the copy of the file that it keeps, and the file itself tell of
    the same change; one with an exact diff is kept. Many files at once are another branch,
    not a person.
    """

    def __init__(
        self,
        events: Sequence[AnyEvent],
        others: Iterable[AnyEvent] = (),
        outside: Sequence[Change] = (),
    ) -> None:
        """Find the changes in all events of a session, in their order.

        `others` are the events of its subagents, `outside` what no transcript shows.
        """
        self._acts = [0, *accumulate(map(int, map(_is_act, events)))]
        self._left = _found(events, list(others), outside)

    def beside(self, at: int, words: str = "") -> list[HandEdit]:
        """Take the changes with no act of the agent between them and the event at `at`.

        Of those that may be a tool's, only the ones that a person's words speak of.
        """
        return [
            each
            for each in self._take(self._acts[at])
            if each.verdict.author == "human" or names(words, each.change.path, each.change.diff)
        ]

    def rest(self) -> list[list[HandEdit]]:
        """Take what is left, grouped by what happened between two acts of the agent."""
        groups = [self._take(count) for count in sorted({self._acts[x.at] for x in self._left})]
        sure = [[each for each in group if each.verdict.author == "human"] for group in groups]
        return [group for group in sure if group]

    def acts_between(self, start: int, end: int) -> int:
        """Count what the agent did from `start` up to `end`."""
        return self._acts[end] - self._acts[start]

    def _take(self, count: int) -> list[HandEdit]:
        taken = [each for each in self._left if self._acts[each.at] == count]
        self._left = [each for each in self._left if self._acts[each.at] != count]
        return taken if len({each.change.path for each in taken}) <= MOST_FILES else []


class _Finder:
    """What the agent wrote last, and what became of it."""

    def __init__(self, events: Sequence[AnyEvent], others: Sequence[AnyEvent]) -> None:
        self._events = events
        self._others = others
        self._edits = {event.call for event in (*events, *others) if isinstance(event, Edit)}
        self._lines: defaultdict[str, set[str]] = defaultdict(set)
        self.written: dict[str, tuple[int, Edit]] = {}
        self.once: dict[tuple[str, str], HandEdit] = {}

    def wrote(self, at: int, edit: Edit) -> None:
        self.written[edit.path] = at, edit
        self._lines[edit.path].update(line.strip() for line in changed_lines(edit.diff)[1])

    def changed(self, at: int, change: Change) -> None:
        """Add a change of what the agent wrote, unless an exact one of it is known already."""
        if change.path not in self.written:
            return
        since, agent = self.written[change.path]
        key = change.path, agent.id
        known = self.once.get(key)
        if known is not None and (known.change.source != "notice" or change.source == "notice"):
            return
        place = at if known is None else known.at
        self.once[key] = HandEdit(place, change, agent, judge(self._trace(since, at, change)))

    def _trace(self, since: int, at: int, change: Change) -> Trace:
        agent, place = self._events[since], since
        if change.since:
            places = (n for n, e in enumerate(self._events[:since]) if e.id == change.since)
            since = next(places, since)
        began = self._events[since].ts
        # Going back restores what the agent did in the turns taken back; the checkpoint that
        # shows it may be told before the prompt, and so before the going back.
        later = {event.id for event in self._events[place + 1 : at]}
        told = takewhile(lambda event: not _is_act(event), self._events[at:])
        between = [
            event
            for event in (
                *self._events[since + 1 : at],
                *(event for event in told if isinstance(event, Rewind)),
                *(each for each in self._others if began <= each.ts <= change.ts),
            )
            # A call that became an edit is known by it; the one that found the change, too.
            if not (isinstance(event, ToolCall) and event.call in self._edits)
            and not (isinstance(event, Rewind) and event.prompt in later)
        ]
        return Trace(
            change.path,
            change.diff,
            between,
            wrote=agent.ts,
            seen=change.ts,
            before=change.before,
            after=change.after,
            lines=frozenset(self._lines[change.path]),
            doubt=change.doubt,
        )


def _is_act(event: AnyEvent) -> bool:
    return isinstance(event, ToolCall | Edit | Reply | Thought)


def _found(
    events: Sequence[AnyEvent], others: Sequence[AnyEvent], outside: Sequence[Change]
) -> list[HandEdit]:
    finder = _Finder(events, others)
    for at, event in enumerate(events):
        if isinstance(event, Edit) and event.state == "applied":
            finder.wrote(at, event)
        elif isinstance(event, UserEdit) and event.author == "human":
            change = Change(
                event.path, event.diff, event.source, event.ts, event=event.id, seq=event.seq
            )
            finder.changed(at, change)
    for change in outside:
        finder.changed(len(events), change)
    return [each for each in finder.once.values() if each.verdict.author != "tool"]


def _digest(text: str) -> str:
    return blake2b(text.encode(errors="replace"), digest_size=8).hexdigest()
