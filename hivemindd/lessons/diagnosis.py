"""Why a skill's rules are still broken, and whether anybody needs it: from its sessions.

The ladder goes from the place of the file to its words. What most of the sessions with a
recurrence have in common decides, the lower rung where they are even:

| rung       | what was seen                                        | what to mend        |
|------------|------------------------------------------------------|---------------------|
| missing    | the file is not on the disk                          | its place           |
| unlisted   | the assistant named its skills, and not this one     | its place           |
| unopened   | it was within reach, and nobody opened it            | its description     |
| unheeded   | it was opened, and its rule was broken all the same  | the rule            |
| persistent | the same in three sessions                           | say it elsewhere    |
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

PERSISTENT = 3
SURELY_UNLISTED = 2
IDLE_DAYS = 60
IDLE_SESSIONS = 10

Rung = Literal["missing", "unlisted", "unopened", "unheeded", "persistent"]
_DAY_MS = 86_400_000
# Which file an assistant reads at the start of every session.
_ALWAYS_READ = {"claude-code": "CLAUDE.md"}
_ELSE = "AGENTS.md"


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """One session that had a skill, and in which one of its rules mattered.

    `lists` tells whether the session says which skills it saw. `recurred` are the rules that
    had to be said again, each empty where its wording in the file is not known.
    """

    session: str
    assistant: str
    started: int
    lists: bool
    listed: bool
    opened: bool
    recurred: list[str]


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """The rung of the ladder on which a skill fails, and the sessions that show it.

    `rules` are those that were broken in them, `files` where they could stand instead, so
    that they are read at the start of every session.
    """

    rung: Rung
    sessions: list[str]
    assistants: list[str]
    rules: list[str]
    files: list[str]


class Idle(msgspec.Struct, frozen=True, kw_only=True):
    """That nobody has opened a skill, nor missed it, for so many days and exposed sessions."""

    days: int
    sessions: int


def diagnose(exposed: Sequence[Exposure], *, on_disk: bool) -> Diagnosis | None:
    """Return what is wrong with a skill, None when nothing is known to be."""
    if not on_disk:
        return _found("missing", [each for each in exposed if each.recurred])
    failed = [each for each in exposed if each.recurred]
    if not failed:
        telling = [each for each in exposed if each.lists]
        unseen = len(telling) >= SURELY_UNLISTED and not any(each.listed for each in telling)
        return _found("unlisted", telling) if unseen else None
    rungs: dict[Rung, list[Exposure]] = {"unlisted": [], "unopened": [], "unheeded": []}
    for each in failed:
        rungs[_rung(each)].append(each)
    rung = max(rungs, key=lambda name: len(rungs[name]))  # the first of those that are even
    shown = rungs[rung]
    if rung == "unheeded" and len(shown) >= PERSISTENT:
        rung = "persistent"
    return _found(rung, shown)


def find_idle(exposed: Sequence[Exposure], last_use: int) -> Idle | None:
    """Return for how long nobody has needed a skill, None when that is not long enough.

    Time is counted up to the newest session that it bears on: a project that rests is no
    reason to take a skill out. One whose rules are broken needs mending, not retiring.
    """
    later = [each for each in exposed if each.started > last_use]
    if len(later) < IDLE_SESSIONS or any(each.recurred for each in later):
        return None
    days = (max(each.started for each in later) - last_use) // _DAY_MS
    return Idle(days=days, sessions=len(later)) if days >= IDLE_DAYS else None


def _rung(exposure: Exposure) -> Rung:
    if exposure.opened:
        return "unheeded"
    return "unlisted" if exposure.lists and not exposure.listed else "unopened"


def _found(rung: Rung, exposures: Sequence[Exposure]) -> Diagnosis:
    assistants = sorted({each.assistant for each in exposures})
    return Diagnosis(
        rung=rung,
        sessions=[each.session for each in exposures],
        assistants=assistants,
        rules=sorted({rule for each in exposures for rule in each.recurred if rule}),
        files=sorted({_ALWAYS_READ.get(name, _ELSE) for name in assistants}),
    )
