"""Which changes of files a person made, and beside which of their words."""

from collections.abc import Sequence
from itertools import accumulate

import msgspec

from hivemindd.events import AnyEvent, Edit, Reply, Thought, ToolCall, UserEdit
from hivemindd.lessons.exchange import is_by_hand

MOST_FILES = 5


class HandEdit(msgspec.Struct, frozen=True):
    """A change made by hand to what the agent wrote; `at` is its place among the events."""

    at: int
    edit: UserEdit
    agent: Edit


class HandEdits:
    """The changes of one session, each once, however many traces it left.

    The assistant's remark and the copy of the file that it keeps tell of the same change;
    the one with an exact diff is kept. Many files at once are another branch, not a person.
    """

    def __init__(self, events: Sequence[AnyEvent]) -> None:
        """Find the changes in all events of a session, in their order."""
        acts = (isinstance(event, ToolCall | Edit | Reply | Thought) for event in events)
        self._acts = [0, *accumulate(map(int, acts))]
        self._left = _found(events)

    def beside(self, at: int) -> list[HandEdit]:
        """Take the changes with no act of the agent between them and the event at `at`."""
        return self._take(self._acts[at])

    def rest(self) -> list[list[HandEdit]]:
        """Take what is left, grouped by what happened between two acts of the agent."""
        groups = [self._take(count) for count in sorted({self._acts[x.at] for x in self._left})]
        return [group for group in groups if group]

    def acts_between(self, start: int, end: int) -> int:
        """Count what the agent did from `start` up to `end`."""
        return self._acts[end] - self._acts[start]

    def _take(self, count: int) -> list[HandEdit]:
        taken = [each for each in self._left if self._acts[each.at] == count]
        self._left = [each for each in self._left if self._acts[each.at] != count]
        return taken if len(taken) <= MOST_FILES else []


def _found(events: Sequence[AnyEvent]) -> list[HandEdit]:
    written: dict[str, tuple[int, Edit]] = {}
    once: dict[tuple[str, int], HandEdit] = {}
    for at, event in enumerate(events):
        if isinstance(event, Edit) and event.state == "applied":
            written[event.path] = at, event
        elif isinstance(event, UserEdit) and event.author == "human" and event.path in written:
            since, agent = written[event.path]
            known = once.get((event.path, since))
            better = known is None or (known.edit.source == "notice" != event.source)
            if better and is_by_hand(event, events[since + 1 : at]):
                place = at if known is None else known.at
                once[event.path, since] = HandEdit(place, event, agent)
    return list(once.values())
